/*
 * purge.c
 *		Deleting what nobody needs any more.
 *
 * A batch a call: the caller commits between two, so that no transaction is
 * long and what was done stays done.  Rows that another transaction holds are
 * left for the next call.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "utils/timestamp.h"

#include "identity/audit.h"
#include "identity/audit_seal.h"
#include "identity/audit_walk.h"
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

/*
 * What a seal says is believed once its rows were read and found to be those
 * that it was made of; how old they are is what these say, and no older than
 * they can be.
 */
static void
check(const AuditWalk *walk)
{
	if (walk->complaint != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("the audit trail is not what it was when it was sealed, and nothing of it is purged"),
				 errdetail_internal("%s", walk->complaint),
				 errhint("Look into it with agent_auth.audit_verify().")));
}

static TimestampTz
youngest(const AuditWalk *walk)
{
	return Max(walk->seal.batch.last_at, walk->oldest);
}

static uint64
delete_rows(AuditWalk *walk)
{
	const Seal *seal = &walk->seal;
	uint64		deleted = audit_batch_delete(&seal->batch);

	if (deleted != (uint64) seal->batch.rows)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("seal number " INT64_FORMAT " on the audit trail has " INT64_FORMAT " rows, and there are " UINT64_FORMAT,
						seal->number, seal->batch.rows, deleted),
				 errhint("Look into it with agent_auth.audit_verify() before anything is deleted.")));
	audit_purged_add(&walk->purged, seal, walk->caller);
	return deleted;
}

/*
 * Seal by seal, since one can be verified only with all of its rows, and only
 * those that are older as a whole.
 */
static uint64
purge_seals(AuditWalk *walk, TimestampTz before, int batch)
{
	uint64		rows = 0;
	bool		any = false;

	while (rows < (uint64) batch &&
		   audit_walk_next(walk, query_latest_snapshot()))
	{
		if (walk->seal.purged)
			continue;
		if (youngest(walk) >= before)
			break;
		rows += delete_rows(walk);
		any = true;
	}
	check(walk);
	if (any)
		audit_chain_store_purged(walk->key, &walk->purged);
	return rows;
}

static uint64
purge_audit(TimestampTz before, int batch)
{
	volatile uint64 rows = 0;
	AuditWalk	walk;

	if (batch <= 0 || !audit_walk_begin(&walk, query_latest_snapshot()))
		return 0;
	audit_allow_change(true);
	PG_TRY();
	{
		rows = purge_seals(&walk, before, batch);
	}
	PG_FINALLY();
	{
		audit_allow_change(false);
		audit_walk_finish(&walk);
	}
	PG_END_TRY();
	return rows;
}

/*
 * Sealing comes first, and with it the lock on the seals.
 */
uint64
purge(TimestampTz before, int batch)
{
	uint64		n;

	if (IsolationUsesXactSnapshot())
		ereport(ERROR,
				(errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
				 errmsg("agent_auth.purge() must see what is committed now"),
				 errhint("Run it in a transaction of isolation level READ COMMITTED.")));
	audit_seal();
	n = purge_sessions(before, batch);
	return n + purge_audit(before, batch - (int) n);
}
