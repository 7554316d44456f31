/*
 * cancel.c
 *		Asking the server to give up on a statement, without waiting for it.
 *
 * PQcancel() waits until the server closes the connection that it is asked
 * over, and one that hangs never does.  So a thread of its own waits, as long
 * as it takes; there are few of them, and beyond that nobody is asked.
 */
#include <pthread.h>
#include <stdlib.h>

#include "cancel.h"
#include "clock.h"

#define MAX_UNDER_WAY 32

struct Cancel
{
	PGcancel   *handle;
	bool		heard;
	bool		over;			/* the thread is at its end */
	bool		left;			/* nobody waits: the thread frees it */
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int	under_way;

static void
init(void)
{
	clock_init_condition(&changed);
}

static void
free_cancel(Cancel *cancel)
{
	PQfreeCancel(cancel->handle);
	free(cancel);
}

static void *
run(void *arg)
{
	Cancel	   *cancel = arg;
	char		reason[256];
	bool		heard = PQcancel(cancel->handle, reason, sizeof(reason)) == 1;

	pthread_mutex_lock(&mutex);
	cancel->heard = heard;
	cancel->over = true;
	if (cancel->left)
		free_cancel(cancel);
	under_way--;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&mutex);
	return NULL;
}

/* Whether there is room for one more. */
static bool
enter(void)
{
	bool		entered;

	pthread_once(&once, init);
	pthread_mutex_lock(&mutex);
	entered = under_way < MAX_UNDER_WAY;
	if (entered)
		under_way++;
	pthread_mutex_unlock(&mutex);
	return entered;
}

static bool
start_thread(Cancel *cancel)
{
	pthread_t	thread;

	if (pthread_create(&thread, NULL, run, cancel) != 0)
		return false;
	pthread_detach(thread);
	return true;
}

Cancel *
cancel_start(PGconn *connection)
{
	Cancel	   *cancel;

	if (!enter())
		return NULL;
	cancel = calloc(1, sizeof(Cancel));
	if (cancel != NULL)
		cancel->handle = PQgetCancel(connection);
	if (cancel != NULL && cancel->handle != NULL && start_thread(cancel))
		return cancel;
	if (cancel != NULL)
		free_cancel(cancel);
	pthread_mutex_lock(&mutex);
	under_way--;
	pthread_mutex_unlock(&mutex);
	return NULL;
}

bool
cancel_finish(Cancel *cancel, long deadline)
{
	struct timespec until = clock_timespec(deadline);
	bool		heard;

	if (cancel == NULL)
		return false;
	pthread_mutex_lock(&mutex);
	while (!cancel->over)
		if (pthread_cond_timedwait(&changed, &mutex, &until) != 0)
			break;
	heard = cancel->heard;
	if (cancel->over)
		free_cancel(cancel);
	else
		cancel->left = true;
	pthread_mutex_unlock(&mutex);
	return heard;
}

bool
cancel_is_under_way(void)
{
	bool		any;

	pthread_mutex_lock(&mutex);
	any = under_way > 0;
	pthread_mutex_unlock(&mutex);
	return any;
}
