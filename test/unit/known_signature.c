/*
 * known_signature.c
 *		Signatures: vectors of RFC 7515 and RFC 8037, and forgeries.
 */
#include "postgres_fe.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "bytes.h"
#include "crypto/private_key.h"
#include "crypto/signer.h"
#include "known.h"
#include "tap.h"
#include "vectors.h"

static const SignatureAlgorithm algorithms[] = {
	SIGNATURE_RS256, SIGNATURE_ES256, SIGNATURE_EDDSA
};

/* With a signer of its own. */
static bool
sign(SignatureAlgorithm algorithm, EVP_PKEY *key, const void *data, size_t len,
	 uint8 *signature)
{
	Signer	   *signer = signer_to_sign(algorithm, key);
	bool		done = signer != NULL &&
		signer_sign(signer, data, len, signature);

	signer_free(signer);
	return done;
}

static bool
verify(SignatureAlgorithm algorithm, EVP_PKEY *key, const void *data,
	   size_t len, const uint8 *signature, size_t signature_len)
{
	Signer	   *signer = signer_to_verify(algorithm, key);
	bool		good = signer != NULL &&
		signer_verify(signer, data, len, signature, signature_len);

	signer_free(signer);
	return good;
}

static bool
verifies(SignatureAlgorithm algorithm, EVP_PKEY *key, const char *data,
		 Bytes signature)
{
	return verify(algorithm, key, data, strlen(data),
							signature.data, signature.len);
}

static void
every_bit(SignatureAlgorithm algorithm, EVP_PKEY *key, const char *data,
		  Bytes signature)
{
	int			naccepted = 0;
	size_t		i;

	for (i = 0; i < 8 * signature.len; i++)
	{
		signature.data[i / 8] ^= 1 << i % 8;
		naccepted += verifies(algorithm, key, data, signature);
		signature.data[i / 8] ^= 1 << i % 8;
	}
	is_number(naccepted, 0, "a flipped bit of the signature");
}

static void
every_length(SignatureAlgorithm algorithm, EVP_PKEY *key, const char *data,
			 Bytes signature)
{
	size_t		full = signature.len;
	int			naccepted = 0;

	for (signature.len = 0; signature.len < full; signature.len++)
		naccepted += verifies(algorithm, key, data, signature);
	is_number(naccepted, 0, "a shorter signature");
	for (signature.len++; signature.len <= full + 8; signature.len++)
		naccepted += verifies(algorithm, key, data, signature);
	is_number(naccepted, 0, "a longer signature");
}

static void
constant_bytes(SignatureAlgorithm algorithm, EVP_PKEY *key, const char *data,
			   Bytes signature)
{
	memset(signature.data, 0, signature.len);
	ok(!verifies(algorithm, key, data, signature), "zeros");
	memset(signature.data, 0xFF, signature.len);
	ok(!verifies(algorithm, key, data, signature), "ones");
}

static void
other_data(SignatureAlgorithm algorithm, EVP_PKEY *key, const char *data,
		   Bytes signature)
{
	char		copy[512];
	size_t		i;
	int			naccepted = 0;

	strlcpy(copy, data, sizeof(copy));
	for (i = 0; i < strlen(data); i++)
	{
		copy[i] ^= 1;
		naccepted += verify(algorithm, key, copy, strlen(data),
									  signature.data, signature.len);
		copy[i] ^= 1;
	}
	is_number(naccepted, 0, "a flipped bit of the data");
	ok(!verify(algorithm, key, data, strlen(data) - 1,
						 signature.data, signature.len), "shorter data");
	ok(!verify(algorithm, key, data, 0,
						 signature.data, signature.len), "no data");
}

/* The signature is good, and nothing near it is. */
static void
is_only_signature(SignatureAlgorithm algorithm, EVP_PKEY *key,
				  const char *data, Bytes signature)
{
	size_t		i;

	is_number(signature_length(algorithm, key), signature.len, "length");
	ok(verifies(algorithm, key, data, signature), "verified");
	for (i = 0; i < lengthof(algorithms); i++)
		if (algorithms[i] != algorithm)
			ok(!verifies(algorithms[i], key, data, signature),
			   "another algorithm");
	every_bit(algorithm, key, data, signature);
	every_length(algorithm, key, data, signature);
	constant_bytes(algorithm, key, data, signature);
	other_data(algorithm, key, data, signature);
}

