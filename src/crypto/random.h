/*
 * random.h
 *		Unpredictable bytes and identifiers.
 */
#ifndef AGENT_AUTH_RANDOM_H
#define AGENT_AUTH_RANDOM_H

#include "utils/uuid.h"

/* Fills with strong random bytes, or raises an error. */
extern void random_bytes(void *dst, Size len);

/* Writes 2 * nbytes lower-case hexadecimal digits and a NUL. */
extern void random_hex(char *dst, Size nbytes);

/* A version 4 UUID (RFC 9562 section 5.4). */
extern void random_uuid(pg_uuid_t *uuid);

#endif							/* AGENT_AUTH_RANDOM_H */
