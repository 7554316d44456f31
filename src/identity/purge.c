/*
 * purge.c
 *		Deleting what nobody needs any more.
 *
 * A batch a call: the caller commits between two, so that no transaction is
 * long and what was done stays done.  Rows that another transaction holds are
 * left for the next call.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/timestamp.h"

#include "identity/audit.h"
#include "identity/purge.h"
#include "query.h"

static uint64
run(PreparedQuery *query, TimestampTz before, int batch)
{
	Datum		values[2];

	values[0] = TimestampTzGetDatum(before);
	values[1] = Int32GetDatum(batch);
	return query_run(query, values, NULL);
}

#define DELETE_SESSIONS(column) \
	"DELETE FROM agent_auth.session WHERE id OPERATOR(pg_catalog.=) ANY (ARRAY(" \
	" SELECT id FROM agent_auth.session" \
	" WHERE " column " OPERATOR(pg_catalog.<) $1" \
	" LIMIT $2 FOR UPDATE SKIP LOCKED))"

static uint64
purge_sessions(TimestampTz before, int batch)
{
	static PreparedQuery ended = {
		DELETE_SESSIONS("ended_at"), {TIMESTAMPTZOID, INT4OID}
	};
	static PreparedQuery expired = {
		DELETE_SESSIONS("expires_at"), {TIMESTAMPTZOID, INT4OID}
	};
	uint64		n = run(&ended, before, batch);

	return n + run(&expired, before, batch - (int) n);
}

/* The oldest rows have the lowest numbers: those are found without searching. */
static uint64
purge_audit(TimestampTz before, int batch)
{
	static PreparedQuery query = {
		"WITH oldest AS ("
		" SELECT id, at FROM agent_auth.audit ORDER BY id"
		" LIMIT $2 FOR UPDATE SKIP LOCKED)"
		" DELETE FROM agent_auth.audit a USING oldest o"
		" WHERE a.id OPERATOR(pg_catalog.=) o.id"
		"  AND o.at OPERATOR(pg_catalog.<) $1",
		{TIMESTAMPTZOID, INT4OID}
	};
	volatile uint64 n = 0;

	audit_allow_delete(true);
	PG_TRY();
	{
		n = run(&query, before, batch);
	}
	PG_FINALLY();
	{
		audit_allow_delete(false);
	}
	PG_END_TRY();
	return n;
}

uint64
purge(TimestampTz before, int batch)
{
	uint64		n = purge_sessions(before, batch);

	return n + purge_audit(before, batch - (int) n);
}
