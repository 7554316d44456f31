/*
 * query.h
 *		SQL from C, prepared once per backend.
 */
#ifndef AGENT_AUTH_QUERY_H
#define AGENT_AUTH_QUERY_H

#include "executor/spi.h"

/* An SQL expression: a time as RFC 3339 writes it, in UTC. */
#define QUERY_RFC3339(time) \
	" pg_catalog.to_char(" time " AT TIME ZONE 'UTC'," \
	"  'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"

#define QUERY_MAX_ARGS 14

/*
 * A statement and its argument types, ended by InvalidOid.  Declared static;
 * the plan is made at the first run and kept.  Every name in the text,
 * operators included, is schema-qualified: the caller's search_path must not
 * matter.
 */
typedef struct PreparedQuery
{
	const char *sql;
	Oid			argtypes[QUERY_MAX_ARGS];
	SPIPlanPtr	plan;
} PreparedQuery;

/*
 * Runs it between SPI_connect() and SPI_finish(), as the current user, and
 * returns the number of rows, which are in SPI_tuptable.  "nulls" is as in
 * SPI_execute_plan(), NULL when no argument is null.
 */
extern uint64 query_run(PreparedQuery *query, Datum *values, const char *nulls);

/* The same for a query that only reads, as of a snapshot. */
extern uint64 query_read(PreparedQuery *query, Datum *values,
						 Snapshot snapshot);

/*
 * The same for a query that only reads and must see what is committed now,
 * even in a transaction whose snapshot is older: whether a key or a session
 * still lives.
 */
extern uint64 query_read_latest(PreparedQuery *query, Datum *values);

/* The same where an argument may be null. */
extern uint64 query_read_latest_nulls(PreparedQuery *query, Datum *values,
									  const char *nulls);

/* What is committed now, and what this transaction has done. */
extern Snapshot query_latest_snapshot(void);

/*
 * Any client may have plans shown to itself, and a plan has the values in it
 * that it is made for: a name that is known, a hash.  What is run here shows
 * none; whoever runs something by SPI itself turns them off with this, within
 * a level of settings of its own.
 */
extern void query_hide_plans_locally(void);

/* Column "column" (from 1) of row "row" (from 0); *isnull may be NULL. */
extern Datum query_value(uint64 row, int column, bool *isnull);

/* The same of a text column, palloc'd; NULL when it is null. */
extern char *query_text(uint64 row, int column);

/* An array argument of a type that is eight bytes wide and passed by value. */
extern Datum query_array_argument(Oid type, const int64 *values, int n);

/* A bytea argument. */
extern Datum query_bytes_argument(const uint8 *bytes, Size len);

/* A text argument; *null is set as query_run() takes it, to 'n' for NULL. */
extern Datum query_text_argument(const char *string, char *null);

#endif							/* AGENT_AUTH_QUERY_H */
