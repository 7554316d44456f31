/*
 * known_jwk.c
 *		Public keys as JWKs and their thumbprints: what RFCs print.
 */
#include "postgres_fe.h"

#include <openssl/ec.h>

#include "crypto/jwk.h"
#include "known.h"
#include "tap.h"
#include "vectors.h"

/*
 * A point whose y begins with a zero byte, which RFC 7518 section 6.2.1.2
 * keeps: 43 times the base point, computed with another library.
 */
#define ZERO_X "mGriUG8f8QTQQjCGHY9LSY9LxMbQCbMPdUTcEpuC0o0"
#define ZERO_Y "ADzMwKZGDgrjKKTZfTx7YdhvxiicGJ8lJREMRBuwfpc"
#define ZERO_THUMBPRINT "WZsjbh58q8kl1WsGShqtiycImZtCgGbukDn4RAacMig"

/* The key of RFC 7515 A.3, its thumbprint computed with another library */
#define A3_THUMBPRINT "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U"

/* Takes the key. */
static void
is_jwk(SignatureAlgorithm algorithm, EVP_PKEY *key, const char *thumbprint,
	   const char *jwk, const char *name)
{
	char		got[JWK_THUMBPRINT_SIZE] = "";
	JsonNode   *node;

	ok(key != NULL, name);
	ok(jwk_thumbprint(algorithm, key, got), "thumbprint made");
	is_text(got, thumbprint, "thumbprint");
	node = jwk_public(algorithm, key, "K");
	is_text(json_write(node, NULL), jwk, "JWK");
	json_free(node);
	EVP_PKEY_free(key);
}

static void
vectors(void)
{
	is_jwk(SIGNATURE_RS256, vector_rsa(RFC7638_N), RFC7638_THUMBPRINT,
		   "{\"e\":\"AQAB\",\"kty\":\"RSA\",\"n\":\"" RFC7638_N "\","
		   "\"kid\":\"K\",\"alg\":\"RS256\",\"use\":\"sig\"}",
		   "RFC 7638 3.1");
	is_jwk(SIGNATURE_EDDSA, vector_ed25519(RFC8037_X), RFC8037_THUMBPRINT,
		   "{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"" RFC8037_X "\","
		   "\"kid\":\"K\",\"alg\":\"EdDSA\",\"use\":\"sig\"}",
		   "RFC 8037 A.2, A.3");
	is_jwk(SIGNATURE_ES256, vector_p256(RFC7515_A3_X, RFC7515_A3_Y),
		   A3_THUMBPRINT,
		   "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"" RFC7515_A3_X "\","
		   "\"y\":\"" RFC7515_A3_Y "\","
		   "\"kid\":\"K\",\"alg\":\"ES256\",\"use\":\"sig\"}",
		   "RFC 7515 A.3");
	is_jwk(SIGNATURE_ES256, vector_p256(ZERO_X, ZERO_Y), ZERO_THUMBPRINT,
		   "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"" ZERO_X "\","
		   "\"y\":\"" ZERO_Y "\","
		   "\"kid\":\"K\",\"alg\":\"ES256\",\"use\":\"sig\"}",
		   "a leading zero byte");
	/* The JWK of a private key is that of its public key. */
	is_jwk(SIGNATURE_EDDSA, vector_ed25519_private(RFC8037_D),
		   RFC8037_THUMBPRINT,
		   "{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"" RFC8037_X "\","
		   "\"kid\":\"K\",\"alg\":\"EdDSA\",\"use\":\"sig\"}",
		   "RFC 8037 A.1");
}

/* Takes the key. */
static void
is_no_jwk(SignatureAlgorithm algorithm, EVP_PKEY *key, const char *name)
{
	char		thumbprint[JWK_THUMBPRINT_SIZE];
	JsonNode   *node;

	ok(key != NULL, name);
	ok(!jwk_thumbprint(algorithm, key, thumbprint), "no thumbprint");
	node = jwk_public(algorithm, key, "K");
	ok(node == NULL, "no JWK");
	json_free(node);
	EVP_PKEY_free(key);
}

static void
refused(void)
{
	is_no_jwk(SIGNATURE_RS256, vector_p256(RFC7515_A3_X, RFC7515_A3_Y),
			  "P-256 as RS256");
	is_no_jwk(SIGNATURE_RS256, vector_ed25519(RFC8037_X), "Ed25519 as RS256");
	is_no_jwk(SIGNATURE_ES256, vector_rsa(RFC7638_N), "RSA as ES256");
	is_no_jwk(SIGNATURE_ES256, vector_ed25519(RFC8037_X), "Ed25519 as ES256");
	is_no_jwk(SIGNATURE_EDDSA, vector_rsa(RFC7638_N), "RSA as EdDSA");
	is_no_jwk(SIGNATURE_EDDSA, vector_p256(RFC7515_A3_X, RFC7515_A3_Y),
			  "P-256 as EdDSA");
	is_no_jwk(SIGNATURE_ES256, EVP_EC_gen("P-384"), "P-384 as ES256");
	is_no_jwk(SIGNATURE_ES256, EVP_EC_gen("secp256k1"), "secp256k1 as ES256");
	is_no_jwk(SIGNATURE_EDDSA, EVP_PKEY_Q_keygen(NULL, NULL, "ED448"),
			  "Ed448 as EdDSA");
	is_no_jwk(SIGNATURE_EDDSA, EVP_PKEY_Q_keygen(NULL, NULL, "X25519"),
			  "X25519 as EdDSA");
}

void
known_jwk(void)
{
	tap_group("JWK");
	vectors();
	tap_group("JWK refused");
	refused();
}
