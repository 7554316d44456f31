/*
 * audit_chain.c
 *		The chain of seals on the audit trail.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "port/pg_bswap.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "executor/spi.h"
#include "identity/audit_chain.h"
#include "query.h"

static Datum
bytes_datum(const uint8 *bytes, Size len)
{
	bytea	   *value = palloc(VARHDRSZ + len);

	SET_VARSIZE(value, VARHDRSZ + len);
	memcpy(VARDATA(value), bytes, len);
	return PointerGetDatum(value);
}

/* False when it is null or has another length. */
static bool
read_bytes(uint64 row, int column, uint8 *bytes, Size len)
{
	bool		isnull;
	Datum		value = query_value(row, column, &isnull);
	bytea	   *found;

	memset(bytes, 0, len);
	if (isnull)
		return false;
	found = DatumGetByteaPP(value);
	if (VARSIZE_ANY_EXHDR(found) != len)
		return false;
	memcpy(bytes, VARDATA_ANY(found), len);
	return true;
}

/*
 * What the rows of a range say, in a form that no setting changes.
 */
void
audit_batch_read(Batch *batch, Snapshot snapshot)
{
	static PreparedQuery query = {
		"SELECT pg_catalog.count(*), pg_catalog.min(at), pg_catalog.max(at),"
		" pg_catalog.sha256(COALESCE(pg_catalog.string_agg("
		"  pg_catalog.sha256(pg_catalog.convert_to("
		"   pg_catalog.jsonb_build_array(id, EXTRACT(epoch FROM at), event,"
		"    agent_id, username, customer_reference, session_id, peer,"
		"    user_agent, detail, detail IS NULL,"
		"    transaction_id::pg_catalog.text)::pg_catalog.text, 'UTF8')),"
		"  '' ORDER BY id), ''))"
		" FROM agent_auth.audit"
		" WHERE system_identifier OPERATOR(pg_catalog.=) $1"
		"  AND transaction_id OPERATOR(pg_catalog.>=) $2"
		"  AND transaction_id OPERATOR(pg_catalog.<) $3",
		{INT8OID, XID8OID, XID8OID}
	};
	Datum		values[3];

	values[0] = Int64GetDatum(batch->system);
	values[1] = XID8(batch->from);
	values[2] = XID8(batch->until);
	query_read(&query, values, snapshot);
	batch->rows = DatumGetInt64(query_value(0, 1, NULL));
	batch->first_at = DatumGetTimestampTz(query_value(0, 2, NULL));
	batch->last_at = DatumGetTimestampTz(query_value(0, 3, NULL));
	read_bytes(0, 4, batch->digest, sizeof(batch->digest));
	SPI_freetuptable(SPI_tuptable);
}

/* What a seal's MAC is of; numbers are big-endian. */
void
audit_seal_mac(const uint8 key[MAC_KEY_LENGTH], const Seal *seal,
			   uint8 mac[MAC_LENGTH])
{
	struct
	{
		char		label[16];
		uint64		numbers[8];
		uint8		digest[DIGEST_LENGTH];
		uint8		previous[MAC_LENGTH];
	}			message = {"audit seal"};

	message.numbers[0] = pg_hton64((uint64) seal->number);
	message.numbers[1] = pg_hton64((uint64) seal->sealed_at);
	message.numbers[2] = pg_hton64((uint64) seal->batch.system);
	message.numbers[3] = pg_hton64(seal->batch.from);
	message.numbers[4] = pg_hton64(seal->batch.until);
	message.numbers[5] = pg_hton64((uint64) seal->batch.rows);
	message.numbers[6] = pg_hton64((uint64) seal->batch.first_at);
	message.numbers[7] = pg_hton64((uint64) seal->batch.last_at);
	memcpy(message.digest, seal->batch.digest, sizeof(message.digest));
	memcpy(message.previous, seal->previous, sizeof(message.previous));
	if (!mac_hmac_sha256(key, &message, sizeof(message), mac))
		elog(ERROR, "could not compute a MAC");
}

/* Says that the rows of a seal were purged, and all before it. */
void
audit_seal_purged_mac(const uint8 key[MAC_KEY_LENGTH], const Seal *seal,
					  uint8 mac[MAC_LENGTH])
{
	struct
	{
		char		label[16];
		uint8		sealed[MAC_LENGTH];
	}			message = {"audit purged"};

	memcpy(message.sealed, seal->mac, sizeof(message.sealed));
	if (!mac_hmac_sha256(key, &message, sizeof(message), mac))
		elog(ERROR, "could not compute a MAC");
}

#define SEAL_COLUMNS \
	" number, sealed_at, system_identifier, from_transaction," \
	" until_transaction, row_count, first_at, last_at, previous_mac, mac," \
	" purged_mac"

