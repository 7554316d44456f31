/*
 * audit_chain.h
 *		The chain of seals on the audit trail, as agent_auth.audit_seal has it.
 *
 * A seal is a MAC over a batch of rows and the seal before it, so that none can
 * be altered, removed or put in between.  Transactions are numbered by each
 * server anew, so that a batch is of one server, by its system identifier; a
 * dump that is restored brings other servers' rows.
 */
#ifndef AGENT_AUTH_AUDIT_CHAIN_H
#define AGENT_AUTH_AUDIT_CHAIN_H

#include "datatype/timestamp.h"
#include "utils/snapshot.h"

#include "crypto/mac.h"
#include "identity/audit_batch.h"

typedef struct Seal
{
	int64		number;			/* 0: none */
	TimestampTz sealed_at;
	Batch		batch;
	bool		of_0_1_0;		/* has neither of the next two */
	bool		has_digest;		/* in the table, so that rows are not needed */
	uint8		previous[MAC_LENGTH];
	uint8		mac[MAC_LENGTH];
	bool		purged;
	uint8		purged_mac[MAC_LENGTH];
} Seal;

/*
 * All run inside SPI, those that read as of a snapshot; arrays of what they
 * read are palloc'd.
 *
 * The first seal after a number; false when there is none.
 */
extern bool audit_chain_next(int64 after, Snapshot snapshot, Seal *seal);

/* The last one, which the next is chained to; its number is 0 without any. */
extern void audit_chain_last(Snapshot snapshot, Seal *seal);

/* The last one of a server; its number is 0 without any. */
extern void audit_chain_last_of(int64 system, Snapshot snapshot, Seal *seal);

/* Adds a batch, and makes the new seal the last one. */
extern void audit_chain_append(const uint8 key[MAC_KEY_LENGTH],
							   const Batch *batch, TimestampTz sealed_at,
							   Seal *last);

/*
 * The seals whose rows are purged, of each server the last: these are kept, to
 * say where its rows ended.  Ascending by number.
 */
typedef struct PurgedSeal
{
	int64		number;
	int64		system;
	uint8		mac[MAC_LENGTH];
	bool		has_digest;
	uint8		digest[DIGEST_LENGTH];
} PurgedSeal;

typedef struct PurgedSeals
{
	int			n;
	PurgedSeal *seals;
} PurgedSeals;

/* Adds one, in a memory context. */
extern void audit_purged_add(PurgedSeals *purged, const Seal *seal,
							 MemoryContext context);

/* Leaves of each server the last, and deletes all before the last of all. */
extern void audit_chain_store_purged(const uint8 key[MAC_KEY_LENGTH],
									 PurgedSeals *purged);

/* Whether its MAC is what it has to be; nothing of rows is asked. */
extern bool audit_seal_is_genuine(const uint8 key[MAC_KEY_LENGTH],
								  const Seal *seal);

/* The same of what it says of having been purged, after those before it. */
extern bool audit_seal_is_purged(const uint8 key[MAC_KEY_LENGTH],
								 const Seal *seal, const PurgedSeals *before);

#endif							/* AGENT_AUTH_AUDIT_CHAIN_H */
