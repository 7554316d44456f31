/*
 * refresh_token.c
 *		Refresh tokens: opaque, and stored nowhere.
 *
 * prefix, then base64url of
 *
 *		key number		2 bytes, big-endian
 *		session id		16 bytes
 *		generation		4 bytes, big-endian
 *		MAC				32 bytes, HMAC-SHA-256 of all bytes before it
 *
 * A forged one is refused by its MAC, before any table is touched.
 */
#include "postgres.h"

#include <openssl/crypto.h>

#include "port/pg_bswap.h"

#include "crypto/keyring.h"
#include "identity/refresh_token.h"
#include "wire/base64url.h"

#define SESSION_AT sizeof(uint16)
#define GENERATION_AT (SESSION_AT + UUID_LEN)
#define MAC_AT (GENERATION_AT + sizeof(uint32))
#define TOKEN_BYTES (MAC_AT + MAC_LENGTH)

char *
refresh_token_issue(const Session *session)
{
	uint8		key[MAC_KEY_LENGTH];
	uint8		bytes[TOKEN_BYTES];
	uint16		number = pg_hton16(keyring_refresh_key(key));
	uint32		generation = pg_hton32((uint32) session->generation);
	char	   *token;
	bool		ok;

	memcpy(bytes, &number, sizeof(number));
	memcpy(bytes + SESSION_AT, session->id.data, UUID_LEN);
	memcpy(bytes + GENERATION_AT, &generation, sizeof(generation));
	ok = mac_hmac_sha256(key, bytes, MAC_AT, bytes + MAC_AT);
	explicit_bzero(key, sizeof(key));
	if (!ok)
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not compute the MAC of a refresh token")));

	token = palloc(strlen(REFRESH_TOKEN_PREFIX) +
				   BASE64URL_LENGTH(TOKEN_BYTES) + 1);
	strcpy(token, REFRESH_TOKEN_PREFIX);
	base64url_encode(bytes, TOKEN_BYTES,
					 token + strlen(REFRESH_TOKEN_PREFIX));
	explicit_bzero(bytes, sizeof(bytes));
	return token;
}

/* Only the canonical form is decoded: a token has one text. */
static bool
decode(const char *token, uint8 bytes[TOKEN_BYTES])
{
	Size		prefix_len = strlen(REFRESH_TOKEN_PREFIX);

	return strncmp(token, REFRESH_TOKEN_PREFIX, prefix_len) == 0 &&
		strlen(token) == prefix_len + BASE64URL_LENGTH(TOKEN_BYTES) &&
		base64url_decode(token + prefix_len, BASE64URL_LENGTH(TOKEN_BYTES),
						 bytes) == TOKEN_BYTES;
}

static bool
has_our_mac(const uint8 bytes[TOKEN_BYTES])
{
	uint8		key[MAC_KEY_LENGTH];
	uint8		mac[MAC_LENGTH];
	uint16		number;
	bool		ok;

	memcpy(&number, bytes, sizeof(number));
	if (!keyring_refresh_key_by_number(pg_ntoh16(number), key))
		return false;
	ok = mac_hmac_sha256(key, bytes, MAC_AT, mac) &&
		CRYPTO_memcmp(mac, bytes + MAC_AT, MAC_LENGTH) == 0;
	explicit_bzero(key, sizeof(key));
	explicit_bzero(mac, sizeof(mac));
	return ok;
}

bool
refresh_token_read(const char *token, pg_uuid_t *session_id,
				   int32 *generation)
{
	uint8		bytes[TOKEN_BYTES];
	uint32		big_endian;
	bool		ours;

	if (!decode(token, bytes))
		return false;
	ours = has_our_mac(bytes);
	memcpy(session_id->data, bytes + SESSION_AT, UUID_LEN);
	memcpy(&big_endian, bytes + GENERATION_AT, sizeof(big_endian));
	*generation = (int32) pg_ntoh32(big_endian);
	explicit_bzero(bytes, sizeof(bytes));
	return ours;
}