/* n - s for s, computed by OpenSSL. */
static void
take_other_form(EVP_PKEY *key, uint8 *signature)
{
	BIGNUM	   *order = NULL;
	BIGNUM	   *s = BN_bin2bn(signature + 32, 32, NULL);

	EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_ORDER, &order);
	BN_sub(s, order, s);
	BN_bn2binpad(s, signature + 32, 32);
	BN_free(s);
	BN_free(order);
}

static bool
is_canonical(SignatureAlgorithm algorithm, EVP_PKEY *key,
			 const uint8 *signature)
{
	Signer	   *signer = signer_to_verify(algorithm, key);
	bool		canonical = signer_is_canonical(signer, signature);

	signer_free(signer);
	return canonical;
}

/* Of the two forms of the signature that is printed, that one has the higher s. */
static void
other_form(EVP_PKEY *key, const char *data, Bytes signature)
{
	ok(!is_canonical(SIGNATURE_ES256, key, signature.data), "a high s");
	take_other_form(key, signature.data);
	ok(verifies(SIGNATURE_ES256, key, data, signature),
	   "its other form is good as well");
	ok(is_canonical(SIGNATURE_ES256, key, signature.data), "and canonical");
	take_other_form(key, signature.data);
}

static void
vectors(void)
{
	EVP_PKEY   *key;

	tap_group("RFC 7515 A.2 (RS256)");
	key = vector_rsa(RFC7515_A2_N);
	is_only_signature(SIGNATURE_RS256, key,
					  RFC7515_A2_HEADER "." RFC7515_PAYLOAD,
					  bytes_base64url(RFC7515_A2_SIGNATURE));
	EVP_PKEY_free(key);

	tap_group("RFC 7515 A.3 (ES256)");
	key = vector_p256(RFC7515_A3_X, RFC7515_A3_Y);
	is_only_signature(SIGNATURE_ES256, key,
					  RFC7515_A3_HEADER "." RFC7515_PAYLOAD,
					  bytes_base64url(RFC7515_A3_SIGNATURE));
	other_form(key, RFC7515_A3_HEADER "." RFC7515_PAYLOAD,
			   bytes_base64url(RFC7515_A3_SIGNATURE));
	EVP_PKEY_free(key);

	tap_group("RFC 8037 A.5 (EdDSA)");
	key = vector_ed25519(RFC8037_X);
	is_only_signature(SIGNATURE_EDDSA, key, RFC8037_SIGNING_INPUT,
					  bytes_base64url(RFC8037_SIGNATURE));
	EVP_PKEY_free(key);
}

/* RFC 8037 appendix A.4: Ed25519 signs the same every time. */
static void
signs_as_printed(void)
{
	EVP_PKEY   *key = vector_ed25519_private(RFC8037_D);
	Bytes		expected = bytes_base64url(RFC8037_SIGNATURE);
	uint8		signature[SIGNATURE_MAX_LENGTH];

	tap_group("RFC 8037 A.4 (EdDSA)");
	ok(sign(SIGNATURE_EDDSA, key, RFC8037_SIGNING_INPUT,
					  strlen(RFC8037_SIGNING_INPUT), signature), "signed");
	is_bytes(signature, signature_length(SIGNATURE_EDDSA, key),
			 expected.data, expected.len, "as printed");
	EVP_PKEY_free(key);
}

/* A key that was written and read signs; its public half verifies. */
/* What is written is what OpenSSL would write. */
static bool
is_pkcs8_of(EVP_PKEY *key, const uint8 *der, size_t len)
{
	PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
	uint8	   *expected = NULL;
	int			expected_len = i2d_PKCS8_PRIV_KEY_INFO(info, &expected);
	bool		same = (size_t) expected_len == len &&
		memcmp(der, expected, len) == 0;

	PKCS8_PRIV_KEY_INFO_free(info);
	OPENSSL_clear_free(expected, expected_len);
	return same;
}

