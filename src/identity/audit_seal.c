/*
 * audit_seal.c
 *		Sealing the audit trail, a batch at a time.
 *
 * A batch is the rows of a range of transactions, all of which are over when it
 * is sealed: nothing can join it any more, and nobody who writes has to wait.
 *
 * What stays open: rows since the last seal, and the end of the chain, which
 * who holds the tables can cut off together with its rows.  A head that was
 * noted elsewhere shows that too.
 */
#include "compat.h"

#include "access/xlog.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "storage/lmgr.h"
#include "utils/lsyscache.h"

#include "crypto/audit_key.h"
#include "identity/audit_chain.h"
#include "identity/audit_seal.h"
#include "query.h"

SQL_FUNCTION(agent_auth_seal_audit);

/* No batch has more rows, unless they are of one transaction. */
#define BATCH_MAX_ROWS 10000

static Oid
seal_relation(void)
{
	return get_relname_relid("audit_seal",
							 get_namespace_oid("agent_auth", false));
}

static uint64
transaction_or_zero(PreparedQuery *query, Datum *values)
{
	return query_read_latest(query, values) == 0 ? 0 :
		(uint64) DatumGetInt64(query_value(0, 1, NULL));
}

/* Every transaction before this one is over. */
static uint64
horizon(void)
{
	static PreparedQuery query = {
		"SELECT pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())",
		{InvalidOid}
	};

	return transaction_or_zero(&query, NULL);
}

#define UNSEALED \
	"SELECT transaction_id FROM agent_auth.audit" \
	" WHERE system_identifier OPERATOR(pg_catalog.=) $1" \
	"  AND transaction_id OPERATOR(pg_catalog.>=) $2" \
	"  AND transaction_id OPERATOR(pg_catalog.<) $3" \
	" ORDER BY system_identifier, transaction_id "

/* Narrows a range to a batch; false when it is empty. */
static bool
bound_batch(Batch *batch)
{
	static PreparedQuery first = {
		UNSEALED "LIMIT 1", {INT8OID, XID8OID, XID8OID}
	};
	static PreparedQuery beyond = {
		UNSEALED "OFFSET " CppAsString2(BATCH_MAX_ROWS) " LIMIT 1",
		{INT8OID, XID8OID, XID8OID}
	};
	Datum		values[3];
	uint64		lowest;
	uint64		end;

	values[0] = Int64GetDatum(batch->system);
	values[1] = XID8(batch->from);
	values[2] = XID8(batch->until);
	lowest = transaction_or_zero(&first, values);
	if (lowest == 0)
		return false;
	end = transaction_or_zero(&beyond, values);
	if (end != 0)
		batch->until = end > lowest ? end : lowest + 1;
	return true;
}

/* Seals a server's rows up to a transaction; "last" becomes the last seal. */
static int64
seal_system(const uint8 key[MAC_KEY_LENGTH], int64 system, uint64 until,
			Seal *last)
{
	int64		rows = 0;

	for (;;)
	{
		Batch		batch = {.system = system,.until = until};

		CHECK_FOR_INTERRUPTS();
		batch.from = audit_chain_end(system, query_latest_snapshot());
		if (!bound_batch(&batch))
			return rows;
		audit_batch_read(&batch, query_latest_snapshot());
		audit_chain_append(key, &batch, last);
		rows += batch.rows;
	}
}

/*
 * Rows of servers that a dump was made on, which are all there: looked for
 * when the last seal is not this server's.
 */
static int64
seal_other_systems(const uint8 key[MAC_KEY_LENGTH], Seal *last)
{
	static PreparedQuery query = {
		"SELECT system_identifier, pg_catalog.max(transaction_id::pg_catalog.text::pg_catalog.int8)"
		" FROM agent_auth.audit"
		" WHERE system_identifier OPERATOR(pg_catalog.<>) $1"
		" GROUP BY system_identifier",
		{INT8OID}
	};
	Datum		value = Int64GetDatum((int64) GetSystemIdentifier());
	int			n = (int) query_read_latest(&query, &value);
	int64	   *systems = palloc(Max(n, 1) * 2 * sizeof(int64));
	int64		rows = 0;
	int			i;

	for (i = 0; i < n; i++)
	{
		systems[2 * i] = DatumGetInt64(query_value(i, 1, NULL));
		systems[2 * i + 1] = DatumGetInt64(query_value(i, 2, NULL));
	}
	for (i = 0; i < n; i++)
		rows += seal_system(key, systems[2 * i],
							(uint64) systems[2 * i + 1] + 1, last);
	return rows;
}

/* With the lock on audit_seal. */
static int64
seal_rows(void)
{
	int64		system = (int64) GetSystemIdentifier();
	uint8		key[MAC_KEY_LENGTH];
	Seal		last;
	int64		rows = 0;

	audit_key_ensure(key);
	audit_chain_last(query_latest_snapshot(), &last);
	if (last.number == 0 || last.batch.system != system)
		rows += seal_other_systems(key, &last);
	rows += seal_system(key, system, horizon(), &last);
	explicit_bzero(key, sizeof(key));
	return rows;
}

int64
audit_seal(void)
{
	int64		rows;

	LockRelationOid(seal_relation(), ShareUpdateExclusiveLock);
	SPI_connect();
	rows = seal_rows();
	SPI_finish();
	return rows;
}

/*
 * seal_audit() returns trigger, AFTER INSERT: seals what others have written,
 * unless somebody does already, or there is no key to do it with
 */
Datum
agent_auth_seal_audit(PG_FUNCTION_ARGS)
{
	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" was not called as a trigger",
						"seal_audit")));
	if (!ConditionalLockRelationOid(seal_relation(), ShareUpdateExclusiveLock))
		return (Datum) 0;
	SPI_connect();
	if (audit_key_is_usable())
		seal_rows();
	SPI_finish();
	return (Datum) 0;
}
