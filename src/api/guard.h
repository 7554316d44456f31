/*
 * guard.h
 *		Keeps the arguments of a call out of the log.
 */
#ifndef AGENT_AUTH_GUARD_H
#define AGENT_AUTH_GUARD_H

#include "utils/elog.h"

typedef struct Guard
{
	ErrorContextCallback callback;
} Guard;

/*
 * Between the two, whatever is logged is logged without the statement and its
 * context, which may hold a password or a token, and pg_stat_activity shows
 * "shown" instead of the statement.  An error ends it by itself.
 */
extern void guard_enter(Guard *guard, const char *shown);

/* The same for a function that is called for every row, perhaps. */
extern void guard_enter_often(Guard *guard, const char *shown);

extern void guard_leave(Guard *guard);

#endif							/* AGENT_AUTH_GUARD_H */
