/*
 * impersonation_list.c
 *		Who acted as whom, for auditors to look at.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"

#include "identity/agent.h"
#include "identity/audit.h"
#include "identity/impersonation_list.h"
#include "query.h"

static void
read_summary(uint64 row, ImpersonationSummary *impersonation)
{
	impersonation->session_id = query_text(row, 1);
	impersonation->agent = query_text(row, 2);
	impersonation->customer_reference = query_text(row, 3);
	impersonation->began_at = query_text(row, 4);
	impersonation->ended_at = query_text(row, 5);
	impersonation->end_reason = query_text(row, 6);
	impersonation->reason = query_text(row, 7);
	impersonation->ticket = query_text(row, 8);
	impersonation->peer = query_text(row, 9);
	impersonation->user_agent = query_text(row, 10);
}

/*
 * One more than the page holds, to know whether others follow.  The page is
 * cut out of the trail before anything is joined to it, row by row (OFFSET 0
 * keeps the planner from doing otherwise), so that it costs the same however
 * long the trail is.
 */
static int64
find(int64 offset, int64 limit)
{
	static PreparedQuery query = {
		"SELECT i.session_id::pg_catalog.text, i.username,"
		" i.customer_reference,"
		QUERY_RFC3339("i.began_at") "," QUERY_RFC3339("i.ended_at") ","
		" i.end_reason, i.reason, i.ticket, pg_catalog.host(i.peer),"
		" i.user_agent"
		" FROM (SELECT a.at, a.session_id FROM agent_auth.audit a"
		"  WHERE a.event OPERATOR(pg_catalog.=) 'impersonation_began'"
		"  ORDER BY a.at USING OPERATOR(pg_catalog.>), a.session_id"
		"  OFFSET $1 LIMIT $2) p,"
		" LATERAL (SELECT * FROM agent_auth.impersonations v"
		"  WHERE v.began_at OPERATOR(pg_catalog.=) p.at"
		"  AND v.session_id OPERATOR(pg_catalog.=) p.session_id"
		"  OFFSET 0) i"
		" ORDER BY p.at USING OPERATOR(pg_catalog.>), p.session_id",
		{INT8OID, INT8OID}
	};
	Datum		values[2];

	values[0] = Int64GetDatum(offset);
	values[1] = Int64GetDatum(limit + 1);
	return (int64) query_read_latest(&query, values);
}

static void
read_page(int64 offset, int64 limit, ImpersonationPage *page)
{
	MemoryContext caller = CurrentMemoryContext;
	int64		found = find(offset, limit);
	int			i;

	MemoryContextSwitchTo(caller);
	page->more = found > limit;
	page->n = (int) Min(found, limit);
	page->impersonations = palloc(Max(page->n, 1) *
								  sizeof(ImpersonationSummary));
	for (i = 0; i < page->n; i++)
		read_summary(i, &page->impersonations[i]);
}

Outcome
impersonation_list(const Actor *agent, const Client *client, int64 offset,
				   int64 limit, ImpersonationPage *page)
{
	MemoryContext caller = CurrentMemoryContext;
	bool		allowed;

	if (offset < 0 || limit < 1 || limit > IMPERSONATION_LIST_MAX_LIMIT)
		return OUTCOME_PAGINATION_INVALID;
	SPI_connect();
	MemoryContextSwitchTo(caller);
	allowed = agent_is_auditor(agent->agent_id);
	audit_reading(allowed ? "impersonations_read" : "impersonations_refused",
				  agent->agent_id, &agent->session_id, client);
	if (allowed)
		read_page(offset, limit, page);
	SPI_finish();
	return allowed ? OUTCOME_OK : OUTCOME_FORBIDDEN;
}
