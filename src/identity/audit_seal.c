/*
 * audit_seal.c
 *		Sealing the audit trail, a batch at a time.
 *
 * A batch is the rows of a range of transactions that are over: nothing can
 * join it any more, and nobody who writes has to wait.  Transactions that are
 * still open are left out by name, and sealed once they are over, so that none
 * of them holds up the others.
 *
 * What stays open: rows since the last seal, and the end of the chain, which
 * can be cut off together with its rows by those who can write the tables.  A
 * head that was noted elsewhere shows that too.
 */
#include "compat.h"

#include "access/xlog.h"
#include "catalog/pg_type.h"
#include "utils/timestamp.h"

#include "crypto/audit_key.h"
#include "executor/spi.h"
#include "identity/audit_chain.h"
#include "identity/audit_commit.h"
#include "identity/audit_lock.h"
#include "identity/audit_seal.h"
#include "identity/audit_transactions.h"
#include "query.h"

/* No batch has more rows, unless they are of one transaction. */
#define BATCH_MAX_ROWS 10000

/* Who writes seals no more than this at once, so as not to be held up. */
#define WRITER_MAX_ROWS 1000

typedef struct Sealing
{
	int64		system;
	int			batch_rows;		/* at most */
	bool		once;			/* one small batch, no more */
	Transactions transactions;
	bool		has_key;
	uint8		key[MAC_KEY_LENGTH];
	Seal		last;			/* of all servers */
	Batch		end;			/* of this server's last seal */
	XidSet		waiting;		/* over and left out, for another batch */
	int64		rows;			/* sealed so far */
} Sealing;

static void
begin_batch(const Sealing *sealing, Batch *batch, uint64 until)
{
	memset(batch, 0, sizeof(Batch));
	batch->system = sealing->system;
	batch->from = sealing->end.until;
	batch->until = until;
	batch->next = sealing->transactions.next;
}

/*
 * Chooses of those that were left out and are over; whoever writes takes none
 * that has too many rows.  Those that are not chosen wait.
 */
static XidSet
choose_late(Sealing *sealing, const XidSet *over)
{
	static PreparedQuery query = {
		"SELECT transaction_id, pg_catalog.count(*) FROM agent_auth.audit"
		" WHERE system_identifier OPERATOR(pg_catalog.=) $1"
		"  AND transaction_id OPERATOR(pg_catalog.=) ANY ($2)"
		" GROUP BY transaction_id ORDER BY transaction_id",
		{INT8OID, XID8ARRAYOID}
	};
	XidSet		chosen = {0, palloc(sizeof(uint64) * over->n)};
	int64		rows = 0;
	uint64		n;
	Datum		values[2];

	values[0] = Int64GetDatum(sealing->system);
	values[1] = xid_set_datum(over);
	n = query_read_latest(&query, values);
	sealing->waiting.n = 0;
	sealing->waiting.xids = palloc(sizeof(uint64) * Max(n, 1));
	for (uint64 i = 0; i < n; i++)
	{
		uint64		xid = (uint64) DatumGetInt64(query_value(i, 1, NULL));
		int64		count = DatumGetInt64(query_value(i, 2, NULL));

		if (rows + count <= sealing->batch_rows ||
			(chosen.n == 0 && !sealing->once))
		{
			chosen.xids[chosen.n++] = xid;
			rows += count;
		}
		else
			sealing->waiting.xids[sealing->waiting.n++] = xid;
	}
	SPI_freetuptable(SPI_tuptable);
	return chosen;
}

/* A batch of those that were left out; false when there is none. */
static bool
late_batch(Sealing *sealing, Batch *batch)
{
	XidSet		over = xid_set_without(&sealing->end.left_out,
									   &sealing->transactions.open);
	XidSet		chosen;

	sealing->waiting.n = 0;
	if (over.n == 0)
		return false;
	chosen = choose_late(sealing, &over);
	if (chosen.n == 0)
		return false;
	begin_batch(sealing, batch, sealing->end.until);
	batch->late = chosen;
	batch->left_out = xid_set_without(&sealing->end.left_out, &chosen);
	return true;
}

static uint64
transaction_or_zero(PreparedQuery *query, Datum *values)
{
	return query_read_latest(query, values) == 0 ? 0 :
		(uint64) DatumGetInt64(query_value(0, 1, NULL));
}

#define UNSEALED \
	"SELECT transaction_id FROM agent_auth.audit" \
	" WHERE system_identifier OPERATOR(pg_catalog.=) $1" \
	"  AND transaction_id OPERATOR(pg_catalog.>=) $2" \
	"  AND transaction_id OPERATOR(pg_catalog.<) $3" \
	"  AND transaction_id OPERATOR(pg_catalog.<>) ALL ($4)" \
	" ORDER BY system_identifier, transaction_id "

/*
 * A batch from the end of the last one on; false when there is none.  The rows
 * of one transaction are not divided: too many of them are not for who writes.
 */
