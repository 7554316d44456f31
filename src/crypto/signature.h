/*
 * signature.h
 *		The algorithms of signatures and their key pairs: RS256, ES256 (RFC 7518
 *		sections 3.3, 3.4) and EdDSA with Ed25519 (RFC 8037).
 *
 * Pure: NULL or false is returned when OpenSSL fails, nothing is raised.
 */
#ifndef AGENT_AUTH_SIGNATURE_H
#define AGENT_AUTH_SIGNATURE_H

#include <openssl/evp.h>

typedef enum SignatureAlgorithm
{
	SIGNATURE_RS256,
	SIGNATURE_ES256,
	SIGNATURE_EDDSA
} SignatureAlgorithm;

/* Longest signature: RSA with 4096 bits. */
#define SIGNATURE_MAX_LENGTH 512

#define SIGNATURE_MIN_RSA_BITS 2048
#define SIGNATURE_MAX_RSA_BITS 4096

/* The JOSE name ("RS256"), and back; false for an unknown name. */
extern const char *signature_algorithm_name(SignatureAlgorithm algorithm);
extern bool signature_algorithm_by_name(const char *name,
										SignatureAlgorithm *algorithm);

/*
 * Makes a key pair; the caller frees it.  "bits" matters to RSA alone.
 * "interrupted" is asked now and then, since a large RSA key takes seconds,
 * and ends the work by returning true; NULL never ends it.
 */
extern EVP_PKEY *signature_generate(SignatureAlgorithm algorithm, int bits,
									bool (*interrupted) (void));

/*
 * DER, as SubjectPublicKeyInfo (RFC 5280): writing returns the length and sets
 * *der, to be freed with OPENSSL_free(); 0 on failure.  Reading returns a key
 * that the caller frees.  Private keys are read and written by private_key.h.
 */
extern size_t signature_write_public(EVP_PKEY *key, uint8 **der);
extern EVP_PKEY *signature_read_public(const uint8 *der, size_t len);

/*
 * Whether the key is one of the algorithm's: no key signs or verifies by
 * another (RFC 8725 section 3.1).
 */
extern bool signature_key_fits(SignatureAlgorithm algorithm, EVP_PKEY *key);

/* The length of this key's signatures as JWS has them. */
extern size_t signature_length(SignatureAlgorithm algorithm, EVP_PKEY *key);

#endif							/* AGENT_AUTH_SIGNATURE_H */
