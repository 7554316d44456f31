/*
 * jwk.h
 *		Public keys as JSON Web Keys (RFC 7517) and their thumbprints
 *		(RFC 7638).
 */
#ifndef AGENT_AUTH_JWK_H
#define AGENT_AUTH_JWK_H

#include "crypto/signature.h"
#include "wire/json.h"

/* SHA-256 as base64url, and a NUL. */
#define JWK_THUMBPRINT_SIZE 44

/*
 * The public key as a JWK with "kid", "alg" and "use"; NULL when OpenSSL
 * fails.  There is no way to write a private member.
 */
extern JsonNode *jwk_public(SignatureAlgorithm algorithm, EVP_PKEY *key,
							const char *kid);

/* Writes the thumbprint, our "kid"; false when OpenSSL fails. */
extern bool jwk_thumbprint(SignatureAlgorithm algorithm, EVP_PKEY *key,
						   char thumbprint[JWK_THUMBPRINT_SIZE]);

#endif							/* AGENT_AUTH_JWK_H */
