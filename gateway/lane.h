/*
 * lane.h
 *		Some connections to the database, a thread each, and the queue before
 *		them.
 */
#ifndef GATEWAY_LANE_H
#define GATEWAY_LANE_H

#include "database.h"
#include "job.h"

typedef struct Lane Lane;

/*
 * "limit" is how many jobs may wait, 0 for any number.  "look", which may be
 * NULL, is called with each connection that is there, every now and then.  Ends
 * the program where threads cannot be had.
 */
typedef struct LaneOptions
{
	const char *conninfo;
	int			size;			/* connections */
	int			limit;
	int			timeout;		/* seconds */
	void		(*look) (Database *database);
} LaneOptions;

extern Lane *lane_start(const LaneOptions *options);

/*
 * The job is turned away at once, in this thread, where there is no room for
 * it, no database, or the lane stops.
 */
extern void lane_submit(Lane *lane, Job *job);

/* Ends those that wait for nothing any more, in this thread. */
extern void lane_sweep(Lane *lane);

/* How it stands; numbers since the start. */
typedef struct LaneState
{
	long		size;			/* connections that are wanted */
	long		connected;
	long		busy;			/* of these */
	long		queued;			/* jobs that no thread has taken */
	long		waits;			/* jobs that found nobody idle */
	long		taken;			/* jobs that a thread has taken */
	long		waited;			/* milliseconds, by all of these together */
	long		turned_away;	/* jobs that there was no room for */
	long		abandoned;		/* jobs whose client had gone */

	/* milliseconds; 0 where nothing is asked */
	long		silence;		/* since something was answered last */
	long		longest;		/* since the oldest question was asked */
} LaneState;

extern LaneState lane_state(Lane *lane);

/* Waits for the jobs at hand and closes the connections; it can be read still. */
extern void lane_stop(Lane *lane);

#endif							/* GATEWAY_LANE_H */
