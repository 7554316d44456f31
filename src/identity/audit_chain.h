/*
 * audit_chain.h
 *		The chain of seals on the audit trail.
 *
 * A seal is a MAC over a batch of rows and the seal before it, so that none can
 * be altered, removed or put in between.  A batch is the rows of a range of
 * transactions.  Transactions are numbered by each server anew, so that the
 * range is of one server, by its system identifier; a dump that is restored
 * brings other servers' rows.
 */
#ifndef AGENT_AUTH_AUDIT_CHAIN_H
#define AGENT_AUTH_AUDIT_CHAIN_H

#include "datatype/timestamp.h"
#include "utils/snapshot.h"

#include "crypto/mac.h"

#define DIGEST_LENGTH 32		/* SHA-256 */

typedef struct Batch
{
	int64		system;
	uint64		from;			/* transactions, this one included */
	uint64		until;			/* and this one not */
	int64		rows;
	TimestampTz first_at;
	TimestampTz last_at;
	uint8		digest[DIGEST_LENGTH];
} Batch;

typedef struct Seal
{
	int64		number;			/* 0: none */
	TimestampTz sealed_at;
	Batch		batch;
	uint8		previous[MAC_LENGTH];
	uint8		mac[MAC_LENGTH];
	bool		purged;
	uint8		purged_mac[MAC_LENGTH];
} Seal;

/* Transaction ids, from whatever they are, as arguments of queries. */
#define XID8(value) Int64GetDatum((int64) (value))

/*
 * All run inside SPI, those that read as of a snapshot.
 *
 * Reads what the rows of a range say: sets all but the range.
 */
extern void audit_batch_read(Batch *batch, Snapshot snapshot);

/* The first seal after a number; false when there is none. */
extern bool audit_chain_next(int64 after, Snapshot snapshot, Seal *seal);

/* The last one, which the next is chained to; its number is 0 without any. */
extern void audit_chain_last(Snapshot snapshot, Seal *seal);

/* The first transaction of a server that is not sealed. */
extern uint64 audit_chain_end(int64 system, Snapshot snapshot);

/* Adds a batch, and makes the new seal the last one. */
extern void audit_chain_append(const uint8 key[MAC_KEY_LENGTH],
							   const Batch *batch, Seal *last);

/* Says that the rows of a seal are deleted; those before it are not needed. */
extern void audit_chain_mark_purged(const uint8 key[MAC_KEY_LENGTH],
									const Seal *seal);

/* What its MACs have to be. */
extern void audit_seal_mac(const uint8 key[MAC_KEY_LENGTH], const Seal *seal,
						   uint8 mac[MAC_LENGTH]);
extern void audit_seal_purged_mac(const uint8 key[MAC_KEY_LENGTH],
								  const Seal *seal, uint8 mac[MAC_LENGTH]);

#endif							/* AGENT_AUTH_AUDIT_CHAIN_H */
