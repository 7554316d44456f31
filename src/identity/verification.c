/*
 * verification.c
 *		Tokens that have been verified, and are remembered.
 *
 * Each backend keeps those that it has verified, until liveness says that
 * something has died.  What the clock and the settings decide is asked anew
 * each time.  A token is found by its last bytes, which are of its signature,
 * and compared as a whole.
 *
 * There are two generations of at most half of the size each: when the young
 * one is full, the old one goes, and the young one becomes the old.  What is
 * found in the old one is young again.
 */
#include "compat.h"

#include "common/hashfn.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "identity/statistics.h"
#include "identity/verification.h"
#include "liveness.h"
#include "settings.h"

/* Of the token's end, so that finding one costs little. */
#define HASHED_BYTES 32

typedef struct Entry
{
	uint64		hash;			/* the key */
	char	   *token;
	Size		len;
	Verified	verified;
} Entry;

typedef struct Generation
{
	MemoryContext context;		/* holds all that follows; NULL when empty */
	HTAB	   *entries;
} Generation;

static Generation young;
static Generation old;
static uint64 known_epoch;

/* What was verified and is not remembered: for the caller, until the next call. */
static MemoryContext single_context;

static void
clear(Generation *generation)
{
	if (generation->context != NULL)
		MemoryContextDelete(generation->context);
	memset(generation, 0, sizeof(Generation));
}

static void
start(Generation *generation)
{
	HASHCTL		control = {.keysize = sizeof(uint64),.entrysize = sizeof(Entry)};

	control.hcxt = AllocSetContextCreate(CacheMemoryContext,
										 "agent_auth verified tokens",
										 ALLOCSET_DEFAULT_SIZES);
	generation->entries = hash_create("agent_auth verified tokens", 64,
									  &control,
									  HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);

	/* Last: with a context there are entries. */
	generation->context = control.hcxt;
}

static uint64
hash_token(const char *token, Size len)
{
	Size		hashed = Min(len, HASHED_BYTES);

	return hash_bytes_extended((const unsigned char *) token + len - hashed,
							   (int) hashed, 0);
}

static Entry *
find(const Generation *generation, uint64 hash, const char *token, Size len)
{
	Entry	   *entry;

	if (generation->context == NULL)
		return NULL;
	entry = hash_search(generation->entries, &hash, HASH_FIND, NULL);
	if (entry == NULL || entry->len != len ||
		memcmp(entry->token, token, len) != 0 ||
		standing_is_over(&entry->verified.identity))
		return NULL;
	return entry;
}

static Jsonb *
copy_jsonb(const Jsonb *jsonb)
{
	return memcpy(palloc(VARSIZE(jsonb)), jsonb, VARSIZE(jsonb));
}

/* Into the current memory context. */
static void
copy_verified(Verified *copy, const Verified *verified)
{
	*copy = *verified;
	copy->claims.audience = pstrdup(verified->claims.audience);
	copy->claims.issuer = pstrdup(verified->claims.issuer);
	if (verified->identity.customer_reference != NULL)
		copy->identity.customer_reference =
			pstrdup(verified->identity.customer_reference);
	copy->claims.jsonb = copy_jsonb(verified->claims.jsonb);
}

/* Makes room in the young generation; returns what is to go. */
static Generation
make_room(void)
{
	Generation	going = {0};

	if (young.context != NULL && hash_get_num_entries(young.entries) >=
		Max(setting_token_cache_size / 2, 1))
	{
		going = old;
		old = young;
		memset(&young, 0, sizeof(young));
	}
	if (young.context == NULL)
		start(&young);
	return going;
}

/* "verified" may be an entry of the old generation, which goes last. */
static const Verified *
remember(uint64 hash, const char *token, Size len, const Verified *verified)
{
	Generation	going = make_room();
	MemoryContext caller;
	Entry	   *entry;
	char	   *token_copy;
	Verified	copy;

	/* All that may fail comes before the entry is there. */
	caller = MemoryContextSwitchTo(young.context);
	token_copy = pnstrdup(token, len);
	copy_verified(&copy, verified);
	MemoryContextSwitchTo(caller);
	entry = hash_search(young.entries, &hash, HASH_ENTER, NULL);
	entry->token = token_copy;
	entry->len = len;
	entry->verified = copy;
	clear(&going);
	return &entry->verified;
}

/* Into the current memory context. */
static bool
verify(const char *token, Size len, Verified *verified)
{
	return access_token_read(token, len, &verified->claims) &&
		standing_of(&verified->claims.session_id, &verified->identity);
}

static const Verified *
verify_anew(uint64 hash, const char *token, Size len)
{
	MemoryContext caller;
	Verified   *verified;
	bool		good;

	if (single_context == NULL)
		single_context = AllocSetContextCreate(CacheMemoryContext,
											   "agent_auth verified token",
											   ALLOCSET_SMALL_SIZES);
	MemoryContextReset(single_context);
	caller = MemoryContextSwitchTo(single_context);
	verified = palloc0(sizeof(Verified));
	good = verify(token, len, verified);
	MemoryContextSwitchTo(caller);
	if (!good)
		return NULL;
	if (setting_token_cache_size == 0 || !standing_may_be_kept())
		return verified;
	return remember(hash, token, len, verified);
}

const Verified *
verification_of(const char *token, Size len)
{
	uint64		epoch = liveness_epoch();
	uint64		hash = hash_token(token, len);
	Entry	   *entry;

	statistics_count(STATISTIC_VERIFICATIONS);
	if (epoch != known_epoch)
	{
		clear(&young);
		clear(&old);
		known_epoch = epoch;
	}
	entry = find(&young, hash, token, len);
	if (entry != NULL)
	{
		statistics_count(STATISTIC_CACHE_HITS);
		return access_token_is_good_now(&entry->verified.claims) ?
			&entry->verified : NULL;
	}
	entry = find(&old, hash, token, len);
	if (entry != NULL)
	{
		statistics_count(STATISTIC_CACHE_HITS);
		return access_token_is_good_now(&entry->verified.claims) ?
			remember(hash, token, len, &entry->verified) : NULL;
	}
	return verify_anew(hash, token, len);
}