static void
read_seal(uint64 row, Seal *seal)
{
	seal->number = DatumGetInt64(query_value(row, 1, NULL));
	seal->sealed_at = DatumGetTimestampTz(query_value(row, 2, NULL));
	seal->batch.system = DatumGetInt64(query_value(row, 3, NULL));
	seal->batch.from = (uint64) DatumGetInt64(query_value(row, 4, NULL));
	seal->batch.until = (uint64) DatumGetInt64(query_value(row, 5, NULL));
	seal->batch.rows = DatumGetInt64(query_value(row, 6, NULL));
	seal->batch.first_at = DatumGetTimestampTz(query_value(row, 7, NULL));
	seal->batch.last_at = DatumGetTimestampTz(query_value(row, 8, NULL));
	read_bytes(row, 9, seal->previous, sizeof(seal->previous));
	read_bytes(row, 10, seal->mac, sizeof(seal->mac));
	seal->purged = read_bytes(row, 11, seal->purged_mac,
							  sizeof(seal->purged_mac));
}

bool
audit_chain_next(int64 after, Snapshot snapshot, Seal *seal)
{
	static PreparedQuery query = {
		"SELECT" SEAL_COLUMNS " FROM agent_auth.audit_seal"
		" WHERE number OPERATOR(pg_catalog.>) $1 ORDER BY number LIMIT 1",
		{INT8OID}
	};
	Datum		value = Int64GetDatum(after);
	bool		found = query_read(&query, &value, snapshot) > 0;

	if (found)
		read_seal(0, seal);
	SPI_freetuptable(SPI_tuptable);
	return found;
}

void
audit_chain_last(Snapshot snapshot, Seal *seal)
{
	static PreparedQuery query = {
		"SELECT" SEAL_COLUMNS " FROM agent_auth.audit_seal"
		" ORDER BY number DESC LIMIT 1",
		{InvalidOid}
	};

	memset(seal, 0, sizeof(Seal));
	if (query_read(&query, NULL, snapshot) > 0)
		read_seal(0, seal);
}

uint64
audit_chain_end(int64 system, Snapshot snapshot)
{
	static PreparedQuery query = {
		"SELECT until_transaction FROM agent_auth.audit_seal"
		" WHERE system_identifier OPERATOR(pg_catalog.=) $1"
		" ORDER BY number DESC LIMIT 1",
		{INT8OID}
	};
	Datum		value = Int64GetDatum(system);

	return query_read(&query, &value, snapshot) == 0 ? 0 :
		(uint64) DatumGetInt64(query_value(0, 1, NULL));
}

static void
store(const Seal *seal)
{
	static PreparedQuery query = {
		"INSERT INTO agent_auth.audit_seal (number, sealed_at,"
		" system_identifier, from_transaction, until_transaction, row_count,"
		" first_at, last_at, previous_mac, mac)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
		{INT8OID, TIMESTAMPTZOID, INT8OID, XID8OID, XID8OID, INT8OID,
		TIMESTAMPTZOID, TIMESTAMPTZOID, BYTEAOID, BYTEAOID}
	};
	Datum		values[10];

	values[0] = Int64GetDatum(seal->number);
	values[1] = TimestampTzGetDatum(seal->sealed_at);
	values[2] = Int64GetDatum(seal->batch.system);
	values[3] = XID8(seal->batch.from);
	values[4] = XID8(seal->batch.until);
	values[5] = Int64GetDatum(seal->batch.rows);
	values[6] = TimestampTzGetDatum(seal->batch.first_at);
	values[7] = TimestampTzGetDatum(seal->batch.last_at);
	values[8] = bytes_datum(seal->previous, MAC_LENGTH);
	values[9] = bytes_datum(seal->mac, MAC_LENGTH);
	query_run(&query, values, NULL);
}

void
audit_chain_append(const uint8 key[MAC_KEY_LENGTH], const Batch *batch,
				   Seal *last)
{
	Seal		seal = {0};

	seal.number = last->number + 1;
	seal.sealed_at = GetCurrentTimestamp();
	seal.batch = *batch;
	memcpy(seal.previous, last->mac, MAC_LENGTH);
	audit_seal_mac(key, &seal, seal.mac);
	store(&seal);
	*last = seal;
}

/* Its rows are gone, and the seals before it are needed no more. */
void
audit_chain_mark_purged(const uint8 key[MAC_KEY_LENGTH], const Seal *seal)
{
	static PreparedQuery mark = {
		"UPDATE agent_auth.audit_seal SET purged_mac = $2"
		" WHERE number OPERATOR(pg_catalog.=) $1",
		{INT8OID, BYTEAOID}
	};
	static PreparedQuery clear = {
		"DELETE FROM agent_auth.audit_seal"
		" WHERE number OPERATOR(pg_catalog.<) $1",
		{INT8OID}
	};
	uint8		mac[MAC_LENGTH];
	Datum		values[2];

	audit_seal_purged_mac(key, seal, mac);
	values[0] = Int64GetDatum(seal->number);
	values[1] = bytes_datum(mac, MAC_LENGTH);
	query_run(&mark, values, NULL);
	query_run(&clear, values, NULL);
}
