/*
 * lockout.c
 *		Who has guessed too often.
 *
 * Failures are counted in shared memory: no rollback erases them, and turning
 * a locked client away writes nothing.  Three counters each attempt, found by
 * a keyed hash, so that nobody can choose names that collide.
 *
 * The table is cut into buckets, as a processor's cache is.  In a full bucket
 * the entry with the fewest failures goes, the oldest of those first; a locked
 * one never goes, so that a flood of other names frees nobody.  Times are
 * seconds of a clock that cannot be set.
 */
#include "compat.h"

#include <time.h>

#include "identity/lockout.h"
#include "identity/shared.h"
#include "settings.h"

/* Seconds; a hash of the highest cost takes a tenth of that. */
#define LONGEST_ATTEMPT 60

static uint32
now_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint32) now.tv_sec + 1;
}

/* LOCKOUT_NSLICES of them cover the window at least. */
static uint32
slice_of(uint32 now)
{
	int			length = (setting_lockout_window + LOCKOUT_NSLICES - 2) /
	(LOCKOUT_NSLICES - 1);

	return now / length;
}

static int
limit_of(LockoutKind kind)
{
	if (kind == LOCKOUT_PAIR)
		return setting_lockout_failures;
	if (kind == LOCKOUT_ADDRESS)
		return setting_lockout_address_failures;
	return setting_lockout_account_failures;
}

/* An account locked from everywhere is a way to keep its owner out. */
static int
duration_of(LockoutKind kind)
{
	return kind == LOCKOUT_ACCOUNT ? setting_lockout_window :
		setting_lockout_duration;
}

bool
lockout_is_possible(void)
{
	return shared_if_there() != NULL;
}

static LockoutBucket *
bucket_of(uint64 key)
{
	Shared	   *state = shared();

	return &state->buckets[key % SHARED_NBUCKETS];
}

static LockoutEntry *
find(uint64 key)
{
	LockoutBucket *bucket = bucket_of(key);
	int			i;

	if (key == 0)
		return NULL;
	for (i = 0; i < LOCKOUT_WAYS; i++)
		if (bucket->entries[i].key == key)
			return &bucket->entries[i];
	return NULL;
}

static int
remaining_of(const LockoutEntry *entry, uint32 now)
{
	return entry->locked_until > now ? (int) (entry->locked_until - now) : 0;
}

/* Clears what has left the window, and a lock that is over. */
static void
advance(LockoutEntry *entry, uint32 now)
{
	uint32		slice = slice_of(now);

	if (entry->locked_until != 0 && entry->locked_until <= now)
	{
		entry->locked_until = 0;
		memset(entry->failures, 0, sizeof(entry->failures));
	}
	/* Slices run backwards only when the setting has changed. */
	if (slice < entry->slice || slice - entry->slice >= LOCKOUT_NSLICES)
		memset(entry->failures, 0, sizeof(entry->failures));
	else
		while (entry->slice < slice)
			entry->failures[++entry->slice % LOCKOUT_NSLICES] = 0;
	entry->slice = slice;
}

static int
failures_of(const LockoutEntry *entry)
{
	int			sum = 0;
	int			i;

	for (i = 0; i < LOCKOUT_NSLICES; i++)
		sum += entry->failures[i];
	return sum;
}

static bool
is_of_attempt(const LockoutEntry *entry, const LockoutAttempt *attempt)
{
	int			kind;

	for (kind = 0; kind < LOCKOUT_NKINDS; kind++)
		if (entry->key == attempt->keys[kind])
			return true;
	return false;
}

/* The entry of least value that may go; NULL when none may. */
static LockoutEntry *
victim(LockoutBucket *bucket, const LockoutAttempt *attempt, uint32 now)
{
	LockoutEntry *best = NULL;
	int			best_failures = 0;
	int			i;

	for (i = 0; i < LOCKOUT_WAYS; i++)
	{
		LockoutEntry *entry = &bucket->entries[i];
		int			failures;

		if (entry->key == 0)
			return entry;
		advance(entry, now);
		if (entry->locked_until != 0 || is_of_attempt(entry, attempt))
			continue;
		failures = failures_of(entry);
		if (best == NULL || failures < best_failures ||
			(failures == best_failures && entry->seen < best->seen))
		{
			best = entry;
			best_failures = failures;
		}
	}
	return best;
}

