/*
 * job.h
 *		Somebody's question to the database, and its answer.
 */
#ifndef GATEWAY_JOB_H
#define GATEWAY_JOB_H

#include <stdbool.h>

#include "answer.h"
#include "network.h"

/* The submitter's until submitted, and again when done. */
typedef struct Job
{
	Question	question;
	Answer		answer;			/* always one when done, unless ... */
	bool		abandoned;		/* nobody is left to answer: it was not asked */
	int			client;			/* the client's socket */
	Address		origin;			/* and whose it is */
	void		(*done) (struct Job *job);	/* called in any thread */

	/* milliseconds, set when it is first submitted */
	long		deadline;

	/* the pool's own */
	long		queued;			/* milliseconds */
	long		turn;
	struct Job *next;
} Job;

#endif							/* GATEWAY_JOB_H */
