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
 * one is full, or has been for a while, the old one goes, and the young one
 * becomes the old.  What is found in the old one is young again.  So what is not
 * used does not stay, and a backend gives back what it took for a flood.
 *
 * A generation only grows, and goes as a whole: what belongs to a token is one
 * piece of memory, in a context that rounds no sizes up.
 */
#include "compat.h"

#include "access/xact.h"
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

#define FIRST_BLOCK_SIZE (8 * 1024)
#define LARGEST_BLOCK_SIZE (128 * 1024)

typedef struct Entry
{
	uint64		hash;			/* the key */
	const char *token;
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
static TimestampTz young_since;
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

	control.hcxt = GenerationContextCreate(CacheMemoryContext,
										   "agent_auth verified tokens",
										   0, FIRST_BLOCK_SIZE,
										   LARGEST_BLOCK_SIZE);
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

static const char *
append(char **end, const void *data, Size len)
{
	char	   *start = *end;

	memcpy(start, data, len);
	*end += len;
	return start;
}

static Size
string_size(const char *string)
{
	return string == NULL ? 0 : strlen(string) + 1;
}

static char *
append_string(char **end, const char *string)
{
	return string == NULL ? NULL :
		unconstify(char *, append(end, string, string_size(string)));
}

/*
 * In one piece, in the current memory context; jsonb comes first, since it has
 * to be aligned.  Returns the copy of the token.
 */
static const char *
copy_all(Verified *copy, const Verified *verified, const char *token, Size len)
{
	const Claims *claims = &verified->claims;
	const char *customer = verified->identity.customer_reference;
	char	   *end = palloc(VARSIZE(claims->jsonb) + len +
							 string_size(claims->audience) +
							 string_size(claims->issuer) +
							 string_size(customer));

	*copy = *verified;
	copy->claims.jsonb = (Jsonb *) append(&end, claims->jsonb,
										  VARSIZE(claims->jsonb));
	copy->claims.audience = append_string(&end, claims->audience);
	copy->claims.issuer = append_string(&end, claims->issuer);
	copy->identity.customer_reference = append_string(&end, customer);
	return append(&end, token, len);
}

/* The young become the old; returns what is to go. */
static Generation
grow_older(void)
{
	Generation	going = old;

	old = young;
	memset(&young, 0, sizeof(young));
	young_since = GetCurrentStatementStartTimestamp();
	return going;
}

/* By the time at which the statement began, which costs nothing to know. */
static void
forget_unused(void)
{
	TimestampTz age = GetCurrentStatementStartTimestamp() - young_since;
	Generation	going;

	if (age >= 0 && age < setting_token_cache_idle * USECS_PER_SEC)
		return;
	going = grow_older();
	clear(&going);
}

/* Makes room in the young generation; returns what is to go. */
static Generation
make_room(void)
{
	Generation	going = {0};

	if (young.context != NULL && hash_get_num_entries(young.entries) >=
		Max(setting_token_cache_size / 2, 1))
		going = grow_older();
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
	const char *token_copy;
	Verified	copy;

	/* All that may fail comes before the entry is there. */
	caller = MemoryContextSwitchTo(young.context);
	token_copy = copy_all(&copy, verified, token, len);
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
	forget_unused();
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
