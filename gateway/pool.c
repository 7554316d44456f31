/*
 * pool.c
 *		The lanes to the database: one for what is answered at once, and one for
 *		what takes long on purpose.
 *
 * A password's hash keeps its connection waiting until it has a processor, and
 * then keeps that.  In a lane of their own such questions keep nobody waiting
 * but each other.  That lane's queue is limited.  The other needs no limit: a
 * client's connection has one job in it at most, and connections are limited.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "pool.h"
#include "trial.h"

#define SWEEP_MICROSECONDS 200000

/* Without an answer for so long, in milliseconds, the database hangs. */
#define LONGEST_SILENCE 6000

static const char *const names[POOL_NLANES] = {"quick", "slow"};
static Lane *lanes[POOL_NLANES];
static long timeout;			/* milliseconds */
static pthread_t sweeper;
static atomic_bool stopping;
static atomic_long longest;		/* as of the last sweep, of all lanes */

static void
look(Database *database)
{
	trial_make(database, atomic_load(&longest));
}

/* Whoever waits in a queue is looked after, also where all threads hang. */
static void *
run_sweeper(void *arg)
{
	while (!atomic_load(&stopping))
	{
		long		so_far = 0;
		int			i;

		usleep(SWEEP_MICROSECONDS);
		for (i = 0; i < POOL_NLANES; i++)
		{
			LaneState	state = lane_state(lanes[i]);

			if (state.longest > so_far)
				so_far = state.longest;
			lane_sweep(lanes[i]);
		}
		atomic_store(&longest, so_far);
	}
	return NULL;
}

void
pool_start(const Options *options)
{
	LaneOptions quick = {
		options->conninfo, options->pool_size, 0, options->db_timeout, look
	};
	LaneOptions slow = {
		options->conninfo, options->slow_pool_size, options->slow_queue,
		options->db_timeout, NULL
	};

	timeout = options->db_timeout * 1000L;
	lanes[POOL_QUICK] = lane_start(&quick);
	lanes[POOL_SLOW] = lane_start(&slow);
	if (pthread_create(&sweeper, NULL, run_sweeper, NULL) == 0)
		return;
	log_line(LOG_LEVEL_ERROR, "msg=\"cannot start a thread\"");
	_exit(EXIT_FAILURE);
}

void
pool_submit(Job *job, PoolLane lane)
{
	/* Who waits on purpose may wait for that, and then for the answer. */
	if (job->deadline == 0)
		job->deadline = clock_milliseconds() + timeout;
	else
		job->deadline += timeout;
	lane_submit(lanes[lane], job);
}

LaneState
pool_state(PoolLane lane)
{
	return lane_state(lanes[lane]);
}

const char *
pool_lane_name(PoolLane lane)
{
	return names[lane];
}

const char *
pool_complaint(void)
{
	LaneState	quick = pool_state(POOL_QUICK);

	if (quick.connected == 0 || pool_state(POOL_SLOW).connected == 0)
		return "no database";
	if (quick.silence > LONGEST_SILENCE)
		return "the database does not answer";
	return trial_has_failed() ? "the database does not commit" : NULL;
}

void
pool_stop(void)
{
	int			i;

	/* The first may still have jobs for the second. */
	for (i = 0; i < POOL_NLANES; i++)
		lane_stop(lanes[i]);
	atomic_store(&stopping, true);
	pthread_join(sweeper, NULL);
}
