/*
 * keyring.h
 *		The keys in the database: signing keys, and the keys of the refresh
 *		tokens' MACs.
 */
#ifndef AGENT_AUTH_KEYRING_H
#define AGENT_AUTH_KEYRING_H

#include "crypto/mac.h"
#include "crypto/signer.h"

typedef struct SigningKey SigningKey;

/*
 * What the functions here return lives until the keyring is next asked for
 * anything; a revoked key is gone at commit.  Each needs no SPI connection and
 * no privileges.
 */

/* The key that signs.  An error that names the cure when there is none. */
extern const SigningKey *keyring_current(void);

/*
 * Raises, before anything is done, whatever error signing a pair of tokens
 * would raise for a lack of keys.
 */
extern void keyring_require(void);

/* The live key that writes this first segment; NULL when none does. */
extern const SigningKey *keyring_by_header(const char *segment, Size len);

/*
 * The whole token for a payload, palloc'd: JWS compact, header
 * {"typ":"JWT","alg":...,"kid":...}.
 */
extern char *keyring_sign(const SigningKey *key, const char *payload, Size len);

/*
 * True when the key signed the data: no other form of a signature is good, but
 * for one that 0.1.0 may have made, until its tokens have expired.
 */
extern bool keyring_verify(const SigningKey *key, const void *data, Size len,
						   const uint8 *signature, Size signature_len);

/* The public keys that verify, as a JWK set (RFC 7517 section 5), palloc'd. */
extern char *keyring_jwks(void);

/* The number and the key that new refresh tokens are MACed with. */
extern uint16 keyring_refresh_key(uint8 key[MAC_KEY_LENGTH]);

/*
 * The key of that number; false when there is none, or when the last token
 * that it was used for has expired.
 */
extern bool keyring_refresh_key_by_number(uint16 number,
										  uint8 key[MAC_KEY_LENGTH]);

/*
 * What an operator should know: NULL when the master key file, which is there
 * and safe, opens the newest key; else a sentence, palloc'd.
 */
extern char *keyring_complaint(void);

#endif							/* AGENT_AUTH_KEYRING_H */
