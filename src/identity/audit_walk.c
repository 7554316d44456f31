/*
 * audit_walk.c
 *		Going along the chain of seals, and believing none before it is
 *		verified.
 */
#include "postgres.h"

#include <openssl/crypto.h>

#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "crypto/audit_key.h"
#include "identity/audit_walk.h"

bool
audit_walk_begin(AuditWalk *walk, Snapshot snapshot)
{
	memset(walk, 0, sizeof(AuditWalk));
	walk->caller = CurrentMemoryContext;
	walk->step = AllocSetContextCreate(CurrentMemoryContext, "agent_auth seal",
									   ALLOCSET_DEFAULT_SIZES);
	return audit_key_read(walk->key, snapshot);
}

void
audit_walk_finish(AuditWalk *walk)
{
	explicit_bzero(walk->key, sizeof(walk->key));
}

/* There are as many as servers that ever wrote: very few. */
static AuditEnd *
find_end(AuditWalk *walk, int64 system)
{
	for (int i = 0; i < walk->nends; i++)
		if (walk->ends[i].system == system)
			return &walk->ends[i];
	return NULL;
}

AuditEnd *
audit_walk_end_of(AuditWalk *walk, int64 system)
{
	AuditEnd   *end = find_end(walk, system);
	Size		size = sizeof(AuditEnd) * (walk->nends + 1);

	if (end != NULL)
		return end;
	walk->ends = walk->ends == NULL ? MemoryContextAlloc(walk->caller, size) :
		repalloc(walk->ends, size);
	end = &walk->ends[walk->nends++];
	memset(end, 0, sizeof(AuditEnd));
	end->system = system;
	end->floor = DT_NOBEGIN;
	end->late_floor = DT_NOBEGIN;
	return end;
}

static bool
follows(const Seal *seal, const Seal *last)
{
	return seal->number == last->number + 1 &&
		CRYPTO_memcmp(seal->previous, last->mac, MAC_LENGTH) == 0;
}

/* Seals whose rows are purged come first; of these only some are kept. */
static char *
check_purged(const AuditWalk *walk, const Seal *seal)
{
	const Seal *last = &walk->seal;

	if ((last->number != 0 && !last->purged) ||
		!audit_seal_is_purged(walk->key, seal, &walk->purged))
		return psprintf("Seal number " INT64_FORMAT " was not purged as it says.",
						seal->number);
	if ((seal->number == last->number + 1 && last->number != 0 &&
		 !follows(seal, last)) ||
		(seal->has_digest && !audit_seal_is_genuine(walk->key, seal)))
		return psprintf("Seal number " INT64_FORMAT ", whose rows were purged, was altered.",
						seal->number);
	return NULL;
}

/* What is wrong with a seal's place, given the one before; NULL: nothing. */
static char *
check_place(AuditWalk *walk, const Seal *seal)
{
	const Seal *last = &walk->seal;
	const AuditEnd *end;

	if (seal->purged)
		return check_purged(walk, seal);
	if (last->number == 0 && !follows(seal, last))
		return psprintf("The seals before number " INT64_FORMAT " are gone.",
						seal->number);
	if (!follows(seal, last))
		return psprintf("Seals between number " INT64_FORMAT " and number " INT64_FORMAT " are gone.",
						last->number, seal->number);
	end = find_end(walk, seal->batch.system);
	if (end != NULL && end->until != seal->batch.from)
		return psprintf("Seal number " INT64_FORMAT " does not begin where the seals before it end.",
						seal->number);
	return NULL;
}

/* Its MAC is of the rows as they are, and of what it says of them. */
static bool
is_altered(const uint8 key[MAC_KEY_LENGTH], const Seal *seal,
		   const Batch *found)
{
	Seal		sealed = *seal;

	memcpy(sealed.batch.digest, found->digest, DIGEST_LENGTH);
	return !audit_seal_is_genuine(key, &sealed) ||
		(seal->has_digest && memcmp(seal->batch.digest, found->digest,
									DIGEST_LENGTH) != 0);
}

