/*
 * handout.c
 *		Refreshes whose tokens a client has before they are committed.
 *
 * A client that calls by SQL reads the next pair first and may roll back then.
 * The session's row is as it was, the alarm of a stolen token too.  So shared
 * memory, which no rollback reaches, notes what was handed out, until the row
 * says it for good: a token that was spent is spent, whatever became of the
 * transaction.
 *
 * One note a session, of the first generation that a transaction spends: those
 * after it end with the transaction, since their nonces were never committed.
 * The table is small, since most notes live from the end of a call to the
 * commit.  In a full bucket the oldest goes, which the server's log has told
 * of.  A restart forgets them, and where there is no shared memory refreshes go on
 * without.
 */
#include "compat.h"

#include "access/xact.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "identity/handout.h"
#include "identity/shared.h"
#include "settings.h"
#include "transaction.h"

/* A commit fails for reasons that may last longer than a lost answer. */
#define FAILED_COMMIT_GRACE_SECONDS 60

/* A note of this transaction. */
typedef struct Pending
{
	pg_uuid_t	session_id;
	int32		generation;
	bool		unseen;			/* the caller gets nothing before the commit */
	bool		rolled_back;	/* with its subtransaction */
	SubTransactionId subtransaction;
	struct Pending *next;
} Pending;

/* NULL while there is no shared memory. */
static Handouts *handouts = NULL;

/* In the transaction's memory. */
static Pending *pending = NULL;

/* Nothing that a client runs comes after this, so what fails then is ours. */
static bool commit_begun = false;

void
handout_init(Handouts *made, int tranche)
{
	LWLockInitialize(&made->lock, tranche);
	memset(made->entries, 0, sizeof(made->entries));
}

/* Not at the end of a transaction, where nothing may fail. */
static bool
find_handouts(void)
{
	if (handouts == NULL)
	{
		Shared	   *state = shared_if_there();

		handouts = state == NULL ? NULL : &state->handouts;
	}
	return handouts != NULL;
}

/* Ids are random, so that any of their bits do. */
static HandoutEntry *
bucket_of(const pg_uuid_t *session_id)
{
	uint32		hash;

	memcpy(&hash, session_id->data, sizeof(hash));
	return handouts->entries[hash % HANDOUT_NBUCKETS];
}

static bool
is_same_session(const pg_uuid_t *a, const pg_uuid_t *b)
{
	return memcmp(a, b, sizeof(pg_uuid_t)) == 0;
}

/* NULL when there is none. */
static HandoutEntry *
find(const pg_uuid_t *session_id)
{
	HandoutEntry *bucket = bucket_of(session_id);
	int			i;

	for (i = 0; i < HANDOUT_WAYS; i++)
		if (bucket[i].database == MyDatabaseId &&
			is_same_session(&bucket[i].session_id, session_id))
			return &bucket[i];
	return NULL;
}

static HandoutEntry *
make_room(const pg_uuid_t *session_id, TimestampTz now)
{
	HandoutEntry *bucket = bucket_of(session_id);
	HandoutEntry *oldest = &bucket[0];
	int			i;

	for (i = 0; i < HANDOUT_WAYS; i++)
	{
		if (!OidIsValid(bucket[i].database) || bucket[i].forget_at <= now)
			return &bucket[i];
		if (bucket[i].noted_at < oldest->noted_at)
			oldest = &bucket[i];
	}
	return oldest;
}

/*
 * The time of the first one counts: who spends a token again and again, and
 * rolls back each time, wins no time by it.
 */
static void
write_note(const pg_uuid_t *session_id, int32 generation,
		   TimestampTz forget_at)
{
	TimestampTz now = GetCurrentTimestamp();
	HandoutEntry *entry;

	if (!find_handouts())
		return;
	LWLockAcquire(&handouts->lock, LW_EXCLUSIVE);
	entry = find(session_id);
	if (entry == NULL)
		entry = make_room(session_id, now);
	else if (entry->generation == 0 || entry->generation == generation)
	{
		LWLockRelease(&handouts->lock);
		return;
	}
	entry->session_id = *session_id;
	entry->database = MyDatabaseId;
	entry->generation = generation;
	entry->noted_at = now;
	entry->until = now + setting_refresh_grace * USECS_PER_SEC;
	entry->forget_at = forget_at;
	LWLockRelease(&handouts->lock);
}

static void
erase_note(const Pending *note)
{
	HandoutEntry *entry;

	if (handouts == NULL)
		return;
	LWLockAcquire(&handouts->lock, LW_EXCLUSIVE);
	entry = find(&note->session_id);
	if (entry != NULL && entry->generation == note->generation)
		memset(entry, 0, sizeof(HandoutEntry));
	LWLockRelease(&handouts->lock);
}

