/*
 * delay.c
 *		Jobs whose answer is held back.
 *
 * All wait equally long: first in, first out.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "delay.h"
#include "log.h"

typedef struct Delay
{
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	pthread_t	thread;
	Job		   *first;
	Job		   *last;
	int			milliseconds;
	void		(*release) (Job *job);
	bool		stopping;
} Delay;

static Delay delay = {.mutex = PTHREAD_MUTEX_INITIALIZER};

/* The next job that is due, cut off the queue; NULL at the end of all. */
static Job *
take_job(void)
{
	Job		   *job;

	pthread_mutex_lock(&delay.mutex);
	for (;;)
	{
		struct timespec until;

		job = delay.first;
		if (job == NULL && delay.stopping)
			break;
		if (job == NULL)
		{
			pthread_cond_wait(&delay.wake, &delay.mutex);
			continue;
		}
		if (delay.stopping ||
			clock_milliseconds() - job->queued >= delay.milliseconds)
		{
			delay.first = job->next;
			if (delay.first == NULL)
				delay.last = NULL;
			break;
		}
		until = clock_timespec(job->queued + delay.milliseconds);
		pthread_cond_timedwait(&delay.wake, &delay.mutex, &until);
	}
	pthread_mutex_unlock(&delay.mutex);
	return job;
}

static void *
run_delay(void *arg)
{
	Job		   *job;

	while ((job = take_job()) != NULL)
		delay.release(job);
	return NULL;
}

void
delay_start(int milliseconds, void (*release) (Job *job))
{

	clock_init_condition(&delay.wake);
	delay.milliseconds = milliseconds;
	delay.release = release;
	if (pthread_create(&delay.thread, NULL, run_delay, NULL) == 0)
		return;
	log_line(LOG_LEVEL_ERROR, "msg=\"cannot start a thread\"");
	_exit(EXIT_FAILURE);
}

void
delay_add(Job *job)
{
	job->next = NULL;
	job->queued = clock_milliseconds();
	pthread_mutex_lock(&delay.mutex);
	if (delay.last == NULL)
		delay.first = job;
	else
		delay.last->next = job;
	delay.last = job;
	pthread_cond_signal(&delay.wake);
	pthread_mutex_unlock(&delay.mutex);
}

void
delay_stop(void)
{
	pthread_mutex_lock(&delay.mutex);
	delay.stopping = true;
	pthread_cond_signal(&delay.wake);
	pthread_mutex_unlock(&delay.mutex);
	pthread_join(delay.thread, NULL);
	pthread_cond_destroy(&delay.wake);
}
