/*
 * signer.c
 *		A key made ready to sign, or to verify, again and again.
 *
 * To look up algorithms and to make contexts costs OpenSSL half as much as to
 * verify an RSA signature, so that it is done once a key.
 *
 * OpenSSL writes ECDSA signatures as DER; JWS wants the two numbers r and s as
 * 32 bytes each (RFC 7518 section 3.4).  That difference ends in this file.
 */
#ifndef FRONTEND
#include "postgres.h"
#else
#include "postgres_fe.h"
#endif

#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>

#include "crypto/signer.h"

#define P256_BYTES 32

/* The order of P-256's base point, and half of it, rounded down (SP 800-186). */
static const uint8 p256_order[P256_BYTES] = {
	0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00,
	0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
	0xBC, 0xE6, 0xFA, 0xAD, 0xA7, 0x17, 0x9E, 0x84,
	0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51
};
static const uint8 p256_half_order[P256_BYTES] = {
	0x7F, 0xFF, 0xFF, 0xFF, 0x80, 0x00, 0x00, 0x00,
	0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
	0xDE, 0x73, 0x7D, 0x56, 0xD3, 0x8B, 0xCF, 0x42,
	0x79, 0xDC, 0xE5, 0x61, 0x7E, 0x31, 0x92, 0xA8
};

/* A DER signature of two P-256 numbers is at most this long. */
#define ECDSA_DER_MAX_LENGTH 72

struct Signer
{
	SignatureAlgorithm algorithm;
	size_t		length;			/* of its signatures */
	EVP_PKEY   *key;
	EVP_MD_CTX *hashing;
	EVP_PKEY_CTX *operation;	/* on a hash; NULL for EdDSA, which hashes by
								 * itself */
};

void
signer_free(Signer *signer)
{
	if (signer == NULL)
		return;
	EVP_PKEY_CTX_free(signer->operation);
	EVP_MD_CTX_free(signer->hashing);
	EVP_PKEY_free(signer->key);
	OPENSSL_free(signer);
}

static bool
hashes_first(const Signer *signer)
{
	return signer->algorithm != SIGNATURE_EDDSA;
}

/* The hash is SHA-256, and RSA pads as in PKCS #1 v1.5. */
static bool
prepare(Signer *signer, int (*init) (EVP_PKEY_CTX *))
{
	signer->operation = EVP_PKEY_CTX_new(signer->key, NULL);
	return signer->operation != NULL && init(signer->operation) == 1 &&
		EVP_PKEY_CTX_set_signature_md(signer->operation, EVP_sha256()) == 1 &&
		(signer->algorithm != SIGNATURE_RS256 ||
		 EVP_PKEY_CTX_set_rsa_padding(signer->operation,
									  RSA_PKCS1_PADDING) == 1) &&
		EVP_DigestInit_ex(signer->hashing, EVP_sha256(), NULL) == 1;
}

static Signer *
signer_new(SignatureAlgorithm algorithm, EVP_PKEY *key,
		   int (*init) (EVP_PKEY_CTX *))
{
	Signer	   *signer;

	ERR_clear_error();
	if (!signature_key_fits(algorithm, key))
		return NULL;
	signer = OPENSSL_zalloc(sizeof(Signer));
	if (signer == NULL)
		return NULL;
	signer->algorithm = algorithm;
	signer->length = signature_length(algorithm, key);
	signer->hashing = EVP_MD_CTX_new();
	if (EVP_PKEY_up_ref(key) == 1)
		signer->key = key;
	if (signer->key == NULL || signer->hashing == NULL ||
		(hashes_first(signer) && !prepare(signer, init)))
	{
		signer_free(signer);
		return NULL;
	}
	return signer;
}

Signer *
signer_to_sign(SignatureAlgorithm algorithm, EVP_PKEY *key)
{
	return signer_new(algorithm, key, EVP_PKEY_sign_init);
}

Signer *
signer_to_verify(SignatureAlgorithm algorithm, EVP_PKEY *key)
{
	return signer_new(algorithm, key, EVP_PKEY_verify_init);
}

size_t
signer_length(const Signer *signer)
{
	return signer->length;
}

/* Starts again with the algorithm that it has. */
static bool
hash(Signer *signer, const void *data, size_t len,
	 uint8 digest[SHA256_DIGEST_LENGTH])
{
	return EVP_DigestInit_ex(signer->hashing, NULL, NULL) == 1 &&
		EVP_DigestUpdate(signer->hashing, data, len) == 1 &&
		EVP_DigestFinal_ex(signer->hashing, digest, NULL) == 1;
}