static void
allow_another_try(const Pending *note)
{
	HandoutEntry *entry;

	if (handouts == NULL)
		return;
	LWLockAcquire(&handouts->lock, LW_EXCLUSIVE);
	entry = find(&note->session_id);
	if (entry != NULL && entry->generation == note->generation)
		entry->until = Max(entry->until, entry->noted_at +
						   FAILED_COMMIT_GRACE_SECONDS * USECS_PER_SEC);
	LWLockRelease(&handouts->lock);
}

static void
tell_of_rollback(const Pending *note)
{
	const char *session = DatumGetCString(DirectFunctionCall1(uuid_out,
															  UUIDPGetDatum(&note->session_id)));

	if (note->generation == 0)
		ereport(LOG,
				(errmsg("agent_auth: the end of session %s, of which a refresh token was spent twice, was rolled back",
						session),
				 errdetail("Its next refresh ends it.")));
	else
		ereport(LOG,
				(errmsg("agent_auth: a refresh of session %s was rolled back after its tokens had been handed out",
						session),
				 errdetail("Its refresh token is spent all the same: the next use of it, but for a moment's grace, ends the session.")));
}

static void
settle(bool committed)
{
	Pending    *note;

	for (note = pending; note != NULL; note = note->next)
	{
		if (note->rolled_back)
			continue;
		if (committed)
			erase_note(note);
		else if (commit_begun && note->unseen)
			allow_another_try(note);
		else
			tell_of_rollback(note);
	}
}

static void
end_transaction(XactEvent event, void *arg)
{
	switch (event)
	{
		case XACT_EVENT_PRE_COMMIT:
			commit_begun = true;
			return;
		case XACT_EVENT_COMMIT:
		case XACT_EVENT_ABORT:
			settle(event == XACT_EVENT_COMMIT);
			break;
		case XACT_EVENT_PREPARE:	/* only where nothing was handed out */
			break;
		default:
			return;
	}
	pending = NULL;
	commit_begun = false;
}

static void
end_subtransaction(SubXactEvent event, SubTransactionId id,
				   SubTransactionId parent, void *arg)
{
	Pending    *note;

	if (event != SUBXACT_EVENT_ABORT_SUB && event != SUBXACT_EVENT_COMMIT_SUB)
		return;
	for (note = pending; note != NULL; note = note->next)
	{
		if (note->subtransaction != id)
			continue;
		note->subtransaction = parent;
		if (event == SUBXACT_EVENT_ABORT_SUB && !note->rolled_back)
		{
			note->rolled_back = true;
			tell_of_rollback(note);
		}
	}
}

static void
listen(void)
{
	static bool listening = false;

	transaction_listen(&listening, end_transaction, end_subtransaction);
}

static Pending *
find_pending(const pg_uuid_t *session_id)
{
	Pending    *note = pending;

	while (note != NULL && !is_same_session(&note->session_id, session_id))
		note = note->next;
	return note;
}

/* What may fail for a lack of memory comes first. */
static void
take_note(const pg_uuid_t *session_id, int32 generation, TimestampTz forget_at)
{
	Pending    *mine = find_pending(session_id);

	listen();
	if (mine == NULL)
	{
		mine = MemoryContextAllocZero(TopTransactionContext, sizeof(Pending));
		mine->session_id = *session_id;
		mine->next = pending;
		pending = mine;
	}
	else if (!mine->rolled_back && generation != 0)
		return;
	write_note(session_id, generation, forget_at);
	mine->generation = generation;
	mine->unseen = !IsTransactionBlock() &&
		GetCurrentTransactionNestLevel() == 1;
	mine->rolled_back = false;
	mine->subtransaction = GetCurrentSubTransactionId();
}

void
handout_note(const pg_uuid_t *session_id, int32 generation,
			 TimestampTz forget_at)
{
	take_note(session_id, generation, forget_at);
}

void
handout_note_reuse(const pg_uuid_t *session_id, TimestampTz forget_at)
{
	take_note(session_id, 0, forget_at);
}

bool
handout_allows(const pg_uuid_t *session_id, int32 generation)
{
	const HandoutEntry *entry;
	bool		allowed;

	if (!find_handouts())
		return true;
	LWLockAcquire(&handouts->lock, LW_SHARED);
	entry = find(session_id);
	allowed = entry == NULL ||
		(entry->generation != 0 &&
		 (entry->generation != generation ||
		  GetCurrentTimestamp() <= entry->until));
	LWLockRelease(&handouts->lock);
	return allowed;
}
