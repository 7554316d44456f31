/*
 * audit_transactions.h
 *		Which transactions of this server are over.
 */
#ifndef AGENT_AUTH_AUDIT_TRANSACTIONS_H
#define AGENT_AUTH_AUDIT_TRANSACTIONS_H

#include "identity/audit_batch.h"

/* Those before "until" are over, but for those in "open". */
typedef struct Transactions
{
	uint64		until;
	XidSet		open;			/* of any database, prepared ones too */
	uint64		next;			/* the first that had not begun; 0: unknown */
	TimestampTz at;				/* and when that was */
} Transactions;

/* Inside SPI; what is in it is palloc'd. */
extern void audit_transactions_read(Transactions *transactions);

/* The first that is open, and not among some; or "until". */
extern uint64 audit_transactions_first_open(const Transactions *transactions,
											const XidSet *except);

/* The one after the last that is over; 0 without any. */
extern uint64 audit_transactions_after_over(const Transactions *transactions);

#endif							/* AGENT_AUTH_AUDIT_TRANSACTIONS_H */
