/*
 * master_key.h
 *		The master key: a file beside the data, never in it.
 */
#ifndef AGENT_AUTH_MASTER_KEY_H
#define AGENT_AUTH_MASTER_KEY_H

#include "crypto/seal.h"

/*
 * Reads the key; an error when the file is missing, readable by others or not
 * a key.  The caller wipes it.
 */
extern void master_key_read(uint8 key[SEAL_KEY_LENGTH]);

/* The same, making the file first where there is none. */
extern void master_key_ensure(uint8 key[SEAL_KEY_LENGTH]);

/*
 * What an operator should know: NULL when the file is there and safe, else a
 * sentence, palloc'd.
 */
extern char *master_key_complaint(void);

#endif							/* AGENT_AUTH_MASTER_KEY_H */
