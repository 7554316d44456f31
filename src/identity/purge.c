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
#include "miscadmin.h"
#include "utils/timestamp.h"

#include "crypto/audit_key.h"
#include "identity/audit.h"
#include "identity/audit_chain.h"
#include "identity/audit_seal.h"
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

static uint64
delete_rows(const Batch *batch)
{
	static PreparedQuery query = {
		"DELETE FROM agent_auth.audit"
		" WHERE system_identifier OPERATOR(pg_catalog.=) $1"
		"  AND transaction_id OPERATOR(pg_catalog.>=) $2"
		"  AND transaction_id OPERATOR(pg_catalog.<) $3",
		{INT8OID, XID8OID, XID8OID}
	};
	Datum		values[3];

	values[0] = Int64GetDatum(batch->system);
	values[1] = XID8(batch->from);
	values[2] = XID8(batch->until);
	return query_run(&query, values, NULL);
}

/*
 * Seal by seal, since one can be verified only with all of its rows, and only
 * those that are older as a whole.
 */
static uint64
purge_seals(TimestampTz before, int batch)
{
	uint8		key[MAC_KEY_LENGTH];
	Seal		seal = {0};
	uint64		rows = 0;
	uint64		deleted;

	if (!audit_key_read(key, query_latest_snapshot()))
		return 0;
	while (rows < (uint64) batch &&
		   audit_chain_next(seal.number, query_latest_snapshot(), &seal))
	{
		CHECK_FOR_INTERRUPTS();
		if (seal.purged)
			continue;
		if (seal.batch.last_at >= before)
			break;
		deleted = delete_rows(&seal.batch);
		if (deleted != (uint64) seal.batch.rows)
			ereport(ERROR,
					(errcode(ERRCODE_DATA_CORRUPTED),
					 errmsg("seal number " INT64_FORMAT " on the audit trail has " INT64_FORMAT " rows, and there are " UINT64_FORMAT,
							seal.number, seal.batch.rows, deleted),
					 errhint("Look into it with agent_auth.audit_verify() before anything is deleted.")));
		rows += deleted;
		audit_chain_mark_purged(key, &seal);
	}
	explicit_bzero(key, sizeof(key));
	return rows;
}

static uint64
purge_audit(TimestampTz before, int batch)
{
	volatile uint64 rows = 0;

	if (batch <= 0)
		return 0;
	audit_allow_change(true);
	PG_TRY();
	{
		rows = purge_seals(before, batch);
	}
	PG_FINALLY();
	{
		audit_allow_change(false);
	}
	PG_END_TRY();
	return rows;
}

/*
 * Sealing comes first, and with it the lock on the seals: a writer who holds
 * that may want rows of sessions next.
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
