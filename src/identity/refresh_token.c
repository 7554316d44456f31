/*
 * refresh_token.c
 *		Refresh tokens: opaque, and stored nowhere.
 *
 * prefix, then base64url of
 *
 *		key number		2 bytes, big-endian
 *		session id		16 bytes
 *		generation		4 bytes, big-endian
 *		nonce			16 bytes, the session's of that generation
 *		MAC				32 bytes, HMAC-SHA-256 of all bytes before it
 *
 * A forged one is refused by its MAC, before any table is touched.  The nonce
 * binds it to what was committed: session and generation alone would let who
 * has one token make the next ones, in a transaction that is rolled back.
 *
 * Those of 0.1.0 have no nonce.  A session that 0.1.0 has opened takes its own
 * of these once, and its next one has a nonce.
 */
#include "postgres.h"

#include <openssl/crypto.h>

#include "port/pg_bswap.h"

#include "crypto/keyring.h"
#include "identity/refresh_token.h"
#include "wire/base64url.h"

#define SESSION_AT sizeof(uint16)
#define GENERATION_AT (SESSION_AT + UUID_LEN)
#define NONCE_AT (GENERATION_AT + sizeof(uint32))
#define MAX_BYTES (NONCE_AT + SESSION_NONCE_LENGTH + MAC_LENGTH)

/* Where the MAC begins, and with it how long the whole is. */
static Size
mac_at(bool has_nonce)
{
	return has_nonce ? NONCE_AT + SESSION_NONCE_LENGTH : NONCE_AT;
}

static Size
write_content(uint8 bytes[MAX_BYTES], uint16 key_number,
			  const Session *session)
{
	uint16		number = pg_hton16(key_number);
	uint32		generation = pg_hton32((uint32) session->generation);

	memcpy(bytes, &number, sizeof(number));
	memcpy(bytes + SESSION_AT, session->id.data, UUID_LEN);
	memcpy(bytes + GENERATION_AT, &generation, sizeof(generation));
	if (session->has_nonce)
		memcpy(bytes + NONCE_AT, session->nonce, SESSION_NONCE_LENGTH);
	return mac_at(session->has_nonce);
}

char *
refresh_token_issue(const Session *session)
{
	uint8		key[MAC_KEY_LENGTH];
	uint8		bytes[MAX_BYTES];
	uint16		number = keyring_refresh_key(key);
	Size		len = write_content(bytes, number, session);
	char	   *token;
	bool		ok;

	ok = mac_hmac_sha256(key, bytes, len, bytes + len);
	explicit_bzero(key, sizeof(key));
	if (!ok)
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not compute the MAC of a refresh token")));
	len += MAC_LENGTH;

	token = palloc(strlen(REFRESH_TOKEN_PREFIX) + BASE64URL_LENGTH(len) + 1);
	strcpy(token, REFRESH_TOKEN_PREFIX);
	base64url_encode(bytes, len, token + strlen(REFRESH_TOKEN_PREFIX));
	explicit_bzero(bytes, sizeof(bytes));
	return token;
}

/* Only the canonical form is decoded: a token has one text. */
static bool
decode(const char *token, uint8 bytes[MAX_BYTES], Size len)
{
	Size		prefix_len = strlen(REFRESH_TOKEN_PREFIX);

	return strncmp(token, REFRESH_TOKEN_PREFIX, prefix_len) == 0 &&
		strlen(token) == prefix_len + BASE64URL_LENGTH(len) &&
		base64url_decode(token + prefix_len, BASE64URL_LENGTH(len),
						 bytes) == (ssize_t) len;
}

static bool
has_our_mac(const uint8 bytes[MAX_BYTES], Size len)
{
	uint8		key[MAC_KEY_LENGTH];
	uint8		mac[MAC_LENGTH];
	uint16		number;
	bool		ok;

	memcpy(&number, bytes, sizeof(number));
	if (!keyring_refresh_key_by_number(pg_ntoh16(number), key))
		return false;
	ok = mac_hmac_sha256(key, bytes, len, mac) &&
		CRYPTO_memcmp(mac, bytes + len, MAC_LENGTH) == 0;
	explicit_bzero(key, sizeof(key));
	explicit_bzero(mac, sizeof(mac));
	return ok;
}

bool
refresh_token_read(const char *token, RefreshToken *read)
{
	uint8		bytes[MAX_BYTES];
	uint32		big_endian;
	bool		ours;

	read->has_nonce = decode(token, bytes, mac_at(true) + MAC_LENGTH);
	if (!read->has_nonce && !decode(token, bytes, mac_at(false) + MAC_LENGTH))
		return false;
	ours = has_our_mac(bytes, mac_at(read->has_nonce));
	memcpy(read->session_id.data, bytes + SESSION_AT, UUID_LEN);
	memcpy(&big_endian, bytes + GENERATION_AT, sizeof(big_endian));
	read->generation = (int32) pg_ntoh32(big_endian);
	memcpy(read->nonce, bytes + NONCE_AT, SESSION_NONCE_LENGTH);
	explicit_bzero(bytes, sizeof(bytes));
	return ours;
}
