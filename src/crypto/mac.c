/*
 * mac.c
 *		Message authentication codes: HMAC-SHA-256 (RFC 2104) and SipHash.
 */
#ifndef FRONTEND
#include "postgres.h"
#else
#include "postgres_fe.h"
#endif

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "crypto/mac.h"

bool
mac_hmac_sha256(const uint8 key[MAC_KEY_LENGTH], const void *data, size_t len,
				uint8 mac[MAC_LENGTH])
{
	unsigned int mac_len = 0;

	ERR_clear_error();
	return HMAC(EVP_sha256(), key, MAC_KEY_LENGTH, data, len,
				mac, &mac_len) != NULL && mac_len == MAC_LENGTH;
}

/* Fetched once; a fetch costs more than the hash. */
static EVP_MAC_CTX *
siphash_context(void)
{
	static EVP_MAC_CTX *context = NULL;

	if (context == NULL)
	{
		EVP_MAC    *siphash = EVP_MAC_fetch(NULL, "SIPHASH", NULL);

		if (siphash != NULL)
		{
			context = EVP_MAC_CTX_new(siphash);
			EVP_MAC_free(siphash);
		}
	}
	return context;
}

bool
mac_siphash(const uint8 key[SIPHASH_KEY_LENGTH], const void *data, size_t len,
			uint64 *hash)
{
	EVP_MAC_CTX *context;
	unsigned int size = sizeof(uint64);
	size_t		hash_len = 0;
	OSSL_PARAM	params[2];

	ERR_clear_error();
	params[0] = OSSL_PARAM_construct_uint(OSSL_MAC_PARAM_SIZE, &size);
	params[1] = OSSL_PARAM_construct_end();

	context = siphash_context();
	return context != NULL &&
		EVP_MAC_init(context, key, SIPHASH_KEY_LENGTH, params) == 1 &&
		EVP_MAC_update(context, data, len) == 1 &&
		EVP_MAC_final(context, (unsigned char *) hash, &hash_len,
					  sizeof(uint64)) == 1 &&
		hash_len == sizeof(uint64);
}