static bool
has_room(const LockoutAttempt *attempt, LockoutKind kind, uint32 now)
{
	uint64		key = attempt->keys[kind];

	return find(key) != NULL || victim(bucket_of(key), attempt, now) != NULL;
}

static LockoutEntry *
find_or_make(const LockoutAttempt *attempt, LockoutKind kind, uint32 now)
{
	uint64		key = attempt->keys[kind];
	LockoutEntry *entry = find(key);

	if (entry == NULL)
	{
		entry = victim(bucket_of(key), attempt, now);
		if (entry == NULL)
			return NULL;
		memset(entry, 0, sizeof(LockoutEntry));
		entry->key = key;
		entry->name = kind == LOCKOUT_ADDRESS ? 0 : attempt->name;
		entry->slice = slice_of(now);
	}
	advance(entry, now);
	return entry;
}

static void
count_attempt(LockoutEntry *entry, uint32 now)
{
	entry->failures[entry->slice % LOCKOUT_NSLICES]++;
	entry->pending++;
	entry->seen = now;
}

/* Returns whether what has failed by now was one too many. */
static bool
lock_if_due(LockoutEntry *entry, LockoutKind kind, uint32 now)
{
	if (entry->locked_until != 0 ||
		failures_of(entry) < limit_of(kind) + (int) entry->pending)
		return false;
	entry->locked_until = now + duration_of(kind);
	return true;
}

/* Of who died in the middle nothing is heard: then it has failed. */
static void
give_up_waiting(LockoutEntry *entry, uint32 now)
{
	if (now - entry->seen > LONGEST_ATTEMPT)
		entry->pending = 0;
}

/* Whether one more attempt may be made, given those that are. */
static LockoutVerdict
judge(LockoutEntry *entry, LockoutKind kind, uint32 now)
{
	advance(entry, now);
	give_up_waiting(entry, now);
	if (failures_of(entry) < limit_of(kind))
		return LOCKOUT_RESERVED;
	return lock_if_due(entry, kind, now) ? LOCKOUT_LOCKED : LOCKOUT_BUSY;
}

static int
longest_remaining(const LockoutAttempt *attempt, uint32 now)
{
	int			longest = 0;
	int			kind;

	for (kind = 0; kind < LOCKOUT_NKINDS; kind++)
	{
		LockoutEntry *entry = find(attempt->keys[kind]);

		if (entry != NULL)
			longest = Max(longest, remaining_of(entry, now));
	}
	return longest;
}

int
lockout_remaining(const LockoutAttempt *attempt)
{
	LWLock	   *lock = &shared()->lockout_lock;
	int			remaining;

	LWLockAcquire(lock, LW_SHARED);
	remaining = longest_remaining(attempt, now_seconds());
	LWLockRelease(lock);
	return remaining;
}

/*
 * All three counters or none: room is found before anything goes for it.  Two
 * in one bucket may still find a single place; then one other has gone in vain.
 */
static LockoutVerdict
reserve(LockoutAttempt *attempt, uint32 now)
{
	LockoutEntry *entries[LOCKOUT_NKINDS] = {NULL};
	LockoutEntry *entry;
	LockoutVerdict verdict;
	int			kind;

	for (kind = 0; kind < LOCKOUT_NKINDS; kind++)
		if ((entry = find(attempt->keys[kind])) != NULL &&
			(verdict = judge(entry, kind, now)) != LOCKOUT_RESERVED)
			return verdict;

	for (kind = 0; kind < LOCKOUT_NKINDS; kind++)
		if (attempt->keys[kind] != 0 && !has_room(attempt, kind, now))
			return LOCKOUT_FULL;
	for (kind = 0; kind < LOCKOUT_NKINDS; kind++)
	{
		if (attempt->keys[kind] == 0)
			continue;
		entries[kind] = find_or_make(attempt, kind, now);
		if (entries[kind] == NULL)
			return LOCKOUT_FULL;
	}
	attempt->slice = slice_of(now);
	for (kind = 0; kind < LOCKOUT_NKINDS; kind++)
		if (entries[kind] != NULL)
			count_attempt(entries[kind], now);
	attempt->reserved = true;
	return LOCKOUT_RESERVED;
}

