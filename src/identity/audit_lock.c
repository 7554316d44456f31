/*
 * audit_lock.c
 *		Only one at a time extends the chain of seals, or shortens it.
 */
#include "compat.h"

#include "catalog/namespace.h"
#include "storage/lmgr.h"
#include "storage/proc.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "executor/spi.h"
#include "identity/audit_lock.h"
#include "query.h"

#define WAIT_MAX_MS (60 * 1000)

static Oid
seal_relation(void)
{
	return get_relname_relid("audit_seal",
							 get_namespace_oid("agent_auth", false));
}

bool
audit_lock_try(void)
{
	return ConditionalLockRelationOid(seal_relation(), ShareUpdateExclusiveLock);
}

static char *
find_holders(void)
{
	static PreparedQuery query = {
		"SELECT pg_catalog.string_agg(COALESCE("
		"  'process ' OPERATOR(pg_catalog.||) l.pid::pg_catalog.text,"
		"  'prepared transaction \"' OPERATOR(pg_catalog.||)"
		"  pg_catalog.regexp_replace(p.gid, '[^ -~]', '?', 'g')"
		"  OPERATOR(pg_catalog.||) '\"', 'a prepared transaction'), ', ')"
		" FROM pg_catalog.pg_locks l"
		" LEFT JOIN pg_catalog.pg_locks x ON l.pid IS NULL"
		"  AND x.virtualtransaction OPERATOR(pg_catalog.=) l.virtualtransaction"
		"  AND x.pid IS NULL AND x.mode OPERATOR(pg_catalog.=) 'ExclusiveLock'"
		"  AND x.transactionid IS NOT NULL"
		" LEFT JOIN pg_catalog.pg_prepared_xacts p"
		"  ON p.transaction OPERATOR(pg_catalog.=) x.transactionid"
		" WHERE l.relation OPERATOR(pg_catalog.=) 'agent_auth.audit_seal'::pg_catalog.regclass"
		"  AND l.database OPERATOR(pg_catalog.=) (SELECT d.oid"
		"   FROM pg_catalog.pg_database d"
		"   WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database())"
		"  AND l.granted AND l.mode OPERATOR(pg_catalog.<>) ALL (ARRAY["
		"   'AccessShareLock', 'RowShareLock', 'RowExclusiveLock'])",
		{InvalidOid}
	};
	char	   *holders;

	SPI_connect();
	query_read_latest(&query, NULL);
	holders = query_text(0, 1);
	if (holders != NULL)
		holders = MemoryContextStrdup(TopTransactionContext, holders);
	SPI_finish();
	return holders;
}

static void
tell_holders(void *holders)
{
	if (holders != NULL)
		errcontext("waiting for the seals on the audit trail, locked by %s",
				   (char *) holders);
}

void
audit_lock_wait(void)
{
	ErrorContextCallback callback = {error_context_stack, tell_holders, NULL};
	int			level;

	if (audit_lock_try())
		return;
	callback.arg = find_holders();
	level = NewGUCNestLevel();
	if (LockTimeout <= 0 || LockTimeout > WAIT_MAX_MS)
		(void) set_config_option("lock_timeout", "60s", PGC_USERSET,
								 PGC_S_SESSION, GUC_ACTION_SAVE, true, 0,
								 false);
	error_context_stack = &callback;
	LockRelationOid(seal_relation(), ShareUpdateExclusiveLock);
	error_context_stack = callback.previous;
	AtEOXact_GUC(true, level);
}
