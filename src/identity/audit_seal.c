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

#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "crypto/audit_key.h"
#include "identity/audit_chain.h"
#include "identity/audit_seal.h"
#include "query.h"

SQL_FUNCTION(agent_auth_seal_audit);

/* No batch has more rows, unless they are of one transaction. */
#define BATCH_MAX_ROWS 10000

/* Who writes seals no more than this at once, so as not to be held up. */
#define WRITER_MAX_ROWS 1000

typedef struct Sealing
{
	int			batch_rows;		/* at most */
	bool		once;			/* one small batch, no more */
	bool		has_key;
	uint8		key[MAC_KEY_LENGTH];
	Seal		last;
	int64		rows;			/* sealed so far */
} Sealing;

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

/*
 * Narrows a range to a batch; false when there is none.  The rows of one
 * transaction are not divided: too many of them are not for who writes.
 */
static bool
bound_batch(Batch *batch, const Sealing *sealing)
{
	static PreparedQuery first = {
		UNSEALED "LIMIT 1", {INT8OID, XID8OID, XID8OID}
	};
	static PreparedQuery beyond = {
		UNSEALED "OFFSET $4 LIMIT 1", {INT8OID, XID8OID, XID8OID, INT8OID}
	};
	Datum		values[4];
	uint64		lowest;
	uint64		end;

	values[0] = Int64GetDatum(batch->system);
	values[1] = XID8(batch->from);
	values[2] = XID8(batch->until);
	values[3] = Int64GetDatum(sealing->batch_rows);
	lowest = transaction_or_zero(&first, values);
	if (lowest == 0)
		return false;
	end = transaction_or_zero(&beyond, values);
	if (end == lowest && sealing->once)
		return false;
	if (end != 0)
		batch->until = end > lowest ? end : lowest + 1;
	return true;
}

static bool
is_done(const Sealing *sealing)
{
	return sealing->once && sealing->rows > 0;
}

/* A key is made when there is something to seal with it. */
static void
append(Sealing *sealing, const Batch *batch)
{
	if (!sealing->has_key)
		audit_key_ensure(sealing->key);
	sealing->has_key = true;
	audit_chain_append(sealing->key, batch, &sealing->last);
	sealing->rows += batch->rows;
}

/* Seals a server's rows up to a transaction. */
static void
seal_system(Sealing *sealing, int64 system, uint64 until)
{
	while (!is_done(sealing))
	{
		Batch		batch = {.system = system,.until = until};

		CHECK_FOR_INTERRUPTS();
		batch.from = audit_chain_end(system, query_latest_snapshot());
		if (!bound_batch(&batch, sealing))
			return;
		audit_batch_read(&batch, query_latest_snapshot());
		append(sealing, &batch);
	}
}

/*
 * The next server that rows are of, by its identifier, and the last transaction
 * that wrote there; false when there is none.
 */
static bool
next_system(int64 *system, uint64 *last_transaction)
{
	static PreparedQuery query = {
		"SELECT s.system_identifier, (SELECT a.transaction_id"
		"   FROM agent_auth.audit a WHERE a.system_identifier"
		"    OPERATOR(pg_catalog.=) s.system_identifier"
		"   ORDER BY a.system_identifier DESC, a.transaction_id DESC LIMIT 1)"
		" FROM (SELECT system_identifier FROM agent_auth.audit"
		"  WHERE system_identifier OPERATOR(pg_catalog.>) $1"
		"  ORDER BY system_identifier LIMIT 1) s",
		{INT8OID}
	};
	Datum		value = Int64GetDatum(*system);

	if (query_read_latest(&query, &value) == 0)
		return false;
	*system = DatumGetInt64(query_value(0, 1, NULL));
	*last_transaction = (uint64) DatumGetInt64(query_value(0, 2, NULL));
	return true;
}

/*
 * With the lock on audit_seal.  Rows of other servers, which a dump brought,
 * are all there.
 */
static void
seal_rows(Sealing *sealing)
{
	int64		own = (int64) GetSystemIdentifier();
	int64		system = PG_INT64_MIN;
	uint64		until;

	audit_chain_last(query_latest_snapshot(), &sealing->last);
	while (next_system(&system, &until))
		if (system != own)
			seal_system(sealing, system, until + 1);
	seal_system(sealing, own, horizon());
	explicit_bzero(sealing->key, sizeof(sealing->key));
}

/*
 * What an auditor compares with, where who can write tables has no say: the head
 * of what this transaction has sealed, logged once that is committed.
 */
static int64 head_number = 0;	/* 0: none */
static char head[2 * MAC_LENGTH + 1];

static void
end_transaction(XactEvent event, void *arg)
{
	if (event == XACT_EVENT_COMMIT && head_number != 0)
		ereport(LOG,
				(errmsg("agent_auth: the audit trail is sealed up to number " INT64_FORMAT ", head %s",
						head_number, head),
				 errhidestmt(true)));
	if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_ABORT ||
		event == XACT_EVENT_PREPARE)
		head_number = 0;
}

/* A savepoint may take the seals back: then nothing is said. */
static void
end_subtransaction(SubXactEvent event, SubTransactionId id,
				   SubTransactionId parent, void *arg)
{
	if (event == SUBXACT_EVENT_ABORT_SUB)
		head_number = 0;
}

static void
remember_head(const Seal *last)
{
	static bool registered = false;

	if (!registered)
	{
		RegisterXactCallback(end_transaction, NULL);
		RegisterSubXactCallback(end_subtransaction, NULL);
		registered = true;
	}
	hex_encode((const char *) last->mac, MAC_LENGTH, head);
	head[2 * MAC_LENGTH] = '\0';
	head_number = last->number;
}

int64
audit_seal(void)
{
	Sealing		sealing = {.batch_rows = BATCH_MAX_ROWS};

	LockRelationOid(seal_relation(), ShareUpdateExclusiveLock);
	SPI_connect();
	seal_rows(&sealing);
	SPI_finish();
	if (sealing.rows > 0)
		remember_head(&sealing.last);
	return sealing.rows;
}

/*
 * seal_audit() returns trigger, AFTER INSERT: seals what others have written,
 * unless somebody does already, or there is no key to do it with
 */
Datum
agent_auth_seal_audit(PG_FUNCTION_ARGS)
{
	Sealing		sealing = {.batch_rows = WRITER_MAX_ROWS,.once = true};

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" was not called as a trigger",
						"seal_audit")));
	if (!ConditionalLockRelationOid(seal_relation(), ShareUpdateExclusiveLock))
		return (Datum) 0;
	SPI_connect();
	if (audit_key_is_usable())
		seal_rows(&sealing);
	SPI_finish();
	return (Datum) 0;
}