/* What is wrong with its rows, or with what it says of them. */
static char *
check_rows(AuditWalk *walk, Seal *seal, Snapshot snapshot)
{
	AuditEnd   *end = find_end(walk, seal->batch.system);
	Batch		found = seal->batch;

	if (end != NULL && found.from == found.until)
		found.late = xid_set_without(&end->left_out, &found.left_out);
	audit_batch_read(&found, snapshot);
	if (found.rows != seal->batch.rows)
		return psprintf("Seal number " INT64_FORMAT " has " INT64_FORMAT " rows from %s on, and there are " INT64_FORMAT ".",
						seal->number, seal->batch.rows,
						timestamptz_to_str(seal->batch.first_at), found.rows);
	if (is_altered(walk->key, seal, &found))
		return psprintf("A row of seal number " INT64_FORMAT ", or the seal itself, was altered; its " INT64_FORMAT " rows are from %s on.",
						seal->number, seal->batch.rows,
						timestamptz_to_str(seal->batch.first_at));
	seal->batch = found;
	seal->has_digest = true;
	return NULL;
}

/* A copy that outlives the step, in place of another. */
static void
keep(AuditWalk *walk, XidSet *kept, const XidSet *set)
{
	if (kept->n > 0)
		pfree(kept->xids);
	kept->n = set->n;
	if (set->n == 0)
		return;
	kept->xids = MemoryContextAlloc(walk->caller, sizeof(uint64) * set->n);
	memcpy(kept->xids, set->xids, sizeof(uint64) * set->n);
}

static TimestampTz
earlier(TimestampTz a, TimestampTz b)
{
	return a < b ? a : b;
}

/*
 * Moves a server's end beyond a seal.  A transaction that had not begun when a
 * seal was made has no row from before; those that had begun by then may.
 */
static void
move_end(AuditWalk *walk, const Seal *seal)
{
	AuditEnd   *end = audit_walk_end_of(walk, seal->batch.system);
	const Batch *batch = &seal->batch;
	bool		had_left_out = end->left_out.n > 0;

	walk->oldest = batch->from == batch->until ? end->late_floor : end->floor;
	if (batch->left_out.n > 0)
		end->late_floor = had_left_out ? earlier(end->late_floor, end->floor) :
			end->floor;
	end->until = batch->until;
	keep(walk, &end->left_out, &batch->left_out);
	if (end->next == 0 && batch->next != 0)
	{
		end->next = batch->next;
		end->next_at = seal->sealed_at;
	}
	if (end->next != 0 && end->next <= end->until)
	{
		end->floor = end->next_at;
		end->next = 0;
	}
	if (seal->purged)
		audit_purged_add(&walk->purged, seal, walk->caller);
}

static void
check_time(AuditWalk *walk)
{
	const Seal *seal = &walk->seal;

	if (seal->purged || TIMESTAMP_IS_NOBEGIN(walk->oldest) ||
		walk->time_complaint != NULL ||
		seal->batch.first_at >= walk->oldest - CLOCK_TOLERANCE)
		return;
	MemoryContextSwitchTo(walk->caller);
	walk->time_complaint = psprintf("Time runs backwards: a row of seal number " INT64_FORMAT " says %s, and was not written before %s.",
									seal->number,
									pstrdup(timestamptz_to_str(seal->batch.first_at)),
									pstrdup(timestamptz_to_str(walk->oldest)));
}

static void
step(AuditWalk *walk, Seal *seal, Snapshot snapshot)
{
	walk->complaint = check_place(walk, seal);
	if (walk->complaint == NULL && !seal->purged)
		walk->complaint = check_rows(walk, seal, snapshot);
	if (walk->complaint != NULL)
		return;
	move_end(walk, seal);
	walk->seal = *seal;
	walk->seals++;
	walk->rows += seal->purged ? 0 : seal->batch.rows;
	check_time(walk);
}

bool
audit_walk_next(AuditWalk *walk, Snapshot snapshot)
{
	bool		found;
	Seal		seal;

	CHECK_FOR_INTERRUPTS();
	if (walk->complaint != NULL)
		return false;
	MemoryContextReset(walk->step);
	MemoryContextSwitchTo(walk->step);
	found = audit_chain_next(walk->seal.number, snapshot, &seal);
	if (found)
		step(walk, &seal, snapshot);
	MemoryContextSwitchTo(walk->caller);
	if (walk->complaint != NULL)
		walk->complaint = pstrdup(walk->complaint);
	return found && walk->complaint == NULL;
}
