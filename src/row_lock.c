/*
 * row_lock.c
 *		Locking rows that clients lock as well, for no longer than a limit.
 *
 * A refresh locks the row of its session, a login that of its agent, and a
 * client that calls by SQL may leave its transaction open for ever.  Whoever
 * ends sessions then gets an error that says which process, or which prepared
 * transaction, is in the way.
 */
#include "compat.h"

#include "access/subtrans.h"
#include "access/transam.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "storage/proc.h"
#include "storage/procarray.h"
#include "utils/guc.h"
#include "utils/resowner.h"

#include "row_lock.h"

/* Unless the caller waits for less anyway. */
static void
limit_waiting(void)
{
	char		limit[16];

	if (LockTimeout > 0 && LockTimeout <= ROW_LOCK_SECONDS * 1000)
		return;
	snprintf(limit, sizeof(limit), "%ds", ROW_LOCK_SECONDS);
	(void) set_config_option("lock_timeout", limit, PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
}

/* In a subtransaction, which brings back the caller's limit as it ends. */
static void
wait_for_rows(RowLock *lock, Datum *values)
{
	int			level = NewGUCNestLevel();

	limit_waiting();
	query_run(&lock->wait, values, NULL);
	AtEOXact_GUC(true, level);
}

/* False when it took too long. */
static bool
try_waiting(RowLock *lock, Datum *values)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData  *volatile error = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		wait_for_rows(lock, values);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	if (error == NULL)
		return true;
	if (error->sqlerrcode != ERRCODE_LOCK_NOT_AVAILABLE)
		ReThrowError(error);
	return false;
}

/* What a message says of those that hold a lock, and how to be rid of them. */
typedef struct Holders
{
	StringInfoData names;
	StringInfoData remedies;
} Holders;

static void
append(StringInfo list, const char *before, const char *name, const char *after)
{
	appendStringInfo(list, "%s%s%s%s", list->len == 0 ? "" : ", ", before, name,
					 after);
}

/* A row has the number of the subtransaction that has locked it. */
static void
add_holder(Holders *holders, TransactionId locker)
{
	static PreparedQuery query = {
		"SELECT l.pid::pg_catalog.text,"
		"  pg_catalog.regexp_replace(p.gid, '[^ -~]', '?', 'g')"
		" FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_prepared_xacts p"
		"  ON p.transaction OPERATOR(pg_catalog.=) l.transactionid"
		" WHERE l.transactionid OPERATOR(pg_catalog.=) $1 AND l.granted",
		{XIDOID}
	};
	Datum		value;
	const char *pid;
	const char *gid;

	if (!TransactionIdIsInProgress(locker) ||
		TransactionIdIsCurrentTransactionId(locker))
		return;
	value = TransactionIdGetDatum(SubTransGetTopmostTransaction(locker));
	if (query_read_latest(&query, &value) == 0)
		return;
	pid = query_text(0, 1);
	gid = query_text(0, 2);
	if (pid != NULL)
	{
		append(&holders->names, "process ", pid, "");
		append(&holders->remedies, "pg_terminate_backend(", pid, ")");
	}
	else if (gid != NULL)
	{
		append(&holders->names, "prepared transaction \"", gid, "\"");
		append(&holders->remedies, "ROLLBACK PREPARED '", gid, "'");
	}
}

static void
complain(RowLock *lock, Datum *values)
{
	Holders		holders;
	int			n = (int) query_read_latest(&lock->lockers, values);
	TransactionId *lockers = palloc((n + 1) * sizeof(TransactionId));
	int			i;

	for (i = 0; i < n; i++)
		lockers[i] = DatumGetTransactionId(query_value(i, 1, NULL));
	initStringInfo(&holders.names);
	initStringInfo(&holders.remedies);
	for (i = 0; i < n; i++)
		add_holder(&holders, lockers[i]);
	if (holders.names.len == 0)
	{
		append(&holders.names, "unknown, see pg_locks", "", "");
		append(&holders.remedies, "pg_terminate_backend()", "", "");
	}
	ereport(ERROR,
			(errcode(ERRCODE_LOCK_NOT_AVAILABLE),
			 errmsg("rows of \"agent_auth.%s\" are locked by another transaction",
					lock->table),
			 errdetail("It did not end in time. The lock is held by: %s.",
					   holders.names.data),
			 errhint("End it, and try again: %s.", holders.remedies.data)));
}

void
row_lock(RowLock *lock, Datum *values)
{
	query_run(&lock->try, values, NULL);
	if (!DatumGetBool(query_value(0, 1, NULL)))
		return;
	if (!try_waiting(lock, values))
		complain(lock, values);
}
