/*
 * audit_chain.c
 *		The chain of seals on the audit trail, as agent_auth.audit_seal has it.
 */
#include "postgres.h"

#include <openssl/crypto.h>

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "port/pg_bswap.h"
#include "utils/timestamp.h"

#include "identity/audit_chain.h"
#include "query.h"

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

/* What a seal's MAC is of; numbers are big-endian. */
typedef struct Message
{
	char		label[16];
	uint64		numbers[8];
	uint8		digest[DIGEST_LENGTH];
	uint8		previous[MAC_LENGTH];
	uint64		next;			/* from here on, not of 0.1.0 */
	uint64		left_out[FLEXIBLE_ARRAY_MEMBER];
} Message;

static void
seal_mac(const uint8 key[MAC_KEY_LENGTH], const Seal *seal,
		 uint8 mac[MAC_LENGTH])
{
	const Batch *batch = &seal->batch;
	Size		len = offsetof(Message, left_out) +
	sizeof(uint64) * batch->left_out.n;
	Message    *message = palloc0(len);

	strcpy(message->label, seal->of_0_1_0 ? "audit seal" : "audit seal 2");
	message->numbers[0] = pg_hton64((uint64) seal->number);
	message->numbers[1] = pg_hton64((uint64) seal->sealed_at);
	message->numbers[2] = pg_hton64((uint64) batch->system);
	message->numbers[3] = pg_hton64(batch->from);
	message->numbers[4] = pg_hton64(batch->until);
	message->numbers[5] = pg_hton64((uint64) batch->rows);
	message->numbers[6] = pg_hton64((uint64) batch->first_at);
	message->numbers[7] = pg_hton64((uint64) batch->last_at);
	memcpy(message->digest, batch->digest, DIGEST_LENGTH);
	memcpy(message->previous, seal->previous, MAC_LENGTH);
	message->next = pg_hton64(batch->next);
	for (int i = 0; i < batch->left_out.n; i++)
		message->left_out[i] = pg_hton64(batch->left_out.xids[i]);
	if (!mac_hmac_sha256(key, message,
						 seal->of_0_1_0 ? offsetof(Message, next) : len, mac))
		elog(ERROR, "could not compute a MAC");
	pfree(message);
}

bool
audit_seal_is_genuine(const uint8 key[MAC_KEY_LENGTH], const Seal *seal)
{
	uint8		mac[MAC_LENGTH];

	seal_mac(key, seal, mac);
	return CRYPTO_memcmp(mac, seal->mac, MAC_LENGTH) == 0;
}

#define SELECT_SEAL \
	"SELECT number, sealed_at, system_identifier, from_transaction," \
	" until_transaction, row_count, first_at, last_at, previous_mac, mac," \
	" purged_mac, left_out, next_transaction, rows_digest" \
	" FROM agent_auth.audit_seal "

static void
read_seal(uint64 row, Seal *seal)
{
	Batch	   *batch = &seal->batch;
	Datum		left_out;
	bool		isnull;

	memset(seal, 0, sizeof(Seal));
	seal->number = DatumGetInt64(query_value(row, 1, NULL));
	seal->sealed_at = DatumGetTimestampTz(query_value(row, 2, NULL));
	batch->system = DatumGetInt64(query_value(row, 3, NULL));
	batch->from = (uint64) DatumGetInt64(query_value(row, 4, NULL));
	batch->until = (uint64) DatumGetInt64(query_value(row, 5, NULL));
	batch->rows = DatumGetInt64(query_value(row, 6, NULL));
	batch->first_at = DatumGetTimestampTz(query_value(row, 7, NULL));
	batch->last_at = DatumGetTimestampTz(query_value(row, 8, NULL));
	read_bytes(row, 9, seal->previous, MAC_LENGTH);
	read_bytes(row, 10, seal->mac, MAC_LENGTH);
	seal->purged = read_bytes(row, 11, seal->purged_mac, MAC_LENGTH);
	left_out = query_value(row, 12, &seal->of_0_1_0);
	if (!seal->of_0_1_0)
		batch->left_out = xid_set_read(left_out);
	batch->next = (uint64) DatumGetInt64(query_value(row, 13, &isnull));
	if (isnull)
		batch->next = 0;
	seal->has_digest = read_bytes(row, 14, batch->digest, DIGEST_LENGTH);
}

