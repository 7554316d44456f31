/*
 * audit_batch.h
 *		The rows of the audit trail that one seal is on.
 *
 * They are those of a range of transactions, without a few that were not over
 * when it was sealed; or, later, those of some that were left out.
 */
#ifndef AGENT_AUTH_AUDIT_BATCH_H
#define AGENT_AUTH_AUDIT_BATCH_H

#include "datatype/timestamp.h"
#include "utils/snapshot.h"

#define DIGEST_LENGTH 32		/* SHA-256 */

/* Transactions in ascending order, without duplicates. */
typedef struct XidSet
{
	int			n;
	uint64	   *xids;
} XidSet;

typedef struct Batch
{
	int64		system;
	uint64		from;			/* transactions, this one included */
	uint64		until;			/* and this one not; "from" for left-out ones */
	XidSet		left_out;		/* before "until", and in no seal yet */
	XidSet		late;			/* left out before, and now in this one */
	uint64		next;			/* none from here on had begun; 0: unknown */
	int64		rows;
	TimestampTz first_at;
	TimestampTz last_at;
	uint8		digest[DIGEST_LENGTH];
} Batch;

/* Transaction ids, from whatever they are, as arguments of queries. */
#define XID8(value) Int64GetDatum((int64) (value))

extern XidSet xid_set_read(Datum array);
extern Datum xid_set_datum(const XidSet *set);
extern bool xid_set_has(const XidSet *set, uint64 xid);

/* Those of "a" that are not in "b", palloc'd. */
extern XidSet xid_set_without(const XidSet *a, const XidSet *b);

/* Those of both that are before a transaction, palloc'd. */
extern XidSet xid_set_union(const XidSet *a, const XidSet *b, uint64 before);

/*
 * Inside SPI.  Reads what the rows say, as of a snapshot: sets their number,
 * times and digest.
 */
extern void audit_batch_read(Batch *batch, Snapshot snapshot);

/* Deletes them, and returns their number. */
extern uint64 audit_batch_delete(const Batch *batch);

#endif							/* AGENT_AUTH_AUDIT_BATCH_H */
