/*
 * handout.h
 *		Refreshes whose tokens a client has before they are committed.
 */
#ifndef AGENT_AUTH_HANDOUT_H
#define AGENT_AUTH_HANDOUT_H

#include "datatype/timestamp.h"
#include "storage/lwlock.h"
#include "utils/uuid.h"

typedef struct HandoutEntry
{
	pg_uuid_t	session_id;
	Oid			database;		/* InvalidOid when free */
	int32		generation;		/* that was spent; 0: one was reused */
	TimestampTz noted_at;
	TimestampTz until;			/* it may be spent again */
	TimestampTz forget_at;		/* its session is over then */
} HandoutEntry;

#define HANDOUT_WAYS 8
#define HANDOUT_NBUCKETS 512

typedef struct Handouts
{
	LWLock		lock;
	HandoutEntry entries[HANDOUT_NBUCKETS][HANDOUT_WAYS];
} Handouts;

extern void handout_init(Handouts *handouts, int tranche);

/*
 * Notes, before the caller gets its successor, that the refresh token of a
 * generation was spent.  The session's own row says so from commit on, and only
 * a transaction that is rolled back leaves the note.
 */
extern void handout_note(const pg_uuid_t *session_id, int32 generation,
						 TimestampTz forget_at);

/* Notes that a token was spent again too late, so that the session must end. */
extern void handout_note_reuse(const pg_uuid_t *session_id,
							   TimestampTz forget_at);

/*
 * False when a transaction that was rolled back has noted that the session must
 * end, or has spent the same generation, longer ago than a lost answer or a
 * failed commit explains.
 */
extern bool handout_allows(const pg_uuid_t *session_id, int32 generation);

#endif							/* AGENT_AUTH_HANDOUT_H */
