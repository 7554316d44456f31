/*
 * keyring.c
 *		The keys in the database: signing keys, and the keys of the refresh
 *		tokens' MACs.
 *
 * A backend reads them once and keeps them, parsed, until liveness says that
 * something changed.  They are read with the latest snapshot: a transaction
 * with an old one must neither sign with a revoked key nor cache it.
 *
 * A private key is opened when first signed with, so that a backend or a
 * standby that only verifies needs no master key.
 */
#include "compat.h"

#include <openssl/evp.h>

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "crypto/jwk.h"
#include "crypto/keyring.h"
#include "crypto/private_key.h"
#include "crypto/sealed_secret.h"
#include "liveness.h"
#include "owned.h"
#include "owner.h"
#include "query.h"
#include "settings.h"
#include "wire/base64url.h"
#include "wire/jws.h"

struct SigningKey
{
	char	   *kid;
	SignatureAlgorithm algorithm;
	bool		current;
	TimestampTz verifies_until;
	TimestampTz high_s_until;	/* it has signed for 0.1.0 */
	char	   *header;			/* a token's first segment */
	Size		header_len;
	EVP_PKEY   *public_key;
	Signer	   *verifier;
	Signer	   *signer;			/* NULL until first used */
	bytea	   *sealed_private_key;
};

typedef struct RefreshKey
{
	uint16		number;
	bool		current;
	TimestampTz verifies_until;
	uint8		key[MAC_KEY_LENGTH];
	bool		open;
	bytea	   *sealed_key;
} RefreshKey;

typedef struct Keyring
{
	MemoryContext context;		/* holds all that follows */
	uint64		epoch;
	int			nsigning;
	SigningKey *signing;
	int			nrefresh;
	RefreshKey *refresh;
} Keyring;

static Keyring ring;

static void
forget(void)
{
	if (ring.context != NULL)
		MemoryContextDelete(ring.context);
	memset(&ring, 0, sizeof(ring));
}

/* {"typ":"JWT","alg":...,"kid":...}, encoded. */
static char *
header_segment(SignatureAlgorithm algorithm, const char *kid)
{
	JsonNode   *header = json_new_object();
	char	   *string;
	char	   *segment;
	Size		len;

	json_add_text(header, "typ", "JWT");
	json_add_text(header, "alg", signature_algorithm_name(algorithm));
	json_add_text(header, "kid", kid);
	string = json_write(header, &len);
	json_free(header);

	segment = palloc(BASE64URL_LENGTH(len) + 1);
	base64url_encode((const uint8 *) string, len, segment);
	pfree(string);
	return segment;
}

static void
release_signer(void *signer)
{
	signer_free(signer);
}

/* A key that is none of its algorithm's has been altered. */
static Signer *
owned_signer(Signer *signer, const char *kid)
{
	if (signer == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("could not use signing key \"%s\"", kid),
				 errhint("Its public key is damaged: revoke it with agent_auth.revoke_signing_key(), and rotate.")));
	return owned(signer, release_signer);
}

static void
read_signing_key(uint64 row, SigningKey *key)
{
	char	   *algorithm = TextDatumGetCString(query_value(row, 2, NULL));
	bytea	   *der = DatumGetByteaPP(query_value(row, 3, NULL));
	bool		current;
	bool		always_low;
	TimestampTz until;

	key->kid = TextDatumGetCString(query_value(row, 1, NULL));
	if (!signature_algorithm_by_name(algorithm, &key->algorithm))
		elog(ERROR, "unknown algorithm of signing key \"%s\"", key->kid);
	key->public_key = owned_key(signature_read_public((uint8 *) VARDATA_ANY(der),
													  VARSIZE_ANY_EXHDR(der)));
	key->sealed_private_key = DatumGetByteaPCopy(query_value(row, 4, NULL));
	until = DatumGetTimestampTz(query_value(row, 5, &current));
	key->current = current;
	key->verifies_until = current ? DT_NOEND : until;
	until = DatumGetTimestampTz(query_value(row, 6, &always_low));
	key->high_s_until = always_low ? DT_NOBEGIN : until;
	key->header = header_segment(key->algorithm, key->kid);
	key->header_len = strlen(key->header);
	key->verifier = owned_signer(signer_to_verify(key->algorithm,
												  key->public_key), key->kid);
	key->signer = NULL;
}

