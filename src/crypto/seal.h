/*
 * seal.h
 *		Secrets at rest: AES-256-GCM under the master key (NIST SP 800-38D).
 *
 * Pure: codes are returned, nothing is raised.
 */
#ifndef AGENT_AUTH_SEAL_H
#define AGENT_AUTH_SEAL_H

#define SEAL_KEY_LENGTH 32
#define SEAL_NONCE_LENGTH 12

/* Bytes that sealing adds: a version, the nonce, the tag. */
#define SEAL_OVERHEAD (1 + SEAL_NONCE_LENGTH + 16)

/*
 * Seals len bytes into len + SEAL_OVERHEAD.  "label" names what is sealed and
 * is authenticated with it, so that a sealed value moved to another row does
 * not open.  The nonce must never repeat under a key.  False when OpenSSL
 * fails.
 */
extern bool seal(const uint8 key[SEAL_KEY_LENGTH],
				 const uint8 nonce[SEAL_NONCE_LENGTH], const char *label,
				 const uint8 *plain, size_t len, uint8 *sealed);

/*
 * Opens len bytes into len - SEAL_OVERHEAD.  False when the key or the label
 * is another, or a bit was changed; "plain" is then zeroed.
 */
extern bool seal_open(const uint8 key[SEAL_KEY_LENGTH], const char *label,
					  const uint8 *sealed, size_t len, uint8 *plain);

#endif							/* AGENT_AUTH_SEAL_H */
