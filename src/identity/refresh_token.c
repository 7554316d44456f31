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
