/*
 * trial.c
 *		Whether the database still commits what is written.
 *
 * A primary whose synchronous standby has gone answers every question but those
 * that write: these wait, for as long as that takes.  So does one whose disk
 * hangs.  Only who writes can tell.
 */
#include <pthread.h>

#include "clock.h"
#include "log.h"
#include "trial.h"

/* A record in the WAL that nobody reads; an error is an answer as well. */
#define TRIFLE \
	"SELECT pg_catalog.pg_logical_emit_message(true, 'agent_auth_gateway', '')"

/* What takes longer than that makes us doubt, in milliseconds. */
#define DOUBT 2000
#define PATIENCE 3000
#define PAUSE 2000

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static bool is_under_way;
static bool is_suggested;
static bool has_failed;
static long next;

static bool
begin(long longest)
{
	bool		due;

	pthread_mutex_lock(&mutex);
	due = !is_under_way && (has_failed || is_suggested || longest > DOUBT) &&
		clock_milliseconds() >= next;
	if (due)
	{
		is_under_way = true;
		is_suggested = false;
	}
	pthread_mutex_unlock(&mutex);
	return due;
}

static void
end(bool failed)
{
	pthread_mutex_lock(&mutex);
	is_under_way = false;
	if (failed != has_failed)
		log_line(LOG_LEVEL_WARNING, "msg=\"%s\"", failed ?
				 "the database does not commit what is written" :
				 "the database commits again");
	has_failed = failed;
	next = clock_milliseconds() + PAUSE;
	pthread_mutex_unlock(&mutex);
}

void
trial_make(Database *database, long longest)
{
	if (begin(longest))
		end(!database_answers(database, TRIFLE,
							  clock_milliseconds() + PATIENCE));
}

void
trial_suggest(void)
{
	pthread_mutex_lock(&mutex);
	is_suggested = true;
	pthread_mutex_unlock(&mutex);
}

bool
trial_has_failed(void)
{
	bool		result;

	pthread_mutex_lock(&mutex);
	result = has_failed;
	pthread_mutex_unlock(&mutex);
	return result;
}
