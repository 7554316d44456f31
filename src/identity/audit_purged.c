/*
 * audit_purged.c
 *		Seals whose rows are purged, at the beginning of the chain.
 *
 * Of each server the last is kept: it says where the server's rows ended, so
 * that none can be added there.  What says that one was purged is a MAC over it
 * and those that are kept before it; where there is only one, it is the same in
 * version 0.1.0.
 */
#include "postgres.h"

#include <openssl/crypto.h>

#include "catalog/pg_type.h"

#include "executor/spi.h"
#include "identity/audit_chain.h"
#include "query.h"

void
audit_purged_add(PurgedSeals *purged, const Seal *seal, MemoryContext context)
{
	Size		size = sizeof(PurgedSeal) * (purged->n + 1);
	PurgedSeal *added;

	purged->seals = purged->seals == NULL ? MemoryContextAlloc(context, size) :
		repalloc(purged->seals, size);
	added = &purged->seals[purged->n++];
	added->number = seal->number;
	added->system = seal->batch.system;
	added->has_digest = seal->has_digest;
	memcpy(added->mac, seal->mac, MAC_LENGTH);
	memcpy(added->digest, seal->batch.digest, DIGEST_LENGTH);
}

static void
purged_mac(const uint8 key[MAC_KEY_LENGTH], const uint8 sealed[MAC_LENGTH],
		   const PurgedSeal *before, int n, uint8 mac[MAC_LENGTH])
{
	Size		len = 16 + MAC_LENGTH * (n + 1);
	char	   *message = palloc0(len);

	strcpy(message, "audit purged");
	memcpy(message + 16, sealed, MAC_LENGTH);
	for (int i = 0; i < n; i++)
		memcpy(message + 16 + MAC_LENGTH * (i + 1), before[i].mac, MAC_LENGTH);
	if (!mac_hmac_sha256(key, message, len, mac))
		elog(ERROR, "could not compute a MAC");
	pfree(message);
}

bool
audit_seal_is_purged(const uint8 key[MAC_KEY_LENGTH], const Seal *seal,
					 const PurgedSeals *before)
{
	uint8		mac[MAC_LENGTH];

	purged_mac(key, seal->mac, before->seals, before->n, mac);
	return CRYPTO_memcmp(mac, seal->purged_mac, MAC_LENGTH) == 0;
}

static bool
is_last_of_server(const PurgedSeals *purged, int index)
{
	for (int i = index + 1; i < purged->n; i++)
		if (purged->seals[i].system == purged->seals[index].system)
			return false;
	return true;
}

static void
keep_last_of_servers(PurgedSeals *purged)
{
	int			n = 0;

	for (int i = 0; i < purged->n; i++)
		if (is_last_of_server(purged, i))
			purged->seals[n++] = purged->seals[i];
	purged->n = n;
}

static void
mark(const uint8 key[MAC_KEY_LENGTH], const PurgedSeals *purged, int index)
{
	static PreparedQuery query = {
		"UPDATE agent_auth.audit_seal SET purged_mac = $2, rows_digest = $3"
		" WHERE number OPERATOR(pg_catalog.=) $1",
		{INT8OID, BYTEAOID, BYTEAOID}
	};
	const PurgedSeal *seal = &purged->seals[index];
	uint8		mac[MAC_LENGTH];
	Datum		values[3];

	purged_mac(key, seal->mac, purged->seals, index, mac);
	values[0] = Int64GetDatum(seal->number);
	values[1] = query_bytes_argument(mac, MAC_LENGTH);
	values[2] = query_bytes_argument(seal->digest, DIGEST_LENGTH);
	query_run(&query, values, seal->has_digest ? NULL : "  n");
}

static void
forget_others(const PurgedSeals *purged)
{
	static PreparedQuery query = {
		"DELETE FROM agent_auth.audit_seal"
		" WHERE number OPERATOR(pg_catalog.<) $1"
		"  AND number OPERATOR(pg_catalog.<>) ALL ($2)",
		{INT8OID, INT8ARRAYOID}
	};
	int64	   *kept = palloc(sizeof(int64) * purged->n);
	Datum		values[2];

	for (int i = 0; i < purged->n; i++)
		kept[i] = purged->seals[i].number;
	values[0] = Int64GetDatum(kept[purged->n - 1]);
	values[1] = query_array_argument(INT8OID, kept, purged->n);
	query_run(&query, values, NULL);
}

void
audit_chain_store_purged(const uint8 key[MAC_KEY_LENGTH], PurgedSeals *purged)
{
	keep_last_of_servers(purged);
	for (int i = 0; i < purged->n; i++)
		mark(key, purged, i);
	forget_others(purged);
}
