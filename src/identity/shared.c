/*
 * shared.c
 *		The structure that all backends share.
 *
 * It fits into the shared memory that the server keeps spare, so that the
 * extension works without shared_preload_libraries; preloading makes its table
 * of failed logins bigger, and nothing else.
 */
#include "compat.h"

#include "storage/shmem.h"

#include "crypto/random.h"
#include "identity/shared.h"

/*
 * Another for each layout of the structure: where the library was replaced and
 * the server still runs, old and new backends must not share one.
 */
#define SHARED_NAME "agent_auth 1"

#define BUCKETS_SPARE 64
#define BUCKETS_PRELOADED 4096

static bool preloaded = false;

#if PG_VERSION_NUM >= 150000
static shmem_request_hook_type previous_shmem_request_hook = NULL;
#endif

static uint32
bucket_count(void)
{
	return preloaded ? BUCKETS_PRELOADED : BUCKETS_SPARE;
}

static Size
shared_size(void)
{
	return offsetof(Shared, buckets) + bucket_count() * sizeof(LockoutBucket);
}

static void
request_memory(void)
{
#if PG_VERSION_NUM >= 150000
	if (previous_shmem_request_hook != NULL)
		previous_shmem_request_hook();
#endif
	RequestAddinShmemSpace(MAXALIGN(shared_size()));
}

void
shared_init(void)
{
	preloaded = process_shared_preload_libraries_in_progress;
	if (preloaded)
		SHMEM_REQUEST_AT_PRELOAD(request_memory);
}

bool
shared_is_preloaded(void)
{
	return preloaded;
}

/* Raises nothing: what is half made would be found by the next. */
static void
initialize(Shared *state, const uint8 secret[SIPHASH_KEY_LENGTH])
{
	memset(state, 0, shared_size());
	memcpy(state->secret, secret, SIPHASH_KEY_LENGTH);
	LWLockInitialize(&state->lockout_lock, LWLockNewTrancheId());
	admission_init(&state->admission);
	statistics_init(&state->statistics);
	state->nbuckets = bucket_count();
}

Shared *
shared(void)
{
	static Shared *attached = NULL;
	uint8		secret[SIPHASH_KEY_LENGTH];
	Shared	   *state;
	bool		found;

	if (attached != NULL)
		return attached;

	random_bytes(secret, sizeof(secret));

	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	state = ShmemInitStruct(SHARED_NAME, shared_size(), &found);
	if (!found)
		initialize(state, secret);
	LWLockRelease(AddinShmemInitLock);
	explicit_bzero(secret, sizeof(secret));
	LWLockRegisterTranche(state->lockout_lock.tranche, "agent_auth");
	attached = state;
	return attached;
}