static void
generated(SignatureAlgorithm algorithm)
{
	static const char data[] = "some data";
	EVP_PKEY   *made = signature_generate(algorithm, SIGNATURE_MIN_RSA_BITS,
										  NULL);
	EVP_PKEY   *private_key;
	EVP_PKEY   *public_key;
	EVP_PKEY   *other = signature_generate(algorithm, SIGNATURE_MIN_RSA_BITS,
										   NULL);
	Bytes		signature = {0};
	uint8	   *der;
	size_t		len;

	tap_group(signature_algorithm_name(algorithm));
	len = private_key_write(made, &der);
	ok(is_pkcs8_of(made, der, len), "PKCS #8 written");
	private_key = private_key_read(der, len);
	ok(private_key != NULL, "PKCS #8 read");
	ok(is_pkcs8_of(private_key, der, len), "PKCS #8 written again");
	ok(EVP_PKEY_eq(made, private_key) == 1, "the same key");
	ok(private_key_read(der, len - 1) == NULL, "cut off PKCS #8 refused");
	ok(signature_read_public(der, len) == NULL, "PKCS #8 is no public key");
	OPENSSL_clear_free(der, len);

	len = signature_write_public(made, &der);
	public_key = signature_read_public(der, len);
	ok(public_key != NULL, "public key read");
	ok(signature_read_public(der, len - 1) == NULL, "cut off refused");
	ok(signature_read_public(der, 0) == NULL, "empty refused");
	ok(private_key_read(der, len) == NULL, "no private key");
	OPENSSL_clear_free(der, len);

	signature.len = signature_length(algorithm, private_key);
	ok(sign(algorithm, private_key, data, sizeof(data),
					  signature.data), "signed");
	ok(verify(algorithm, public_key, data, sizeof(data),
						signature.data, signature.len), "verified");
	ok(!verify(algorithm, other, data, sizeof(data),
						 signature.data, signature.len), "another key");
	ok(!sign(algorithm, public_key, data, sizeof(data),
					   signature.data), "no signing with a public key");

	EVP_PKEY_free(made);
	EVP_PKEY_free(private_key);
	EVP_PKEY_free(public_key);
	EVP_PKEY_free(other);
}

/* One that has refused a signature, or failed, goes on as before. */
static void
again(SignatureAlgorithm algorithm)
{
	EVP_PKEY   *key = signature_generate(algorithm, SIGNATURE_MIN_RSA_BITS,
										 NULL);
	Signer	   *signer = signer_to_sign(algorithm, key);
	Signer	   *verifier = signer_to_verify(algorithm, key);
	uint8		signature[SIGNATURE_MAX_LENGTH];
	int			ngood = 0;
	int			nbad = 0;
	uint8		i;

	EVP_PKEY_free(key);
	for (i = 0; i < 50; i++)
	{
		size_t		len = signer_length(signer);

		if (!signer_sign(signer, &i, 1, signature))
			break;
		nbad += signer_verify(verifier, &i, 0, signature, len);
		nbad += signer_verify(verifier, &i, 1, signature, len - 1);
		signature[len / 2] ^= 1;
		nbad += signer_verify(verifier, &i, 1, signature, len);
		signature[len / 2] ^= 1;
		ngood += signer_verify(verifier, &i, 1, signature, len);
	}
	tap_group(signature_algorithm_name(algorithm));
	is_number(ngood, 50, "one signer, many signatures");
	is_number(nbad, 0, "one verifier, many refusals");
	signer_free(signer);
	signer_free(verifier);
}

/*
 * RFC 7518 section 3.4: r and s keep their leading zeros, which one signature
 * in 128 has.
 */
static void
es256_width(void)
{
	static const uint8 data[256] = {0};
	EVP_PKEY   *key = signature_generate(SIGNATURE_ES256, 0, NULL);
	uint8		signature[SIGNATURE_MAX_LENGTH];
	int			nverified = 0;
	int			ncanonical = 0;
	int			nzeros = 0;
	int			i;

	for (i = 0; i < 2000; i++)
	{
		if (sign(SIGNATURE_ES256, key, data, i % 256, signature) &&
			verify(SIGNATURE_ES256, key, data, i % 256, signature, 64))
			nverified++;
		nzeros += signature[0] == 0 || signature[32] == 0;
		ncanonical += is_canonical(SIGNATURE_ES256, key, signature);
	}
	tap_group("ES256 width");
	is_number(nverified, 2000, "all verified");
	is_number(ncanonical, 2000, "each with the lower s");
	ok(nzeros > 0, "some with leading zeros");
	EVP_PKEY_free(key);
}

