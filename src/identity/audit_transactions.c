/*
 * audit_transactions.c
 *		Which transactions of this server are over.
 */
#include "postgres.h"

#include "access/transam.h"
#include "access/xact.h"
#include "utils/timestamp.h"

#include "executor/spi.h"
#include "identity/audit_transactions.h"
#include "query.h"

/* As many that have begun, and not ended, are worth naming one by one. */
#define MAX_LATEST 64

/*
 * A snapshot knows who is open up to the latest transaction that has ended.
 * After that one, all that have begun are open.
 */
static uint64
read_snapshot(XidSet *open)
{
	static PreparedQuery query = {
		"SELECT pg_catalog.pg_snapshot_xmax(s),"
		" ARRAY(SELECT x FROM pg_catalog.pg_snapshot_xip(s) x ORDER BY x)"
		" FROM pg_catalog.pg_current_snapshot() s",
		{InvalidOid}
	};
	uint64		xmax;

	query_read_latest(&query, NULL);
	xmax = (uint64) DatumGetInt64(query_value(0, 1, NULL));
	*open = xid_set_read(query_value(0, 2, NULL));
	SPI_freetuptable(SPI_tuptable);
	return xmax;
}

static XidSet
range(uint64 from, uint64 until)
{
	XidSet		all = {0, palloc(sizeof(uint64) * (until - from))};

	while (from < until)
		all.xids[all.n++] = from++;
	return all;
}

/*
 * The next transaction is asked for before the snapshot is taken, and the time
 * before that: so no later one began before that time.  The snapshot leaves out
 * the transaction that takes it.
 *
 * A number may be used again after a crash, if nothing of its transaction was
 * written: never that of one that is over, since its end was written before any
 * seal that counts on it.
 */
void
audit_transactions_read(Transactions *transactions)
{
	FullTransactionId own = GetTopFullTransactionIdIfAny();
	uint64		own_xid = U64FromFullTransactionId(own);
	XidSet		ours = {FullTransactionIdIsValid(own) ? 1 : 0, &own_xid};
	XidSet		open;
	uint64		xmax;

	transactions->at = GetCurrentTimestamp();
	transactions->next = U64FromFullTransactionId(ReadNextFullTransactionId());
	xmax = read_snapshot(&open);
	transactions->until = Min(xmax, transactions->next);
	if (xmax < transactions->next && transactions->next - xmax <= MAX_LATEST)
	{
		XidSet		latest = range(xmax, transactions->next);

		transactions->until = transactions->next;
		open = xid_set_union(&open, &latest, transactions->until);
	}
	transactions->open = xid_set_union(&open, &ours, transactions->until);
}

uint64
audit_transactions_first_open(const Transactions *transactions,
							  const XidSet *except)
{
	for (int i = 0; i < transactions->open.n; i++)
		if (!xid_set_has(except, transactions->open.xids[i]))
			return transactions->open.xids[i];
	return transactions->until;
}

uint64
audit_transactions_after_over(const Transactions *transactions)
{
	uint64		until = transactions->until;

	while (until > 0 && xid_set_has(&transactions->open, until - 1))
		until--;
	return until;
}
