/*
 * signer.h
 *		A key made ready to sign, or to verify, again and again.
 *
 * Pure: NULL or false is returned when OpenSSL fails, nothing is raised.
 */
#ifndef AGENT_AUTH_SIGNER_H
#define AGENT_AUTH_SIGNER_H

#include "crypto/signature.h"

typedef struct Signer Signer;

/*
 * With a private key, and with a public one.  The key stays the caller's, and
 * may be freed.  NULL also when it is none of the algorithm's.
 */
extern Signer *signer_to_sign(SignatureAlgorithm algorithm, EVP_PKEY *key);
extern Signer *signer_to_verify(SignatureAlgorithm algorithm, EVP_PKEY *key);
extern void signer_free(Signer *signer);	/* NULL is fine */

/* The length of its signatures as JWS has them. */
extern size_t signer_length(const Signer *signer);

/* Signs into that many bytes. */
extern bool signer_sign(Signer *signer, const void *data, size_t len,
						uint8 *signature);

/*
 * Of an ECDSA signature (r, s) anybody can make another one, (r, n - s).  What
 * signer_sign() makes has the lower s: true when the signature, of the right
 * length, is not the other one.
 */
extern bool signer_is_canonical(const Signer *signer, const uint8 *signature);

/* True when the signature is the key's and of exactly the right length. */
extern bool signer_verify(Signer *signer, const void *data, size_t len,
						  const uint8 *signature, size_t signature_len);

#endif							/* AGENT_AUTH_SIGNER_H */
