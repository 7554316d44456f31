/*
 * pool.h
 *		Connections to the database, a thread each, and the queue before them.
 */
#ifndef GATEWAY_POOL_H
#define GATEWAY_POOL_H

#include <stdbool.h>

#include "answer.h"

/* Somebody's question; the submitter's until submitted, and again when done. */
typedef struct Job
{
	Question	question;
	Answer		answer;			/* always one, when done */
	void		(*done) (struct Job *job);	/* called in a thread of the pool */
	struct Job *next;
	long		submitted;		/* milliseconds, for the pool's use */
} Job;

/* Ends the program where threads cannot be had. */
extern void pool_start(const char *conninfo, int size, int timeout);

/* Once the pool stops, the job is turned away at once, in this thread. */
extern void pool_submit(Job *job);

/* How it stands; waits since the start. */
typedef struct PoolState
{
	int			size;			/* connections that are wanted */
	int			connected;
	int			busy;			/* of these */
	int			queued;			/* jobs that no thread has taken */
	long		waits;			/* jobs that found nobody idle */
	long		taken;			/* jobs that a thread has taken */
	long		waited;			/* milliseconds, by all of these together */
} PoolState;

extern PoolState pool_state(void);

/* Whether there is any connection. */
extern bool pool_is_ready(void);

/* Waits for the jobs at hand and closes the connections. */
extern void pool_stop(void);

#endif							/* GATEWAY_POOL_H */
