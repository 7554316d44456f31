/*
 * pool.c
 *		Connections to the database, a thread each, and the queue before them.
 *
 * An idle thread looks after its connection: it notices a server that has
 * gone, and tries again at growing intervals.  While some have a connection,
 * those without one leave the jobs to them; while nobody has one, jobs are
 * turned away at once.
 *
 * The queue needs no limit of its own: a client's connection has one job in it
 * at most, and connections are limited.
 */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "database.h"
#include "log.h"
#include "pool.h"

#define RETRY_AFTER_SECONDS 5
#define LOOK_MILLISECONDS 500
#define FIRST_BACKOFF 100		/* milliseconds */
#define LAST_BACKOFF 5000

typedef struct Worker
{
	pthread_t	thread;
	Database   *database;
	bool		connected;
	int			backoff;		/* milliseconds */
	long		next_try;
} Worker;

typedef struct Pool
{
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	Job		   *first;
	Job		   *last;
	Worker	   *workers;
	PoolState	state;
	int			timeout;		/* seconds */
	bool		stopping;
} Pool;

static Pool pool = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static void
note_connected(Worker *worker, bool connected)
{
	if (connected == worker->connected)
		return;
	worker->connected = connected;
	pthread_mutex_lock(&pool.mutex);
	pool.state.connected += connected ? 1 : -1;
	if (connected && pool.state.connected == 1)
		log_line(LOG_LEVEL_INFO, "msg=\"connected to the database\"");

	/* Who waited for somebody connected may have to act now. */
	pthread_cond_broadcast(&pool.wake);
	pthread_mutex_unlock(&pool.mutex);
}

/* Looks whether the connection is there, and tries to get one. */
static void
look_after(Worker *worker)
{
	bool		connected = database_is_usable(worker->database);

	if (!connected && clock_milliseconds() >= worker->next_try)
	{
		note_connected(worker, false);
		connected = database_connect(worker->database);
		if (connected)
			worker->backoff = 0;
		else if (worker->backoff == 0)
			worker->backoff = FIRST_BACKOFF;
		else if (worker->backoff < LAST_BACKOFF)
			worker->backoff *= 2;
		worker->next_try = clock_milliseconds() + worker->backoff;
	}
	note_connected(worker, connected);
}

static void
work(Worker *worker, Job *job)
{
	DatabaseResult result = DATABASE_UNAVAILABLE;

	look_after(worker);
	if (worker->connected &&
		clock_milliseconds() - job->submitted < pool.timeout * 1000L)
		result = database_ask(worker->database, &job->question, &job->answer);
	if (result == DATABASE_UNAVAILABLE)
		answer_error(&job->answer, 503, RETRY_AFTER_SECONDS);
	else if (result == DATABASE_FAULT)
		answer_error(&job->answer, 500, 0);
	pthread_mutex_lock(&pool.mutex);
	pool.state.busy--;
	pthread_mutex_unlock(&pool.mutex);
	job->done(job);
}

static bool
has_job_for(const Worker *worker)
{
	return pool.first != NULL &&
		(worker->connected || pool.state.connected == 0);
}

static void
note_queued(void)
{
	if (pool.state.queued >= pool.state.connected - pool.state.busy)
		pool.state.waits++;
	pool.state.queued++;
}

static void
note_taken(const Job *job)
{
	pool.state.queued--;
	pool.state.busy++;
	pool.state.taken++;
	pool.state.waited += clock_milliseconds() - job->submitted;
}

/* The next job; NULL after a while without one. */
static Job *
take_job(Worker *worker)
{
	struct timespec until = clock_timespec(clock_milliseconds() +
										   LOOK_MILLISECONDS);
	Job		   *job = NULL;

	pthread_mutex_lock(&pool.mutex);
	while (!has_job_for(worker) && !pool.stopping)
		if (pthread_cond_timedwait(&pool.wake, &pool.mutex, &until) != 0)
			break;
	if (has_job_for(worker))
	{
		job = pool.first;
		pool.first = job->next;
		if (pool.first == NULL)
			pool.last = NULL;
		note_taken(job);
	}
	pthread_mutex_unlock(&pool.mutex);
	return job;
}

static bool
is_stopping(void)
{
	bool		stopping;

	pthread_mutex_lock(&pool.mutex);
	stopping = pool.stopping && pool.first == NULL;
	pthread_mutex_unlock(&pool.mutex);
	return stopping;
}

static void *
run_worker(void *arg)
{
	Worker	   *worker = arg;

	look_after(worker);
	while (!is_stopping())
	{
		Job		   *job = take_job(worker);

		if (job != NULL)
			work(worker, job);
		else
			look_after(worker);
	}
	note_connected(worker, false);
	database_free(worker->database);
	return NULL;
}

static void
start_worker(Worker *worker, const char *conninfo)
{
	worker->database = database_new(conninfo, pool.timeout);
	if (worker->database == NULL ||
		pthread_create(&worker->thread, NULL, run_worker, worker) != 0)
	{
		log_line(LOG_LEVEL_ERROR, "msg=\"cannot start a thread\"");
		_exit(EXIT_FAILURE);
	}
}

void
pool_start(const char *conninfo, int size, int timeout)
{
	int			i;

	clock_init_condition(&pool.wake);
	pool.state.size = size;
	pool.timeout = timeout;
	pool.workers = calloc((size_t) size, sizeof(Worker));
	for (i = 0; i < size && pool.workers != NULL; i++)
		start_worker(&pool.workers[i], conninfo);
}

void
pool_submit(Job *job)
{
	bool		stopping;

	job->next = NULL;
	job->submitted = clock_milliseconds();
	pthread_mutex_lock(&pool.mutex);
	stopping = pool.stopping;
	if (!stopping)
	{
		if (pool.last == NULL)
			pool.first = job;
		else
			pool.last->next = job;
		pool.last = job;
		note_queued();
		pthread_cond_broadcast(&pool.wake);
	}
	pthread_mutex_unlock(&pool.mutex);

	/* Its threads may have ended already. */
	if (stopping)
	{
		answer_error(&job->answer, 503, RETRY_AFTER_SECONDS);
		job->done(job);
	}
}

PoolState
pool_state(void)
{
	PoolState	state;

	pthread_mutex_lock(&pool.mutex);
	state = pool.state;
	pthread_mutex_unlock(&pool.mutex);
	return state;
}

bool
pool_is_ready(void)
{
	return pool_state().connected > 0;
}

void
pool_stop(void)
{
	int			i;

	pthread_mutex_lock(&pool.mutex);
	pool.stopping = true;
	pthread_cond_broadcast(&pool.wake);
	pthread_mutex_unlock(&pool.mutex);
	for (i = 0; i < pool.state.size; i++)
		pthread_join(pool.workers[i].thread, NULL);
	free(pool.workers);
	pthread_cond_destroy(&pool.wake);
}
