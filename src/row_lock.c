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
#include "utils/datum.h"
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

static Datum
lock_rows(RowLock *lock, Datum *values, bool *none)
{
	int			level = NewGUCNestLevel();
	Datum		ids;

	limit_waiting();
	query_run(&lock->lock, values, NULL);
	ids = query_value(0, 1, none);
	if (!*none)
		ids = datumCopy(ids, false, -1);
	AtEOXact_GUC(true, level);
	return ids;
}

/*
 * In a subtransaction, so that it can be asked who was in the way where it took
 * too long; then false.
 */
static bool
try_locking(RowLock *lock, Datum *values, Datum *ids, bool *none)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData  *volatile error = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		*ids = lock_rows(lock, values, none);
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

/* The transactions that have the rows' marks, palloc'd; some may be over. */
static TransactionId *
read_lockers(RowLock *lock, Datum *values, int *n)
{
	TransactionId *lockers;
	int			i;

	*n = (int) query_read_latest(&lock->lockers, values);
	lockers = palloc((*n + 1) * sizeof(TransactionId));
	for (i = 0; i < *n; i++)
		lockers[i] = DatumGetTransactionId(query_value(i, 1, NULL));
	return lockers;
}

/*
 * Asked first, since a subtransaction costs another mark on each row.  Somebody
 * who comes in between is waited for as long, and not named.
 */
static bool
is_locked(RowLock *lock, Datum *values)
{
	int			n;
	TransactionId *lockers = read_lockers(lock, values, &n);
	int			i;

	for (i = 0; i < n; i++)
		if (TransactionIdIsInProgress(lockers[i]) &&
			!TransactionIdIsCurrentTransactionId(lockers[i]))
			return true;
	return false;
}

static void
complain(RowLock *lock, Datum *values)
{
	Holders		holders;
	int			n;
	TransactionId *lockers = read_lockers(lock, values, &n);
	int			i;

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

Datum
row_lock(RowLock *lock, Datum *values, bool *none)
{
	Datum		ids;

	if (!is_locked(lock, values))
		return lock_rows(lock, values, none);
	if (!try_locking(lock, values, &ids, none))
		complain(lock, values);
	return ids;
}
