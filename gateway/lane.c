/*
 * lane.c
 *		Some connections to the database, a thread each, and the queue before
 *		them.
 *
 * An idle thread looks after its connection: it notices a server that has
 * gone or hangs, and tries again at growing intervals.  While some have a
 * connection, those without one leave the jobs to them; while nobody has one,
 * jobs are turned away at once.
 */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "lane.h"
#include "log.h"
#include "queue.h"
#include "trial.h"

#define RETRY_AFTER_SECONDS 5
#define LOOK_MILLISECONDS 500
#define FIRST_BACKOFF 100		/* milliseconds */
#define LAST_BACKOFF 5000

/* An idle connection is asked whether it is alive, and has to say so. */
#define PING_MILLISECONDS 2000
#define PONG_MILLISECONDS 3000

typedef struct Worker
{
	Lane	   *lane;
	pthread_t	thread;
	Database   *database;
	bool		connected;
	int			backoff;		/* milliseconds */
	long		next_try;
	long		heard;			/* when it was answered last */
	long		asked;			/* 0 when it waits for no answer */
} Worker;

struct Lane
{
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	LaneOptions options;
	Queue		queue;
	Worker	   *workers;
	LaneState	state;
	int			idle;			/* workers that wait for a job */
	bool		is_away;		/* the database, when last tried */
	bool		stopping;
};

static void
note_connected(Worker *worker, bool connected)
{
	Lane	   *lane = worker->lane;

	if (connected == worker->connected)
		return;
	worker->connected = connected;
	pthread_mutex_lock(&lane->mutex);
	lane->state.connected += connected ? 1 : -1;
	if (connected && lane->state.connected == 1)
		log_line(LOG_LEVEL_INFO, "msg=\"connected to the database\"");

	/* Who waited for somebody connected may have to act now. */
	pthread_cond_broadcast(&lane->wake);
	pthread_mutex_unlock(&lane->mutex);
}

static void
note_try(Lane *lane, bool connected)
{
	pthread_mutex_lock(&lane->mutex);
	lane->is_away = !connected && lane->state.connected == 0;
	pthread_mutex_unlock(&lane->mutex);
}

static bool
is_away(Lane *lane)
{
	bool		result;

	pthread_mutex_lock(&lane->mutex);
	result = lane->is_away;
	pthread_mutex_unlock(&lane->mutex);
	return result;
}

/* "asked" is 0 when no answer is waited for. */
static void
note_asked(Worker *worker, long asked)
{
	pthread_mutex_lock(&worker->lane->mutex);
	worker->asked = asked;
	pthread_mutex_unlock(&worker->lane->mutex);
}

static void
note_heard(Worker *worker)
{
	pthread_mutex_lock(&worker->lane->mutex);
	worker->heard = clock_milliseconds();
	pthread_mutex_unlock(&worker->lane->mutex);
}

static bool
try_to_connect(Worker *worker)
{
	bool		connected = database_connect(worker->database);

	if (connected)
		worker->backoff = 0;
	else if (worker->backoff == 0)
		worker->backoff = FIRST_BACKOFF;
	else if (worker->backoff < LAST_BACKOFF)
		worker->backoff *= 2;
	worker->next_try = clock_milliseconds() + worker->backoff;
	if (connected)
		note_heard(worker);
	note_try(worker->lane, connected);
	note_connected(worker, connected);
	return connected;
}

/*
 * Whether a job can be served.  Where the last try to connect has failed, the
 * job does not wait for the next one.
 */
static bool
is_usable(Worker *worker)
{
	if (database_is_usable(worker->database))
		return true;
	note_connected(worker, false);
	return !is_away(worker->lane) && try_to_connect(worker);
}

static bool
is_alive(Worker *worker)
{
	long		now = clock_milliseconds();

	if (!database_is_usable(worker->database))
		return false;
	if (now - worker->heard < PING_MILLISECONDS)
		return true;
	if (!database_answers(worker->database, "", now + PONG_MILLISECONDS))
		return false;
	note_heard(worker);
	return true;
}

static void
look_after(Worker *worker)
{
	if (is_alive(worker))
		return;
	note_connected(worker, false);
	if (clock_milliseconds() >= worker->next_try)
		try_to_connect(worker);
}

static DatabaseResult
ask(Worker *worker, Job *job)
{
	DatabaseResult result;
	long		now;
	long		deadline;

	if (!is_usable(worker) || (now = clock_milliseconds()) >= job->deadline)
		return DATABASE_UNAVAILABLE;
	deadline = now + worker->lane->options.timeout * 1000L;
	if (deadline > job->deadline)
		deadline = job->deadline;
	note_asked(worker, now);
	result = database_ask(worker->database, &job->question, &job->answer,
						  deadline);
	note_asked(worker, 0);
	if (clock_milliseconds() < deadline)
		note_heard(worker);
	else
		trial_suggest();
	return result;
}

static void
note_done(Lane *lane, const Job *job)
{
	pthread_mutex_lock(&lane->mutex);
	lane->state.busy--;
	if (job->abandoned)
		lane->state.abandoned++;
	pthread_mutex_unlock(&lane->mutex);
}

static void
work(Worker *worker, Job *job)
{
	DatabaseResult result = DATABASE_ANSWERED;

	job->abandoned = queue_has_lost(job);
	if (!job->abandoned)
		result = ask(worker, job);
	if (result == DATABASE_UNAVAILABLE)
		answer_error(&job->answer, 503, RETRY_AFTER_SECONDS);
	else if (result == DATABASE_FAULT)
		answer_error(&job->answer, 500, 0);
	note_done(worker->lane, job);
	job->done(job);

	/* Nobody waits for what is not answered any more. */
	database_settle(worker->database);
}

