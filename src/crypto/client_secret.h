/*
 * client_secret.h
 *		Secrets of machines: made here, and kept as a digest.
 */
#ifndef AGENT_AUTH_CLIENT_SECRET_H
#define AGENT_AUTH_CLIENT_SECRET_H

/* Scanners for leaked secrets find it by this. */
#define CLIENT_SECRET_PREFIX "aars_"

/* The prefix, base64url of 32 bytes, and a NUL. */
#define CLIENT_SECRET_SIZE (sizeof(CLIENT_SECRET_PREFIX) + 43)

#define CLIENT_SECRET_DIGEST_LENGTH 32

extern void client_secret_make(char secret[CLIENT_SECRET_SIZE]);

/* What is stored of it. */
extern void client_secret_digest(const char *secret,
								 uint8 digest[CLIENT_SECRET_DIGEST_LENGTH]);

/* In constant time. */
extern bool client_secret_matches(const char *secret,
								  const uint8 digest[CLIENT_SECRET_DIGEST_LENGTH]);

#endif							/* AGENT_AUTH_CLIENT_SECRET_H */
