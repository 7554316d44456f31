/*
 * search_term.h
 *		What an agent searches for, as patterns of LIKE.
 */
#ifndef AGENT_AUTH_SEARCH_TERM_H
#define AGENT_AUTH_SEARCH_TERM_H

typedef struct Term
{
	Datum		patterns;		/* text[], of LIKE: one of them matches */
	Datum		part;			/* text[], of LIKE: what an index is asked for */
	Datum		rest;			/* text, of LIKE: what is left to ask then */
	Datum		references;		/* bigint[]: ids of those whose reference it
								 * is */
	bool		has_trigrams;	/* else an index cannot tell */
} Term;

/*
 * Reads a term, inside SPI; what is palloc'd lives in the current memory
 * context.  False when no customer can match.
 */
extern bool search_term_read(const char *string, Term *term);

/*
 * For queries: $1 are patterns that an index may serve, $2 are ids of more
 * matches, and $3 is a pattern as well: in the form of a function no index is
 * asked for it.
 */
#define SEARCH_TERM_MATCHES \
	" FROM {customers} WHERE (c.search_text OPERATOR(pg_catalog.~~) ANY ($1)" \
	"  AND pg_catalog.textlike(c.search_text, $3)" \
	"  OR c.id OPERATOR(pg_catalog.=) ANY ($2)) AND c.id IS NOT NULL"

#endif							/* AGENT_AUTH_SEARCH_TERM_H */
