/*
 * owned.h
 *		Ties objects of other libraries to the server's memory contexts.
 */
#ifndef AGENT_AUTH_OWNED_H
#define AGENT_AUTH_OWNED_H

#include <openssl/evp.h>

#include "wire/json.h"

/*
 * Frees "object" with "release" when the current memory context is reset or
 * deleted, as it is on error.  Returns the object; a NULL object is an error
 * (out of memory), so that calls can be nested around a constructor.
 */
extern void *owned(void *object, void (*release) (void *));

/* The same for the two kinds that there are most of. */
extern JsonNode *owned_json(JsonNode *node);
extern EVP_PKEY *owned_key(EVP_PKEY *key);

/* Overwrites with zeros when the current memory context is reset. */
extern void owned_secret(void *secret, Size len);

#endif							/* AGENT_AUTH_OWNED_H */
