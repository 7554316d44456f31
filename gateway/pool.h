/*
 * pool.h
 *		The lanes to the database: one for what is answered at once, and one for
 *		what takes long on purpose.
 */
#ifndef GATEWAY_POOL_H
#define GATEWAY_POOL_H

#include "lane.h"
#include "options.h"

typedef enum PoolLane
{
	POOL_QUICK,
	POOL_SLOW,
	POOL_NLANES
} PoolLane;

/* Ends the program where threads cannot be had. */
extern void pool_start(const Options *options);

/*
 * Once the pool stops, or where there is no room, the job is turned away at
 * once, in this thread.  In its first lane it has the options' db_timeout, for
 * the queue and the database together; for the next, as much again.
 */
extern void pool_submit(Job *job, PoolLane lane);

extern LaneState pool_state(PoolLane lane);
extern const char *pool_lane_name(PoolLane lane);

/* Why questions are not answered; NULL when they are. */
extern const char *pool_complaint(void);

/* Waits for the jobs at hand and closes the connections. */
extern void pool_stop(void);

#endif							/* GATEWAY_POOL_H */
