/*
 * search_estimate.h
 *		How many customers a term matches, by a sample.
 */
#ifndef AGENT_AUTH_SEARCH_ESTIMATE_H
#define AGENT_AUTH_SEARCH_ESTIMATE_H

#include "identity/search_term.h"

/* What a sample says about a term. */
typedef struct Estimate
{
	double		rows;			/* of the directory */
	double		fraction;		/* of these that match */
	bool		by_index;		/* whether one can tell which */
} Estimate;

/* Both inside SPI. */
extern void search_estimate(const Term *term, Estimate *estimate);

/*
 * Whether beyond doubt more than "n" match, by a random sample.  For a term
 * that just "n" match it is wrong once in a hundred thousand times; for one
 * that far fewer match, never.
 */
extern bool search_surely_exceeds(const Term *term, const Estimate *estimate,
								  int64 n);

/*
 * What it costs to find the first "n" matches along the primary key, and to
 * find all of them in the index and look at "n".
 */
extern double search_cost_in_order(const Estimate *estimate, double n);
extern double search_cost_by_index(const Estimate *estimate, double n);

#endif							/* AGENT_AUTH_SEARCH_ESTIMATE_H */
