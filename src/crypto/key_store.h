/*
 * key_store.h
 *		Making, storing and revoking the keys in the database.
 */
#ifndef AGENT_AUTH_KEY_STORE_H
#define AGENT_AUTH_KEY_STORE_H

#include "crypto/signature.h"

/*
 * Makes a key and stores it as the current one; the one before keeps
 * verifying until its tokens have expired.  Returns the new kid, palloc'd.
 * The first call on a server makes the master key file, and the first in a
 * database the first refresh key.
 */
extern char *key_store_rotate_signing(SignatureAlgorithm algorithm, int bits);

/* The same for the key of the refresh tokens' MACs; returns its number. */
extern uint16 key_store_rotate_refresh(void);

/* False when there is no such key, or it is revoked already. */
extern bool key_store_revoke_signing(const char *kid);

#endif							/* AGENT_AUTH_KEY_STORE_H */
