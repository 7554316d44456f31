/*
 * key_store.c
 *		Making, storing and revoking the keys in the database.
 *
 * A secret is sealed before it becomes a query's argument, so that whatever
 * logs arguments logs nothing that opens.  The keyring of every backend learns
 * of a change through the tables' triggers.
 */
#include "compat.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "crypto/jwk.h"
#include "crypto/key_store.h"
#include "crypto/mac.h"
#include "crypto/private_key.h"
#include "crypto/random.h"
#include "crypto/sealed_secret.h"
#include "owned.h"
#include "query.h"

static bool
interrupted(void)
{
	return InterruptPending && (QueryCancelPending || ProcDiePending);
}

static EVP_PKEY *
generate(SignatureAlgorithm algorithm, int bits)
{
	EVP_PKEY   *key = signature_generate(algorithm, bits, interrupted);

	if (key == NULL)
	{
		CHECK_FOR_INTERRUPTS();
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not generate a signing key")));
	}
	return owned_key(key);
}

static bytea *
public_der(EVP_PKEY *key)
{
	uint8	   *der;
	Size		len = signature_write_public(key, &der);
	bytea	   *result;

	if (len == 0)
		elog(ERROR, "could not encode a public key");
	result = palloc(VARHDRSZ + len);
	SET_VARSIZE(result, VARHDRSZ + len);
	memcpy(VARDATA(result), der, len);
	OPENSSL_free(der);
	return result;
}

static bytea *
sealed_private_der(EVP_PKEY *key, const char *kid)
{
	uint8	   *der;
	uint8	   *copy;
	Size		len = private_key_write(key, &der);
	bytea	   *sealed;

	if (len == 0)
		elog(ERROR, "could not encode a private key");

	/* Moved to where an error cannot leave it behind unwiped. */
	copy = palloc(len);
	owned_secret(copy, len);
	memcpy(copy, der, len);
	OPENSSL_clear_free(der, len);
	sealed = sealed_secret_make("signing_key", kid, copy, len);
	explicit_bzero(copy, len);
	return sealed;
}

static void
store_signing_key(SignatureAlgorithm algorithm, EVP_PKEY *key, const char *kid)
{
	static PreparedQuery retire = {
		"UPDATE agent_auth.signing_key SET retired_at = pg_catalog.clock_timestamp()"
		" WHERE retired_at IS NULL AND revoked_at IS NULL",
		{InvalidOid}
	};
	static PreparedQuery insert = {
		"INSERT INTO agent_auth.signing_key"
		" (kid, algorithm, public_key, sealed_private_key)"
		" VALUES ($1, $2, $3, $4)",
		{TEXTOID, TEXTOID, BYTEAOID, BYTEAOID}
	};
	Datum		values[4];

	values[0] = CStringGetTextDatum(kid);
	values[1] = CStringGetTextDatum(signature_algorithm_name(algorithm));
	values[2] = PointerGetDatum(public_der(key));
	values[3] = PointerGetDatum(sealed_private_der(key, kid));
	query_run(&retire, NULL, NULL);
	query_run(&insert, values, NULL);
}

/*
 * The first key of all is of this database, whatever this was copied from.
 */
static void
note_database(void)
{
	static PreparedQuery query = {
		"INSERT INTO agent_auth.installation"
		" SELECT d.oid FROM pg_catalog.pg_database d"
		" WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()"
		"  AND NOT EXISTS (SELECT FROM agent_auth.installation i"
		"   WHERE i.database_oid OPERATOR(pg_catalog.=) d.oid)"
		"  AND NOT EXISTS (SELECT FROM agent_auth.signing_key)"
		"  AND NOT EXISTS (SELECT FROM agent_auth.refresh_key)",
		{InvalidOid}
	};

	query_run(&query, NULL, NULL);
}

/* Rotations go one after another: each must see the key it retires. */
static void
lock_keys(void)
{
	static PreparedQuery lock = {
		"LOCK TABLE agent_auth.signing_key, agent_auth.refresh_key"
		" IN SHARE ROW EXCLUSIVE MODE",
		{InvalidOid}
	};

	query_run(&lock, NULL, NULL);
}

static uint16
store_refresh_key(void)
{
	static PreparedQuery next = {
		"SELECT COALESCE(pg_catalog.max(number), 0)"
		"  OPERATOR(pg_catalog.+) 1 FROM agent_auth.refresh_key",
		{InvalidOid}
	};
	static PreparedQuery retire = {
		"UPDATE agent_auth.refresh_key SET retired_at = pg_catalog.clock_timestamp()"
		" WHERE retired_at IS NULL",
		{InvalidOid}
	};
	static PreparedQuery insert = {
		"INSERT INTO agent_auth.refresh_key (number, sealed_key) VALUES ($1, $2)",
		{INT4OID, BYTEAOID}
	};
	uint8	   *key = palloc(MAC_KEY_LENGTH);
	int32		number;
	Datum		values[2];

	owned_secret(key, MAC_KEY_LENGTH);
	random_bytes(key, MAC_KEY_LENGTH);
	query_run(&next, NULL, NULL);
	number = DatumGetInt32(query_value(0, 1, NULL));
	values[0] = Int32GetDatum(number);
	values[1] = PointerGetDatum(sealed_secret_make("refresh_key",
												   psprintf("%d", number),
												   key, MAC_KEY_LENGTH));
	query_run(&retire, NULL, NULL);
	query_run(&insert, values, NULL);
	return (uint16) number;
}

static bool
has_refresh_key(void)
{
	static PreparedQuery query = {
		"SELECT 1 FROM agent_auth.refresh_key WHERE retired_at IS NULL",
		{InvalidOid}
	};

	return query_run(&query, NULL, NULL) > 0;
}

char *
key_store_rotate_signing(SignatureAlgorithm algorithm, int bits)
{
	EVP_PKEY   *key = generate(algorithm, bits);
	char	   *kid = palloc(JWK_THUMBPRINT_SIZE);

	if (!jwk_thumbprint(algorithm, key, kid))
		elog(ERROR, "could not compute the thumbprint of a key");
	SPI_connect();
	lock_keys();
	note_database();
	store_signing_key(algorithm, key, kid);
	if (!has_refresh_key())
		store_refresh_key();
	SPI_finish();
	return kid;
}

uint16
key_store_rotate_refresh(void)
{
	uint16		number;

	SPI_connect();
	lock_keys();
	note_database();
	number = store_refresh_key();
	SPI_finish();
	return number;
}

bool
key_store_revoke_signing(const char *kid)
{
	static PreparedQuery query = {
		"UPDATE agent_auth.signing_key SET revoked_at = pg_catalog.clock_timestamp()"
		" WHERE kid OPERATOR(pg_catalog.=) $1 AND revoked_at IS NULL",
		{TEXTOID}
	};
	Datum		value = CStringGetTextDatum(kid);
	bool		revoked;

	SPI_connect();
	revoked = query_run(&query, &value, NULL) > 0;
	SPI_finish();
	return revoked;
}