static bool
read_first(PreparedQuery *query, Datum *values, Snapshot snapshot, Seal *seal)
{
	bool		found = query_read(query, values, snapshot) > 0;

	if (found)
		read_seal(0, seal);
	else
		memset(seal, 0, sizeof(Seal));
	SPI_freetuptable(SPI_tuptable);
	return found;
}

bool
audit_chain_next(int64 after, Snapshot snapshot, Seal *seal)
{
	static PreparedQuery query = {
		SELECT_SEAL
		"WHERE number OPERATOR(pg_catalog.>) $1 ORDER BY number LIMIT 1",
		{INT8OID}
	};
	Datum		value = Int64GetDatum(after);

	return read_first(&query, &value, snapshot, seal);
}

void
audit_chain_last(Snapshot snapshot, Seal *seal)
{
	static PreparedQuery query = {
		SELECT_SEAL "ORDER BY number DESC LIMIT 1", {InvalidOid}
	};

	read_first(&query, NULL, snapshot, seal);
}

void
audit_chain_last_of(int64 system, Snapshot snapshot, Seal *seal)
{
	static PreparedQuery query = {
		SELECT_SEAL
		"WHERE system_identifier OPERATOR(pg_catalog.=) $1"
		" ORDER BY number DESC LIMIT 1",
		{INT8OID}
	};
	Datum		value = Int64GetDatum(system);

	read_first(&query, &value, snapshot, seal);
}

static void
store(const Seal *seal)
{
	static PreparedQuery query = {
		"INSERT INTO agent_auth.audit_seal (number, sealed_at,"
		" system_identifier, from_transaction, until_transaction, row_count,"
		" first_at, last_at, previous_mac, mac, left_out, next_transaction,"
		" rows_digest)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
		{INT8OID, TIMESTAMPTZOID, INT8OID, XID8OID, XID8OID, INT8OID,
			TIMESTAMPTZOID, TIMESTAMPTZOID, BYTEAOID, BYTEAOID, XID8ARRAYOID,
		XID8OID, BYTEAOID}
	};
	Datum		values[13];

	values[0] = Int64GetDatum(seal->number);
	values[1] = TimestampTzGetDatum(seal->sealed_at);
	values[2] = Int64GetDatum(seal->batch.system);
	values[3] = XID8(seal->batch.from);
	values[4] = XID8(seal->batch.until);
	values[5] = Int64GetDatum(seal->batch.rows);
	values[6] = TimestampTzGetDatum(seal->batch.first_at);
	values[7] = TimestampTzGetDatum(seal->batch.last_at);
	values[8] = query_bytes_argument(seal->previous, MAC_LENGTH);
	values[9] = query_bytes_argument(seal->mac, MAC_LENGTH);
	values[10] = xid_set_datum(&seal->batch.left_out);
	values[11] = XID8(seal->batch.next);
	values[12] = query_bytes_argument(seal->batch.digest, DIGEST_LENGTH);
	query_run(&query, values, NULL);
}

void
audit_chain_append(const uint8 key[MAC_KEY_LENGTH], const Batch *batch,
				   TimestampTz sealed_at, Seal *last)
{
	Seal		seal = {0};

	seal.number = last->number + 1;
	seal.sealed_at = sealed_at;
	seal.batch = *batch;
	seal.has_digest = true;
	memcpy(seal.previous, last->mac, MAC_LENGTH);
	seal_mac(key, &seal, seal.mac);
	store(&seal);
	*last = seal;
}
