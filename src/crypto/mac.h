/*
 * mac.h
 *		Message authentication codes: HMAC-SHA-256 (RFC 2104) and SipHash.
 *
 * Pure: codes are returned, nothing is raised.
 */
#ifndef AGENT_AUTH_MAC_H
#define AGENT_AUTH_MAC_H

#define MAC_LENGTH 32			/* HMAC-SHA-256 */
#define MAC_KEY_LENGTH 32
#define SIPHASH_KEY_LENGTH 16

/* False when OpenSSL fails. */
extern bool mac_hmac_sha256(const uint8 key[MAC_KEY_LENGTH],
							const void *data, size_t len,
							uint8 mac[MAC_LENGTH]);
extern bool mac_siphash(const uint8 key[SIPHASH_KEY_LENGTH],
						const void *data, size_t len, uint64 *hash);

#endif							/* AGENT_AUTH_MAC_H */