static bool
range_batch(Sealing *sealing, uint64 until, Batch *batch)
{
	static PreparedQuery first = {
		UNSEALED "LIMIT 1", {INT8OID, XID8OID, XID8OID, XID8ARRAYOID}
	};
	static PreparedQuery beyond = {
		UNSEALED "OFFSET $5 LIMIT 1",
		{INT8OID, XID8OID, XID8OID, XID8ARRAYOID, INT8OID}
	};
	Datum		values[5];
	uint64		lowest;
	uint64		end;

	begin_batch(sealing, batch, until);
	batch->left_out = xid_set_union(&sealing->transactions.open,
									&sealing->waiting, until);
	values[0] = Int64GetDatum(batch->system);
	values[1] = XID8(batch->from);
	values[2] = XID8(batch->until);
	values[3] = xid_set_datum(&batch->left_out);
	values[4] = Int64GetDatum(sealing->batch_rows);
	if (batch->from >= until || (lowest = transaction_or_zero(&first, values)) == 0)
		return false;
	end = transaction_or_zero(&beyond, values);
	if (end == lowest && sealing->once)
		return false;
	if (end == 0)
		return true;
	batch->until = end > lowest ? end : lowest + 1;
	batch->left_out = xid_set_union(&sealing->transactions.open,
									&sealing->waiting, batch->until);
	return true;
}

/*
 * Most transactions are over soon: whoever writes leaves none out, unless there
 * would be nothing to seal otherwise.
 */
static bool
next_batch(Sealing *sealing, Batch *batch)
{
	const Transactions *transactions = &sealing->transactions;

	if (late_batch(sealing, batch))
		return true;
	if (!sealing->once)
		return range_batch(sealing, transactions->until, batch);
	return range_batch(sealing,
					   audit_transactions_first_open(transactions,
													 &sealing->end.left_out),
					   batch) ||
		range_batch(sealing, audit_transactions_after_over(transactions),
					batch);
}

/* A key is made when there is something to seal with it. */
static void
append(Sealing *sealing, const Batch *batch)
{
	if (!sealing->has_key)
		audit_key_ensure(sealing->key);
	sealing->has_key = true;
	audit_chain_append(sealing->key, batch, sealing->transactions.at,
					   &sealing->last);
	sealing->end = *batch;
	sealing->rows += batch->rows;
}

/* Whether a seal is what it was, so that one can follow it. */
static bool
is_sound(const uint8 key[MAC_KEY_LENGTH], const Seal *seal)
{
	Seal		found = *seal;

	if (seal->number == 0)
		return true;
	if (seal->has_digest)
		return audit_seal_is_genuine(key, seal);
	if (seal->purged)
		return true;
	audit_batch_read(&found.batch, query_latest_snapshot());
	return found.batch.rows == seal->batch.rows &&
		audit_seal_is_genuine(key, &found);
}

/* Where to go on; false when that cannot be trusted. */
static bool
find_end(Sealing *sealing)
{
	Seal		own;
	bool		sound;

	audit_chain_last(query_latest_snapshot(), &sealing->last);
	audit_chain_last_of(sealing->system, query_latest_snapshot(), &own);
	sealing->end = own.batch;
	sealing->has_key = audit_key_read(sealing->key, query_latest_snapshot());
	if (!sealing->has_key)
		return true;
	sound = is_sound(sealing->key, &sealing->last) &&
		(own.number == sealing->last.number || is_sound(sealing->key, &own));
	if (!sound)
		ereport(sealing->once ? LOG : ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("the last seal on the audit trail was altered, and none can follow it"),
				 errhint("Look into it with agent_auth.audit_verify()."),
				 errhidestmt(true)));
	return sound;
}

/* With the lock on the seals. */
static void
seal_rows(Sealing *sealing)
{
	Batch		batch;

	if (find_end(sealing))
	{
		while (!(sealing->once && sealing->rows > 0) &&
			   next_batch(sealing, &batch))
		{
			CHECK_FOR_INTERRUPTS();
			audit_batch_read(&batch, query_latest_snapshot());
			append(sealing, &batch);
		}
	}
	explicit_bzero(sealing->key, sizeof(sealing->key));
}

int64
audit_seal(void)
{
	Sealing		sealing = {.batch_rows = BATCH_MAX_ROWS};

	audit_lock_wait();
	SPI_connect();
	sealing.system = (int64) GetSystemIdentifier();
	audit_transactions_read(&sealing.transactions);
	seal_rows(&sealing);
	SPI_finish();
	if (sealing.rows > 0)
		audit_commit_tell_head(&sealing.last);
	return sealing.rows;
}

int64
audit_seal_some(void)
{
	Sealing		sealing = {.batch_rows = WRITER_MAX_ROWS,.once = true};

	if (!audit_lock_try())
		return 0;
	SPI_connect();
	sealing.system = (int64) GetSystemIdentifier();
	audit_transactions_read(&sealing.transactions);
	if (audit_key_is_usable())
		seal_rows(&sealing);
	SPI_finish();
	return sealing.rows;
}

/* All rows are there, since a dump brings those of transactions that are over. */
static uint64
after_last(int64 system)
{
	static PreparedQuery query = {
		"SELECT transaction_id FROM agent_auth.audit"
		" WHERE system_identifier OPERATOR(pg_catalog.=) $1"
		" ORDER BY system_identifier DESC, transaction_id DESC LIMIT 1",
		{INT8OID}
	};
	Datum		value = Int64GetDatum(system);
	uint64		last = transaction_or_zero(&query, &value);

	return last == 0 ? 0 : last + 1;
}

int64
audit_seal_foreign(int64 system)
{
	Sealing		sealing = {.system = system,.batch_rows = BATCH_MAX_ROWS};

	audit_lock_wait();
	SPI_connect();
	sealing.transactions.at = GetCurrentTimestamp();
	sealing.transactions.until = after_last(system);
	seal_rows(&sealing);
	SPI_finish();
	if (sealing.rows > 0)
		audit_commit_tell_head(&sealing.last);
	return sealing.rows;
}
