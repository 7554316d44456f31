/*
 * transaction.c
 *		Hearing of the end of transactions.
 */
#include "compat.h"

#include "transaction.h"

void
transaction_listen(bool *listening, XactCallback at_end,
				   SubXactCallback at_subtransaction_end)
{
	if (*listening)
		return;
	RegisterXactCallback(at_end, NULL);
	if (at_subtransaction_end != NULL)
		RegisterSubXactCallback(at_subtransaction_end, NULL);
	*listening = true;
}
