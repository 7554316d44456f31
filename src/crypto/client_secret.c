/*
 * client_secret.c
 *		Secrets of machines: made here, and kept as a digest.
 *
 * A secret has 256 random bits.  Unlike a password it cannot be guessed from
 * its digest, so that a fast one will do.
 */
#include "postgres.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "crypto/client_secret.h"
#include "crypto/random.h"
#include "wire/base64url.h"

#define SECRET_BYTES 32

void
client_secret_make(char secret[CLIENT_SECRET_SIZE])
{
	uint8		bytes[SECRET_BYTES];

	random_bytes(bytes, sizeof(bytes));
	strcpy(secret, CLIENT_SECRET_PREFIX);
	base64url_encode(bytes, sizeof(bytes),
					 secret + strlen(CLIENT_SECRET_PREFIX));
	explicit_bzero(bytes, sizeof(bytes));
}

void
client_secret_digest(const char *secret,
					 uint8 digest[CLIENT_SECRET_DIGEST_LENGTH])
{
	SHA256((const uint8 *) secret, strlen(secret), digest);
}

bool
client_secret_matches(const char *secret,
					  const uint8 digest[CLIENT_SECRET_DIGEST_LENGTH])
{
	uint8		own[CLIENT_SECRET_DIGEST_LENGTH];

	client_secret_digest(secret, own);
	return CRYPTO_memcmp(own, digest, sizeof(own)) == 0;
}