/*
 * Takes the key, which no signature of this algorithm comes from.  Tried
 * often, since the length of an ECDSA signature differs, and only some have
 * that which is expected.
 */
static void
is_refused(SignatureAlgorithm algorithm, EVP_PKEY *key, const char *name)
{
	uint8		signature[SIGNATURE_MAX_LENGTH] = {0};
	int			nsigned = 0;
	int			i;

	for (i = 0; i < 64; i++)
		nsigned += sign(algorithm, key, "data", 4, signature);
	ok(key != NULL && nsigned == 0, name);
	EVP_PKEY_free(key);
}

/* RFC 4055 section 1.2: an RSA key that is for PSS signatures alone */
static EVP_PKEY *
rsa_pss_key(void)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA-PSS", NULL);
	EVP_PKEY   *key = NULL;

	if (EVP_PKEY_keygen_init(context) == 1)
		EVP_PKEY_generate(context, &key);
	EVP_PKEY_CTX_free(context);
	return key;
}

static void
wrong_keys(void)
{
	tap_group("signing with a wrong key");
	is_refused(SIGNATURE_RS256, EVP_EC_gen("P-256"), "P-256 as RS256");
	is_refused(SIGNATURE_RS256, vector_ed25519_private(RFC8037_D),
			   "Ed25519 as RS256");
	is_refused(SIGNATURE_RS256,
			   EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t) 4104),
			   "RSA of 4104 bits");
	is_refused(SIGNATURE_RS256,
			   EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t) 1024),
			   "RSA of 1024 bits");
	is_refused(SIGNATURE_RS256, rsa_pss_key(), "RSA-PSS as RS256");
	is_refused(SIGNATURE_ES256, EVP_RSA_gen(2048), "RSA as ES256");
	is_refused(SIGNATURE_ES256, vector_ed25519_private(RFC8037_D),
			   "Ed25519 as ES256");
	is_refused(SIGNATURE_ES256, EVP_EC_gen("P-384"), "P-384 as ES256");
	is_refused(SIGNATURE_ES256, EVP_EC_gen("P-521"), "P-521 as ES256");
	is_refused(SIGNATURE_ES256, EVP_EC_gen("secp256k1"), "secp256k1 as ES256");
	is_refused(SIGNATURE_EDDSA, EVP_RSA_gen(2048), "RSA as EdDSA");
	is_refused(SIGNATURE_EDDSA, EVP_EC_gen("P-256"), "P-256 as EdDSA");
	is_refused(SIGNATURE_EDDSA, EVP_PKEY_Q_keygen(NULL, NULL, "ED448"),
			   "Ed448 as EdDSA");
	is_refused(SIGNATURE_EDDSA, EVP_PKEY_Q_keygen(NULL, NULL, "X25519"),
			   "X25519 as EdDSA");
}

static void
names(void)
{
	static const char *const unknown[] = {
		"", "none", "None", "HS256", "RS384", "PS256", "ES384", "rs256",
		"RS256 ", "EDDSA", "EdDSA\n", "Ed25519"
	};
	static const char *const known[] = {"RS256", "ES256", "EdDSA"};
	SignatureAlgorithm algorithm;
	size_t		i;

	tap_group("algorithm names");
	for (i = 0; i < lengthof(known); i++)
	{
		is_text(signature_algorithm_name(algorithms[i]), known[i], known[i]);
		ok(signature_algorithm_by_name(known[i], &algorithm) &&
		   algorithm == algorithms[i], "and back");
	}
	for (i = 0; i < lengthof(unknown); i++)
		ok(!signature_algorithm_by_name(unknown[i], &algorithm), unknown[i]);
}

static bool
always(void)
{
	return true;
}

void
known_signature(void)
{
	size_t		i;

	names();
	vectors();
	signs_as_printed();
	for (i = 0; i < lengthof(algorithms); i++)
		generated(algorithms[i]);
	for (i = 0; i < lengthof(algorithms); i++)
		again(algorithms[i]);
	es256_width();
	wrong_keys();
	tap_group("signature_generate");
	ok(signature_generate(SIGNATURE_RS256, 4096, always) == NULL,
	   "interrupted");
}
