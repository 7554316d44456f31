/*
 * audit_key.c
 *		The key of the MACs that seal the audit trail.
 */
#include "postgres.h"

#include "catalog/pg_type.h"

#include "crypto/audit_key.h"
#include "crypto/master_key.h"
#include "crypto/random.h"
#include "crypto/sealed_secret.h"
#include "owned.h"
#include "query.h"

#define KIND "audit_key"
#define NAME "1"

static bytea *
read_sealed(Snapshot snapshot)
{
	static PreparedQuery query = {
		"SELECT sealed_key FROM agent_auth.audit_key",
		{InvalidOid}
	};

	if (query_read(&query, NULL, snapshot) == 0)
		return NULL;
	return DatumGetByteaPCopy(query_value(0, 1, NULL));
}

/* Whether there is anything that another key would not verify. */
static bool
seals_exist(void)
{
	static PreparedQuery query = {
		"SELECT 1 FROM agent_auth.audit_seal LIMIT 1", {InvalidOid}
	};

	return query_read_latest(&query, NULL) > 0;
}

bool
audit_key_read(uint8 key[MAC_KEY_LENGTH], Snapshot snapshot)
{
	bytea	   *sealed = read_sealed(snapshot);
	uint8	   *plain;
	Size		len;

	if (sealed == NULL)
		return false;
	plain = sealed_secret_open(sealed, KIND, NAME, &len);
	if (len != MAC_KEY_LENGTH)
		elog(ERROR, "the audit key has a length of %zu bytes", len);
	memcpy(key, plain, MAC_KEY_LENGTH);
	explicit_bzero(plain, len);
	pfree(plain);
	return true;
}

void
audit_key_ensure(uint8 key[MAC_KEY_LENGTH])
{
	static PreparedQuery insert = {
		"INSERT INTO agent_auth.audit_key (sealed_key) VALUES ($1)",
		{BYTEAOID}
	};
	uint8	   *made;
	Datum		value;

	if (audit_key_read(key, query_latest_snapshot()))
		return;
	if (seals_exist())
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("the key of the seals on the audit trail is gone"),
				 errdetail("Seals that another key makes would not follow those that exist.")));
	made = palloc(MAC_KEY_LENGTH);
	owned_secret(made, MAC_KEY_LENGTH);
	random_bytes(made, MAC_KEY_LENGTH);
	value = PointerGetDatum(sealed_secret_make(KIND, NAME, made,
											   MAC_KEY_LENGTH));
	query_run(&insert, &value, NULL);
	memcpy(key, made, MAC_KEY_LENGTH);
}

bool
audit_key_is_usable(void)
{
	bytea	   *sealed;
	uint8	   *plain;
	Size		len;

	if (master_key_complaint() != NULL)
		return false;
	sealed = read_sealed(query_latest_snapshot());
	if (sealed == NULL)
		return !seals_exist();
	plain = sealed_secret_try_open(sealed, KIND, NAME, &len);
	if (plain == NULL)
		return false;
	explicit_bzero(plain, len);
	pfree(plain);
	return true;
}
