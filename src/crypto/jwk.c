/*
 * jwk.c
 *		Public keys as JSON Web Keys (RFC 7517) and their thumbprints
 *		(RFC 7638).
 *
 * The members are those that RFC 7638 section 3.2 requires, in its order
 * (lexicographic), so that the thumbprint is the hash of exactly what is
 * written before "kid" is added.
 */
#ifndef FRONTEND
#include "postgres.h"
#else
#include "postgres_fe.h"
#endif

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/sha.h>

#include "crypto/jwk.h"
#include "wire/base64url.h"

#define P256_BYTES 32
#define ED25519_BYTES 32

static void
add_bytes(JsonNode *jwk, const char *name, const uint8 *bytes, size_t len)
{
	char		string[BASE64URL_LENGTH(SIGNATURE_MAX_LENGTH) + 1];

	base64url_encode(bytes, len, string);
	json_add_text(jwk, name, string);
}

/* "width" 0 takes as many bytes as the number needs (RFC 7518 section 2). */
static bool
add_number(JsonNode *jwk, const char *name, EVP_PKEY *key,
		   const char *parameter, int width)
{
	uint8		bytes[SIGNATURE_MAX_LENGTH];
	BIGNUM	   *number = NULL;
	int			len = -1;

	if (EVP_PKEY_get_bn_param(key, parameter, &number) == 1)
	{
		if (width == 0)
			width = BN_num_bytes(number);
		if (width <= (int) sizeof(bytes))
			len = BN_bn2binpad(number, bytes, width);
	}
	BN_free(number);
	if (len < 0)
		return false;
	add_bytes(jwk, name, bytes, len);
	return true;
}

static bool
add_rsa(JsonNode *jwk, EVP_PKEY *key)
{
	bool		ok;

	ok = add_number(jwk, "e", key, OSSL_PKEY_PARAM_RSA_E, 0);
	json_add_text(jwk, "kty", "RSA");
	return ok && add_number(jwk, "n", key, OSSL_PKEY_PARAM_RSA_N, 0);
}

static bool
add_p256(JsonNode *jwk, EVP_PKEY *key)
{
	json_add_text(jwk, "crv", "P-256");
	json_add_text(jwk, "kty", "EC");
	return add_number(jwk, "x", key, OSSL_PKEY_PARAM_EC_PUB_X, P256_BYTES) &&
		add_number(jwk, "y", key, OSSL_PKEY_PARAM_EC_PUB_Y, P256_BYTES);
}

static bool
add_ed25519(JsonNode *jwk, EVP_PKEY *key)
{
	uint8		bytes[ED25519_BYTES];
	size_t		len = sizeof(bytes);

	if (EVP_PKEY_get_raw_public_key(key, bytes, &len) != 1)
		return false;
	json_add_text(jwk, "crv", "Ed25519");
	json_add_text(jwk, "kty", "OKP");
	add_bytes(jwk, "x", bytes, len);
	return true;
}

/* The required members alone; NULL when OpenSSL fails. */
static JsonNode *
required_members(SignatureAlgorithm algorithm, EVP_PKEY *key)
{
	static bool (*const add[]) (JsonNode *, EVP_PKEY *) = {
		[SIGNATURE_RS256] = add_rsa,
		[SIGNATURE_ES256] = add_p256,
		[SIGNATURE_EDDSA] = add_ed25519
	};
	JsonNode   *jwk = json_new_object();

	ERR_clear_error();
	if (!signature_key_fits(algorithm, key) || !add[algorithm] (jwk, key))
	{
		json_free(jwk);
		return NULL;
	}
	return jwk;
}

JsonNode *
jwk_public(SignatureAlgorithm algorithm, EVP_PKEY *key, const char *kid)
{
	JsonNode   *jwk = required_members(algorithm, key);

	if (jwk == NULL)
		return NULL;
	json_add_text(jwk, "kid", kid);
	json_add_text(jwk, "alg", signature_algorithm_name(algorithm));
	json_add_text(jwk, "use", "sig");
	return jwk;
}

bool
jwk_thumbprint(SignatureAlgorithm algorithm, EVP_PKEY *key,
			   char thumbprint[JWK_THUMBPRINT_SIZE])
{
	JsonNode   *jwk = required_members(algorithm, key);
	uint8		hash[SHA256_DIGEST_LENGTH];
	char	   *string;
	size_t		len;

	if (jwk == NULL)
		return false;
	string = json_write(jwk, &len);
	json_free(jwk);
	SHA256((const uint8 *) string, len, hash);
	pfree(string);
	base64url_encode(hash, sizeof(hash), thumbprint);
	return true;
}