LockoutVerdict
lockout_reserve(LockoutAttempt *attempt, int *remaining)
{
	LWLock	   *lock = &shared()->lockout_lock;
	LockoutVerdict verdict = LOCKOUT_LOCKED;
	uint32		now;

	/* Read under the lock: in a bucket, time must not run backwards. */
	LWLockAcquire(lock, LW_EXCLUSIVE);
	now = now_seconds();
	*remaining = longest_remaining(attempt, now);
	if (*remaining == 0)
		verdict = reserve(attempt, now);
	if (verdict == LOCKOUT_LOCKED)
		*remaining = longest_remaining(attempt, now);
	LWLockRelease(lock);
	return verdict;
}

/* Takes one reservation back, and the lock that it may have caused. */
static void
give_back(LockoutEntry *entry, LockoutKind kind, uint32 slice)
{
	uint16	   *failures = &entry->failures[slice % LOCKOUT_NSLICES];

	if (slice <= entry->slice && entry->slice - slice < LOCKOUT_NSLICES &&
		*failures > 0)
		(*failures)--;
	if (failures_of(entry) < limit_of(kind))
		entry->locked_until = 0;
}

/* What is still being tried stays counted. */
static void
forgive(LockoutEntry *entry)
{
	uint32		pending = entry->pending;

	memset(entry->failures, 0, sizeof(entry->failures));
	entry->failures[entry->slice % LOCKOUT_NSLICES] = (uint16) pending;
	entry->locked_until = 0;
}

typedef enum Settlement
{
	FAILED,
	SUCCEEDED,
	WITHDRAWN
} Settlement;

/* Returns whether that locked it. */
static bool
settle_entry(LockoutEntry *entry, LockoutKind kind, uint32 slice,
			 Settlement how)
{
	if (entry->pending > 0)
		entry->pending--;
	if (how == FAILED)
		return lock_if_due(entry, kind, now_seconds());
	give_back(entry, kind, slice);
	if (how == SUCCEEDED && kind == LOCKOUT_PAIR)
		forgive(entry);
	return false;
}

static bool
settle(LockoutAttempt *attempt, Settlement how)
{
	LWLock	   *lock = &shared()->lockout_lock;
	int			kind;

	if (!attempt->reserved)
		return false;
	LWLockAcquire(lock, LW_EXCLUSIVE);
	for (kind = 0; kind < LOCKOUT_NKINDS; kind++)
	{
		LockoutEntry *entry = find(attempt->keys[kind]);

		if (entry != NULL && settle_entry(entry, kind, attempt->slice, how))
			attempt->tripped = true;
	}
	LWLockRelease(lock);
	attempt->reserved = false;
	return true;
}

bool
lockout_fail(LockoutAttempt *attempt)
{
	return settle(attempt, FAILED);
}

bool
lockout_succeed(LockoutAttempt *attempt)
{
	return settle(attempt, SUCCEEDED);
}

bool
lockout_withdraw(LockoutAttempt *attempt)
{
	return settle(attempt, WITHDRAWN);
}

void
lockout_unlock(const char *username)
{
	Shared	   *state = shared();
	Client		nobody = {0};
	LockoutAttempt attempt;
	uint32		bucket;
	int			i;

	lockout_identify(&attempt, username, &nobody);
	LWLockAcquire(&state->lockout_lock, LW_EXCLUSIVE);
	for (bucket = 0; bucket < SHARED_NBUCKETS; bucket++)
	{
		for (i = 0; i < LOCKOUT_WAYS; i++)
		{
			LockoutEntry *entry = &state->buckets[bucket].entries[i];

			if (entry->name == attempt.name)
				memset(entry, 0, sizeof(LockoutEntry));
		}
	}
	LWLockRelease(&state->lockout_lock);
}