static bool
has_job_for(const Worker *worker)
{
	const Lane *lane = worker->lane;

	return lane->queue.length > 0 &&
		(worker->connected || lane->state.connected == 0);
}

static void
note_taken(Lane *lane, const Job *job)
{
	lane->state.busy++;
	lane->state.taken++;
	lane->state.waited += clock_milliseconds() - job->queued;
}

/* The next job; NULL after a while without one. */
static Job *
take_job(Worker *worker)
{
	Lane	   *lane = worker->lane;
	struct timespec until = clock_timespec(clock_milliseconds() +
										   LOOK_MILLISECONDS);
	Job		   *job = NULL;

	pthread_mutex_lock(&lane->mutex);
	lane->idle++;
	while (!has_job_for(worker) && !lane->stopping)
		if (pthread_cond_timedwait(&lane->wake, &lane->mutex, &until) != 0)
			break;
	lane->idle--;
	if (has_job_for(worker))
	{
		job = queue_take(&lane->queue);
		note_taken(lane, job);
	}
	pthread_mutex_unlock(&lane->mutex);
	return job;
}

static bool
is_stopping(Lane *lane)
{
	bool		stopping;

	pthread_mutex_lock(&lane->mutex);
	stopping = lane->stopping && lane->queue.length == 0;
	pthread_mutex_unlock(&lane->mutex);
	return stopping;
}

static void *
run_worker(void *arg)
{
	Worker	   *worker = arg;

	look_after(worker);
	while (!is_stopping(worker->lane))
	{
		Job		   *job = take_job(worker);

		if (job != NULL)
			work(worker, job);

		/* However many jobs are turned away meanwhile, it tries again. */
		if (job == NULL || !worker->connected)
			look_after(worker);
		if (worker->connected && worker->lane->options.look != NULL)
			worker->lane->options.look(worker->database);
	}
	note_connected(worker, false);
	database_free(worker->database);
	return NULL;
}

static void
start_worker(Lane *lane, Worker *worker)
{
	worker->lane = lane;
	worker->database = database_new(lane->options.conninfo,
									lane->options.timeout);
	if (worker->database != NULL &&
		pthread_create(&worker->thread, NULL, run_worker, worker) == 0)
		return;
	log_line(LOG_LEVEL_ERROR, "msg=\"cannot start a thread\"");
	_exit(EXIT_FAILURE);
}

Lane *
lane_start(const LaneOptions *options)
{
	Lane	   *lane = calloc(1, sizeof(Lane));
	int			i;

	if (lane != NULL)
		lane->workers = calloc((size_t) options->size, sizeof(Worker));
	if (lane == NULL || lane->workers == NULL)
	{
		log_line(LOG_LEVEL_ERROR, "msg=\"memory is out\"");
		_exit(EXIT_FAILURE);
	}
	pthread_mutex_init(&lane->mutex, NULL);
	clock_init_condition(&lane->wake);
	lane->options = *options;
	lane->queue.limit = options->limit;
	lane->state.size = options->size;
	for (i = 0; i < options->size; i++)
		start_worker(lane, &lane->workers[i]);
	return lane;
}

static void
turn_away(Job *job)
{
	answer_error(&job->answer, 503, RETRY_AFTER_SECONDS);
	job->done(job);
}

void
lane_submit(Lane *lane, Job *job)
{
	Job		   *away = job;

	job->queued = clock_milliseconds();
	pthread_mutex_lock(&lane->mutex);

	/* Its threads may have ended already, or all be trying to connect. */
	if (!lane->stopping && !(lane->is_away && lane->idle == 0))
	{
		if (lane->queue.length >= lane->state.connected - lane->state.busy)
			lane->state.waits++;
		away = queue_put(&lane->queue, job);
		if (away != NULL)
			lane->state.turned_away++;
		pthread_cond_broadcast(&lane->wake);
	}
	pthread_mutex_unlock(&lane->mutex);
	if (away != NULL)
		turn_away(away);
}

void
lane_sweep(Lane *lane)
{
	Job		   *job;
	Job		   *next;

	pthread_mutex_lock(&lane->mutex);
	job = queue_sweep(&lane->queue, clock_milliseconds());
	for (next = job; next != NULL; next = next->next)
		if (next->abandoned)
			lane->state.abandoned++;
	pthread_mutex_unlock(&lane->mutex);
	for (; job != NULL; job = next)
	{
		next = job->next;
		if (job->abandoned)
			job->done(job);
		else
			turn_away(job);
	}
}

/* How long the lane's questions have waited for an answer. */
static void
measure(Lane *lane, LaneState *state)
{
	long		now = clock_milliseconds();
	long		heard = 0;
	int			i;

	for (i = 0; i < lane->state.size; i++)
	{
		const Worker *worker = &lane->workers[i];

		if (worker->heard > heard)
			heard = worker->heard;
		if (worker->asked != 0 && now - worker->asked > state->longest)
			state->longest = now - worker->asked;
	}
	state->silence = now - heard < state->longest ? now - heard : state->longest;
}

LaneState
lane_state(Lane *lane)
{
	LaneState	state;

	pthread_mutex_lock(&lane->mutex);
	state = lane->state;
	state.queued = lane->queue.length;
	measure(lane, &state);
	pthread_mutex_unlock(&lane->mutex);
	return state;
}

void
lane_stop(Lane *lane)
{
	int			i;

	pthread_mutex_lock(&lane->mutex);
	lane->stopping = true;
	pthread_cond_broadcast(&lane->wake);
	pthread_mutex_unlock(&lane->mutex);
	for (i = 0; i < lane->state.size; i++)
		pthread_join(lane->workers[i].thread, NULL);
}