/* Also in a year of rotations a backend reads those few. */
#define MAY_VERIFY \
	"(retired_at IS NULL OR retired_at OPERATOR(pg_catalog.+)" \
	" pg_catalog.make_interval(secs => $1)" \
	" OPERATOR(pg_catalog.>) pg_catalog.clock_timestamp())"

/* Newest first, so that the current key leads. */
static void
read_signing_keys(void)
{
	static PreparedQuery query = {
		"SELECT kid, algorithm, public_key, sealed_private_key,"
		"  retired_at OPERATOR(pg_catalog.+) pg_catalog.make_interval(secs => $1),"
		"  low_s_since OPERATOR(pg_catalog.+) pg_catalog.make_interval(secs => $1)"
		" FROM agent_auth.signing_key"
		" WHERE revoked_at IS NULL AND " MAY_VERIFY
		" ORDER BY retired_at DESC NULLS FIRST",
		{FLOAT8OID}
	};
	Datum		ttl = Float8GetDatum(setting_access_token_ttl);
	int			i;

	ring.nsigning = (int) query_read_latest(&query, &ttl);
	ring.signing = palloc0((ring.nsigning + 1) * sizeof(SigningKey));
	for (i = 0; i < ring.nsigning; i++)
		read_signing_key(i, &ring.signing[i]);
}

static void
read_refresh_keys(void)
{
	static PreparedQuery query = {
		"SELECT number, sealed_key,"
		"  retired_at OPERATOR(pg_catalog.+) pg_catalog.make_interval(secs => $1)"
		" FROM agent_auth.refresh_key WHERE " MAY_VERIFY
		" ORDER BY retired_at DESC NULLS FIRST",
		{FLOAT8OID}
	};
	Datum		ttl = Float8GetDatum(setting_refresh_token_ttl);
	int			i;

	ring.nrefresh = (int) query_read_latest(&query, &ttl);
	ring.refresh = palloc0((ring.nrefresh + 1) * sizeof(RefreshKey));
	owned_secret(ring.refresh, ring.nrefresh * sizeof(RefreshKey));
	for (i = 0; i < ring.nrefresh; i++)
	{
		RefreshKey *key = &ring.refresh[i];
		TimestampTz until;

		key->number = (uint16) DatumGetInt32(query_value(i, 1, NULL));
		key->sealed_key = DatumGetByteaPCopy(query_value(i, 2, NULL));
		until = DatumGetTimestampTz(query_value(i, 3, &key->current));
		key->verifies_until = key->current ? DT_NOEND : until;
	}
}

/* Makes sure that the ring holds what is committed now. */
static void
refresh_ring(void)
{
	uint64		epoch = liveness_epoch();
	MemoryContext context;
	MemoryContext caller;
	OwnerScope	scope;

	if (ring.context != NULL && ring.epoch == epoch)
		return;
	forget();

	owner_enter(&scope);
	SPI_connect();
	context = AllocSetContextCreate(CurrentMemoryContext, "agent_auth keyring",
									ALLOCSET_SMALL_SIZES);
	caller = MemoryContextSwitchTo(context);
	read_signing_keys();
	read_refresh_keys();
	MemoryContextSwitchTo(caller);

	/* Only a ring that was read to its end outlives this call. */
	MemoryContextSetParent(context, CacheMemoryContext);
	ring.context = context;
	ring.epoch = epoch;
	SPI_finish();
	owner_leave(&scope);
}

static void
open_private_key(SigningKey *key)
{
	MemoryContext caller;
	EVP_PKEY   *private_key;
	Signer	   *signer = NULL;
	uint8	   *der;
	Size		len;

	der = sealed_secret_open(key->sealed_private_key, "signing_key", key->kid, &len);
	private_key = private_key_read(der, len);
	explicit_bzero(der, len);
	if (private_key != NULL)
		signer = signer_to_sign(key->algorithm, private_key);
	EVP_PKEY_free(private_key);

	/* Only when it is owned: else it has been freed, and an error raised. */
	caller = MemoryContextSwitchTo(ring.context);
	key->signer = owned_signer(signer, key->kid);
	MemoryContextSwitchTo(caller);
	pfree(der);
}

