/*
 * session_list.c
 *		The live sessions of an agent, for people to look at.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "identity/session_list.h"
#include "query.h"
#include "settings.h"

static void
read_summary(uint64 row, SessionSummary *session)
{
	session->id = query_text(row, 1);
	session->kind = query_text(row, 2);
	session->customer_reference = query_text(row, 3);
	session->created_at = query_text(row, 4);
	session->last_used_at = query_text(row, 5);
	session->expires_at = query_text(row, 6);
	session->peer = query_text(row, 7);
	session->user_agent = query_text(row, 8);
	session->reason = query_text(row, 9);
}

int
session_list(int64 agent_id, SessionSummary **sessions)
{
	/* Live while a token of it may be: $2 seconds from its last pair on. */
	static PreparedQuery query = {
		"SELECT s.id::pg_catalog.text, s.kind, s.customer_reference,"
		QUERY_RFC3339("s.created_at") "," QUERY_RFC3339("s.refreshed_at") ","
		QUERY_RFC3339("e.expires_at") ","
		" pg_catalog.host(s.peer), s.user_agent, s.reason"
		" FROM agent_auth.session s"
		" LEFT JOIN agent_auth.session p"
		"  ON p.id OPERATOR(pg_catalog.=) s.parent_id,"
		" LATERAL (SELECT LEAST(s.expires_at, s.refreshed_at"
		"   OPERATOR(pg_catalog.+) pg_catalog.make_interval(secs => $2),"
		"   p.expires_at, p.refreshed_at"
		"   OPERATOR(pg_catalog.+) pg_catalog.make_interval(secs => $2))"
		"   AS expires_at) e"
		" WHERE s.agent_id OPERATOR(pg_catalog.=) $1"
		"  AND s.ended_at IS NULL AND p.ended_at IS NULL"
		"  AND (s.parent_id IS NULL OR p.id IS NOT NULL)"
		"  AND e.expires_at OPERATOR(pg_catalog.>) pg_catalog.clock_timestamp()"
		" ORDER BY s.created_at USING OPERATOR(pg_catalog.>), s.id"
		" LIMIT " CppAsString2(SESSION_LIST_MAX),
		{INT8OID, FLOAT8OID}
	};
	MemoryContext caller = CurrentMemoryContext;
	Datum		values[2];
	int			n;
	int			i;

	values[0] = Int64GetDatum(agent_id);
	values[1] = Float8GetDatum(settings_idle_limit());
	SPI_connect();
	n = (int) query_read_latest(&query, values);
	MemoryContextSwitchTo(caller);
	*sessions = palloc(Max(n, 1) * sizeof(SessionSummary));
	for (i = 0; i < n; i++)
		read_summary(i, &(*sessions)[i]);
	SPI_finish();
	return n;
}
