/*
 * queue.h
 *		Jobs that wait for a connection to the database, and in which order.
 */
#ifndef GATEWAY_QUEUE_H
#define GATEWAY_QUEUE_H

#include "job.h"

typedef struct Queue
{
	Job		   *first;
	Job		   *last;
	int			length;
	int			limit;			/* 0: none */
	long		turn;			/* of the job that was taken last */
} Queue;

/*
 * Puts a job into it.  Returns the job that there is no room for, which may be
 * that one, or another that has waited for less; NULL when there is room.
 *
 * In a queue with a limit each client has its turn, as if each had a queue of
 * its own: one with many jobs cannot keep those of others waiting, nor out.
 */
extern Job *queue_put(Queue *queue, Job *job);

/* The next one; NULL when there is none. */
extern Job *queue_take(Queue *queue);

/* Whether it has waited, and its client has closed the connection meanwhile. */
extern bool queue_has_lost(const Job *job);

/*
 * Takes those that nobody needs to serve any more out of it, as a list:
 * their time is up, or their client has gone, which "abandoned" then says.
 */
extern Job *queue_sweep(Queue *queue, long now);

#endif							/* GATEWAY_QUEUE_H */
