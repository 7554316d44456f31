/*
 * audit_walk.h
 *		Going along the chain of seals, and believing none before it is
 *		verified.
 *
 * What verifies and what deletes go the same way: first a seal's place in the
 * chain, then its rows, then its MAC.
 */
#ifndef AGENT_AUTH_AUDIT_WALK_H
#define AGENT_AUTH_AUDIT_WALK_H

#include "identity/audit_chain.h"

/* Clocks of servers that follow each other may differ by this. */
#define CLOCK_TOLERANCE (5 * SECS_PER_MINUTE * USECS_PER_SEC)

/* Where the seals on a server's rows end. */
typedef struct AuditEnd
{
	int64		system;
	uint64		until;			/* no transaction from here on is sealed */
	XidSet		left_out;		/* nor are these before it */
	TimestampTz floor;			/* nothing from "until" on was written before */
	TimestampTz late_floor;		/* the same of those left out */
	uint64		next;			/* from here on "next_at" will be the floor */
	TimestampTz next_at;
} AuditEnd;

typedef struct AuditWalk
{
	uint8		key[MAC_KEY_LENGTH];
	char	   *complaint;		/* of the chain or the rows, palloc'd; or NULL */
	char	   *time_complaint; /* rows older than they can be; or NULL */
	Seal		seal;			/* the one that was reached; its number is 0
								 * before */
	TimestampTz oldest;			/* no row of it can be older, by the seals
								 * before */
	int64		seals;
	int64		rows;			/* that are there and sealed */
	AuditEnd   *ends;
	int			nends;
	PurgedSeals purged;			/* that were passed */
	MemoryContext caller;
	MemoryContext step;			/* what is needed until the next seal */
} AuditWalk;

/* Starts one, inside SPI; false when there is no key. */
extern bool audit_walk_begin(AuditWalk *walk, Snapshot snapshot);

/*
 * To the next seal, whose rows are read as of a snapshot; false at the end, and
 * once there is a complaint.  The times in its batch are those of the rows.
 */
extern bool audit_walk_next(AuditWalk *walk, Snapshot snapshot);

/* Where a server's seals end, up to the seal that was reached. */
extern AuditEnd *audit_walk_end_of(AuditWalk *walk, int64 system);

/* Wipes the key. */
extern void audit_walk_finish(AuditWalk *walk);

#endif							/* AGENT_AUTH_AUDIT_WALK_H */
