/*
 * random.h
 *		Unpredictable bytes and identifiers.
 */
#ifndef AGENT_AUTH_RANDOM_H
#define AGENT_AUTH_RANDOM_H

/* Fills with strong random bytes, or raises an error. */
extern void random_bytes(void *dst, Size len);

/* Writes 2 * nbytes lower-case hexadecimal digits and a NUL. */
extern void random_hex(char *dst, Size nbytes);

#define RANDOM_UUID_LENGTH 16

/* A version 4 UUID (RFC 9562 section 5.4). */
extern void random_uuid(uint8 uuid[RANDOM_UUID_LENGTH]);

#endif							/* AGENT_AUTH_RANDOM_H */