static bool
raw_from_der(const uint8 *der, size_t len, uint8 raw[2 * P256_BYTES])
{
	ECDSA_SIG  *pair = d2i_ECDSA_SIG(NULL, &der, (long) len);
	bool		ok;

	ok = pair != NULL &&
		BN_bn2binpad(ECDSA_SIG_get0_r(pair), raw, P256_BYTES) == P256_BYTES &&
		BN_bn2binpad(ECDSA_SIG_get0_s(pair), raw + P256_BYTES,
					 P256_BYTES) == P256_BYTES;
	ECDSA_SIG_free(pair);
	return ok;
}

bool
signer_is_canonical(const Signer *signer, const uint8 *signature)
{
	return signer->algorithm != SIGNATURE_ES256 ||
		memcmp(signature + P256_BYTES, p256_half_order, P256_BYTES) <= 0;
}

/* n - s; numbers of a signature are no secret. */
static void
negate_s(uint8 s[P256_BYTES])
{
	int			borrow = 0;
	int			i;

	for (i = P256_BYTES - 1; i >= 0; i--)
	{
		int			difference = p256_order[i] - s[i] - borrow;

		borrow = difference < 0;
		s[i] = (uint8) difference;
	}
}

/* Returns the length, 0 on failure. */
static size_t
der_from_raw(const uint8 raw[2 * P256_BYTES], uint8 der[ECDSA_DER_MAX_LENGTH])
{
	ECDSA_SIG  *pair = ECDSA_SIG_new();
	BIGNUM	   *r = BN_bin2bn(raw, P256_BYTES, NULL);
	BIGNUM	   *s = BN_bin2bn(raw + P256_BYTES, P256_BYTES, NULL);
	int			len = 0;

	if (pair != NULL && r != NULL && s != NULL &&
		ECDSA_SIG_set0(pair, r, s) == 1)
		len = i2d_ECDSA_SIG(pair, &der);
	else
	{
		BN_free(r);
		BN_free(s);
	}
	ECDSA_SIG_free(pair);
	return len > 0 ? (size_t) len : 0;
}

/* "made" is as OpenSSL writes it. */
static bool
make(Signer *signer, const void *data, size_t len, uint8 *made,
	 size_t *made_len)
{
	uint8		digest[SHA256_DIGEST_LENGTH];

	if (hashes_first(signer))
		return hash(signer, data, len, digest) &&
			EVP_PKEY_sign(signer->operation, made, made_len,
						  digest, sizeof(digest)) == 1;
	return EVP_DigestSignInit(signer->hashing, NULL, NULL, NULL,
							  signer->key) == 1 &&
		EVP_DigestSign(signer->hashing, made, made_len, data, len) == 1;
}

static bool
check(Signer *signer, const void *data, size_t len,
	  const uint8 *made, size_t made_len)
{
	uint8		digest[SHA256_DIGEST_LENGTH];

	if (hashes_first(signer))
		return hash(signer, data, len, digest) &&
			EVP_PKEY_verify(signer->operation, made, made_len,
							digest, sizeof(digest)) == 1;
	return EVP_DigestVerifyInit(signer->hashing, NULL, NULL, NULL,
								signer->key) == 1 &&
		EVP_DigestVerify(signer->hashing, made, made_len, data, len) == 1;
}

bool
signer_sign(Signer *signer, const void *data, size_t len, uint8 *signature)
{
	uint8		made[SIGNATURE_MAX_LENGTH];
	size_t		made_len = sizeof(made);

	ERR_clear_error();
	if (!make(signer, data, len, made, &made_len))
		return false;
	if (signer->algorithm == SIGNATURE_ES256)
	{
		if (!raw_from_der(made, made_len, signature))
			return false;
		if (!signer_is_canonical(signer, signature))
			negate_s(signature + P256_BYTES);
		return true;
	}
	if (made_len != signer->length)
		return false;
	memcpy(signature, made, made_len);
	return true;
}

bool
signer_verify(Signer *signer, const void *data, size_t len,
			  const uint8 *signature, size_t signature_len)
{
	uint8		der[ECDSA_DER_MAX_LENGTH];
	bool		ok;

	if (signature_len != signer->length)
		return false;
	if (signer->algorithm == SIGNATURE_ES256)
	{
		signature_len = der_from_raw(signature, der);
		signature = der;
		if (signature_len == 0)
			return false;
	}
	ERR_clear_error();
	ok = check(signer, data, len, signature, signature_len);

	/* A refused signature is no fault of ours to report later. */
	ERR_clear_error();
	return ok;
}