const SigningKey *
keyring_current(void)
{
	refresh_ring();
	if (ring.nsigning == 0 || !ring.signing[0].current)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("there is no current signing key"),
				 errhint("Run \"SELECT agent_auth.rotate_signing_key()\" to make one.")));
	if (ring.signing[0].signer == NULL)
		open_private_key(&ring.signing[0]);
	return &ring.signing[0];
}

const SigningKey *
keyring_by_header(const char *segment, Size len)
{
	int			i;

	refresh_ring();
	for (i = 0; i < ring.nsigning; i++)
	{
		const SigningKey *key = &ring.signing[i];

		if (len == key->header_len && memcmp(segment, key->header, len) == 0)
			return GetCurrentTimestamp() < key->verifies_until ? key : NULL;
	}
	return NULL;
}

char *
keyring_sign(const SigningKey *key, const char *payload, Size len)
{
	Size		signature_len = signer_length(key->signer);
	uint8		signature[SIGNATURE_MAX_LENGTH];
	char	   *token;
	Size		input_len;

	token = jws_signing_input(key->header, payload, len, signature_len,
							  &input_len);
	if (!signer_sign(key->signer, token, input_len, signature))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not sign with key \"%s\"", key->kid)));
	jws_append_signature(token, input_len, signature, signature_len);
	return token;
}

bool
keyring_verify(const SigningKey *key, const void *data, Size len,
			   const uint8 *signature, Size signature_len)
{
	return signer_verify(key->verifier, data, len, signature, signature_len) &&
		(signer_is_canonical(key->verifier, signature) ||
		 GetCurrentTimestamp() < key->high_s_until);
}

char *
keyring_jwks(void)
{
	JsonNode   *set;
	JsonNode   *keys;
	char	   *string;
	TimestampTz now = GetCurrentTimestamp();
	int			i;

	refresh_ring();
	set = json_new_object();
	keys = json_new_array();
	json_add(set, "keys", keys);
	for (i = 0; i < ring.nsigning; i++)
	{
		const SigningKey *key = &ring.signing[i];

		if (now < key->verifies_until)
			json_append(keys, jwk_public(key->algorithm, key->public_key,
										 key->kid));
	}
	string = json_write(set, NULL);
	json_free(set);
	return string;
}

static void
copy_refresh_key(RefreshKey *from, uint8 key[MAC_KEY_LENGTH])
{
	uint8	   *plain;
	Size		len;

	if (!from->open)
	{
		plain = sealed_secret_open(from->sealed_key, "refresh_key",
								   psprintf("%u", from->number), &len);
		if (len != MAC_KEY_LENGTH)
			elog(ERROR, "refresh key %u has the wrong length", from->number);
		memcpy(from->key, plain, MAC_KEY_LENGTH);
		explicit_bzero(plain, len);
		from->open = true;
	}
	memcpy(key, from->key, MAC_KEY_LENGTH);
}

uint16
keyring_refresh_key(uint8 key[MAC_KEY_LENGTH])
{
	refresh_ring();
	if (ring.nrefresh == 0 || !ring.refresh[0].current)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("there is no current refresh key"),
				 errhint("Run \"SELECT agent_auth.rotate_refresh_key()\" to make one.")));
	copy_refresh_key(&ring.refresh[0], key);
	return ring.refresh[0].number;
}

bool
keyring_refresh_key_by_number(uint16 number, uint8 key[MAC_KEY_LENGTH])
{
	int			i;

	refresh_ring();
	for (i = 0; i < ring.nrefresh; i++)
	{
		RefreshKey *candidate = &ring.refresh[i];

		if (candidate->number != number)
			continue;
		if (GetCurrentTimestamp() >= candidate->verifies_until)
			return false;
		copy_refresh_key(candidate, key);
		return true;
	}
	return false;
}

void
keyring_require(void)
{
	uint8		key[MAC_KEY_LENGTH];

	keyring_current();
	keyring_refresh_key(key);
	explicit_bzero(key, sizeof(key));
}

char *
keyring_complaint(void)
{
	uint8	   *plain;
	Size		len;

	refresh_ring();
	if (ring.nsigning == 0)
		return NULL;
	plain = sealed_secret_try_open(ring.signing[0].sealed_private_key, "signing_key",
								   ring.signing[0].kid, &len);
	if (plain == NULL)
		return pstrdup("The master key file opens no key of this database: another file sealed them. Restore that one, or make new keys.");
	explicit_bzero(plain, len);
	pfree(plain);
	return NULL;
}
