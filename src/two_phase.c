/*
 * two_phase.c
 *		Transactions that cannot be prepared for a two-phase commit.
 */
#include "compat.h"

#include "access/xact.h"

#include "transaction.h"
#include "two_phase.h"

static bool forbidden = false;

static void
end_transaction(XactEvent event, void *arg)
{
	switch (event)
	{
		case XACT_EVENT_PRE_PREPARE:
			if (forbidden)
				ereport(ERROR,
						(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						 errmsg("cannot PREPARE a transaction in which a client has opened, refreshed or ended a session"),
						 errhint("Log in, refresh and revoke in transactions of their own.")));
			break;
		case XACT_EVENT_COMMIT:
		case XACT_EVENT_ABORT:
		case XACT_EVENT_PREPARE:
			forbidden = false;
			break;
		default:
			break;
	}
}

void
two_phase_forbid(void)
{
	static bool listening = false;

	transaction_listen(&listening, end_transaction, NULL);
	forbidden = true;
}
