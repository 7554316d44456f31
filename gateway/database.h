/*
 * database.h
 *		One connection to the database.
 */
#ifndef GATEWAY_DATABASE_H
#define GATEWAY_DATABASE_H

#include <stdbool.h>

#include "answer.h"

typedef struct Database Database;

typedef enum DatabaseResult
{
	DATABASE_ANSWERED,
	DATABASE_UNAVAILABLE,		/* try again later */
	DATABASE_FAULT				/* the database raised an error */
} DatabaseResult;

/*
 * Whether libpq can read it.  Where it cannot, libpq's reason may quote a part
 * of a password, so that none is given.
 */
extern bool database_can_read(const char *conninfo);

/* Not connected yet; NULL when memory is out.  "timeout" is in seconds. */
extern Database *database_new(const char *conninfo, int timeout);

/*
 * Connects; false, and libpq's reason, when it cannot.  "reason" may be NULL.
 */
#define DATABASE_REASON_SIZE 512
extern bool database_reach(Database *database,
						   char reason[DATABASE_REASON_SIZE]);

/* Connects and prepares; false, and a line in the log, when it cannot. */
extern bool database_connect(Database *database);

/*
 * Whether the connection is there and has nothing to say: a server that has
 * gone away is noticed here, before anything is sent to it.
 */
extern bool database_is_usable(Database *database);

/*
 * Asks, and waits until the database has committed; until that moment, in
 * clock_milliseconds(), at most.  Never asks twice: what was sent may have been
 * done, whatever became of the answer.  database_settle() must follow.
 */
extern DatabaseResult database_ask(Database *database,
								   const Question *question, Answer *answer,
								   long deadline);

/*
 * Has cancelled what the database has not answered yet, and waits a little for
 * that.  Leaves the connection closed where it cannot be trusted any more.
 */
extern void database_settle(Database *database);

/*
 * Whether it answers a query by that moment, with an error perhaps.  Where it
 * does not, the query is cancelled and the connection closed.
 */
extern bool database_answers(Database *database, const char *query,
							 long deadline);

/*
 * The rows of a query without parameters, to be freed with PQclear(); NULL
 * when there are none to be had within the timeout.  Then "sqlstate" says why,
 * and is empty where the database has said nothing.
 */
#define DATABASE_SQLSTATE_SIZE 6
extern struct pg_result *database_select(Database *database,
										 const char *query,
										 char sqlstate[DATABASE_SQLSTATE_SIZE]);

extern void database_free(Database *database);

#endif							/* GATEWAY_DATABASE_H */
