/*
 * row_lock.h
 *		Locking rows that clients lock as well, for no longer than a limit.
 */
#ifndef AGENT_AUTH_ROW_LOCK_H
#define AGENT_AUTH_ROW_LOCK_H

#include "query.h"

/* With what disable_agent() waits for, within the time the gateway waits. */
#define ROW_LOCK_SECONDS 5

/* The rows of a table of ours that meet a condition. */
typedef struct RowLock
{
	const char *table;
	PreparedQuery lock;
	PreparedQuery lockers;		/* the transactions */
} RowLock;

#define ROW_LOCK_QUALIFIED(name) "agent_auth." name

/*
 * "t" is the table in the condition; the types are of its parameters.  Whoever
 * locks several rows does so in the order of their ids, so that nobody waits in
 * a circle.
 */
#define ROW_LOCK(name, condition, ...) { \
	name, \
	{"SELECT pg_catalog.array_agg(locked.id) FROM (SELECT t.id" \
	 "  FROM " ROW_LOCK_QUALIFIED(name) " t WHERE " condition \
	 "  ORDER BY t.id FOR NO KEY UPDATE) locked", {__VA_ARGS__}}, \
	{"SELECT DISTINCT t.xmax FROM " ROW_LOCK_QUALIFIED(name) " t" \
	 " WHERE " condition, {__VA_ARGS__}} \
}

/*
 * Locks the rows for the transaction, inside SPI, and returns an array of their
 * ids, palloc'd; *none where there are none.  Where another transaction has
 * locked one for ROW_LOCK_SECONDS, an error that names it: whoever takes life
 * away must not wait for a client.
 */
extern Datum row_lock(RowLock *lock, Datum *values, bool *none);

#endif							/* AGENT_AUTH_ROW_LOCK_H */
