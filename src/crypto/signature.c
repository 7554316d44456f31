/*
 * signature.c
 *		The algorithms of signatures and their key pairs: RS256, ES256 (RFC 7518
 *		sections 3.3, 3.4) and EdDSA with Ed25519 (RFC 8037).
 */
#ifndef FRONTEND
#include "postgres.h"
#else
#include "postgres_fe.h"
#endif

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "crypto/signature.h"

#define P256_BYTES 32
#define ED25519_SIGNATURE_LENGTH 64

static const char *const algorithm_names[] = {
	[SIGNATURE_RS256] = "RS256",
	[SIGNATURE_ES256] = "ES256",
	[SIGNATURE_EDDSA] = "EdDSA"
};

const char *
signature_algorithm_name(SignatureAlgorithm algorithm)
{
	return algorithm_names[algorithm];
}

bool
signature_algorithm_by_name(const char *name, SignatureAlgorithm *algorithm)
{
	size_t		i;

	for (i = 0; i < lengthof(algorithm_names); i++)
	{
		if (strcmp(name, algorithm_names[i]) == 0)
		{
			*algorithm = (SignatureAlgorithm) i;
			return true;
		}
	}
	return false;
}

static int
ask_interrupted(EVP_PKEY_CTX *context)
{
	bool		(*interrupted) (void);

	interrupted = *(bool (**) (void)) EVP_PKEY_CTX_get_app_data(context);
	return interrupted == NULL || !interrupted();
}

static EVP_PKEY_CTX *
generator(SignatureAlgorithm algorithm, int bits)
{
	static const char *const types[] = {
		[SIGNATURE_RS256] = "RSA",
		[SIGNATURE_ES256] = "EC",
		[SIGNATURE_EDDSA] = "ED25519"
	};
	EVP_PKEY_CTX *context;
	bool		ok;

	context = EVP_PKEY_CTX_new_from_name(NULL, types[algorithm], NULL);
	ok = context != NULL && EVP_PKEY_keygen_init(context) == 1;
	if (ok && algorithm == SIGNATURE_RS256)
		ok = EVP_PKEY_CTX_set_rsa_keygen_bits(context, bits) == 1;
	if (ok && algorithm == SIGNATURE_ES256)
		ok = EVP_PKEY_CTX_set_group_name(context, "P-256") == 1;
	if (!ok)
	{
		EVP_PKEY_CTX_free(context);
		return NULL;
	}
	return context;
}

EVP_PKEY *
signature_generate(SignatureAlgorithm algorithm, int bits,
				   bool (*interrupted) (void))
{
	EVP_PKEY_CTX *context;
	EVP_PKEY   *key = NULL;

	ERR_clear_error();
	context = generator(algorithm, bits);
	if (context == NULL)
		return NULL;
	EVP_PKEY_CTX_set_app_data(context, &interrupted);
	EVP_PKEY_CTX_set_cb(context, ask_interrupted);
	if (EVP_PKEY_generate(context, &key) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(context);
	return key;
}

size_t
signature_write_public(EVP_PKEY *key, uint8 **der)
{
	int			len;

	*der = NULL;
	len = i2d_PUBKEY(key, der);
	return len > 0 ? (size_t) len : 0;
}

EVP_PKEY *
signature_read_public(const uint8 *der, size_t len)
{
	ERR_clear_error();
	return d2i_PUBKEY(NULL, &der, (long) len);
}

size_t
signature_length(SignatureAlgorithm algorithm, EVP_PKEY *key)
{
	switch (algorithm)
	{
		case SIGNATURE_RS256:
			return (size_t) EVP_PKEY_get_size(key);
		case SIGNATURE_ES256:
			return 2 * P256_BYTES;
		case SIGNATURE_EDDSA:
			return ED25519_SIGNATURE_LENGTH;
	}
	return 0;
}

bool
signature_key_fits(SignatureAlgorithm algorithm, EVP_PKEY *key)
{
	char		group[32];
	size_t		len;

	switch (algorithm)
	{
		case SIGNATURE_RS256:
			return EVP_PKEY_is_a(key, "RSA") &&
				EVP_PKEY_get_bits(key) >= SIGNATURE_MIN_RSA_BITS;
		case SIGNATURE_ES256:
			return EVP_PKEY_is_a(key, "EC") &&
				EVP_PKEY_get_group_name(key, group, sizeof(group), &len) == 1 &&
				strcmp(group, "prime256v1") == 0;
		case SIGNATURE_EDDSA:
			return EVP_PKEY_is_a(key, "ED25519");
	}
	return false;
}
