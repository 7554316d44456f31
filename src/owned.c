/*
 * owned.c
 *		Ties objects of other libraries to the server's memory contexts.
 *
 * OpenSSL's and json-c's objects are malloc'ed; an error jumps over any call
 * that would free them.  A reset callback of the context they were made in
 * frees them however the context ends.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "owned.h"

typedef struct Secret
{
	MemoryContextCallback callback;
	void	   *start;
	Size		len;
} Secret;

void *
owned(void *object, void (*release) (void *))
{
	MemoryContextCallback *callback;

	if (object == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory")));

	callback = MemoryContextAllocExtended(CurrentMemoryContext,
										  sizeof(MemoryContextCallback),
										  MCXT_ALLOC_NO_OOM);
	if (callback == NULL)
	{
		release(object);
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory")));
	}
	callback->func = release;
	callback->arg = object;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, callback);
	return object;
}

static void
release_json(void *node)
{
	json_free(node);
}

JsonNode *
owned_json(JsonNode *node)
{
	return owned(node, release_json);
}

static void
release_key(void *key)
{
	EVP_PKEY_free(key);
}

EVP_PKEY *
owned_key(EVP_PKEY *key)
{
	return owned(key, release_key);
}

static void
wipe_secret(void *arg)
{
	Secret	   *secret = arg;

	explicit_bzero(secret->start, secret->len);
}

void
owned_secret(void *start, Size len)
{
	Secret	   *secret = palloc(sizeof(Secret));

	secret->start = start;
	secret->len = len;
	secret->callback.func = wipe_secret;
	secret->callback.arg = secret;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, &secret->callback);
}
