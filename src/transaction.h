/*
 * transaction.h
 *		Hearing of the end of transactions.
 */
#ifndef AGENT_AUTH_TRANSACTION_H
#define AGENT_AUTH_TRANSACTION_H

#include "access/xact.h"

/*
 * Has both called from now on in this backend, "at_subtransaction_end" unless it
 * is NULL.  Once: *listening, which the caller keeps, says that it was done.
 */
extern void transaction_listen(bool *listening, XactCallback at_end,
							   SubXactCallback at_subtransaction_end);

#endif							/* AGENT_AUTH_TRANSACTION_H */
