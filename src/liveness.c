/*
 * liveness.c
 *		How every backend hears that a key, a session or an agent has died.
 *
 * Triggers invalidate the relation cache entry of agent_auth.liveness, an
 * empty table.  PostgreSQL carries that to every backend at commit, takes it
 * back on rollback, and to standbys in the commit record.  (A relation of its
 * own: invalidating the session table's would throw away every plan on it.)
 */
#include "compat.h"

#include "access/parallel.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "commands/async.h"
#include "commands/trigger.h"
#include "common/hashfn.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "liveness.h"

SQL_FUNCTION(agent_auth_signal_liveness);

#define SIGNING_KEY_TABLE "signing_key"

static uint64 epoch = 1;

/* InvalidOid while unknown: then any invalidation counts. */
static Oid	liveness_relation = InvalidOid;

static void
relation_changed(Datum arg, Oid relation)
{
	if (OidIsValid(relation) && OidIsValid(liveness_relation) &&
		relation != liveness_relation)
		return;
	epoch++;

	/* The extension may have been dropped and created anew. */
	liveness_relation = InvalidOid;
}

/*
 * Of the snapshot by which a parallel query's leader reads: the same for the
 * same snapshot, and no other's.  Of two with one end, the later sees fewer
 * transactions running, or more commands of its own.
 */
static uint64
epoch_of_query(void)
{
	Snapshot	snapshot = GetActiveSnapshot();
	uint32		version[4];

	version[0] = snapshot->xmax;
	version[1] = snapshot->xcnt;
	version[2] = (uint32) snapshot->subxcnt;
	version[3] = snapshot->curcid;
	return UINT64CONST(1) << 63 |
		hash_bytes_extended((const unsigned char *) version, sizeof(version), 0);
}

static Oid
find_relation(void)
{
	Oid			schema = get_namespace_oid("agent_auth", true);

	return OidIsValid(schema) ? get_relname_relid("liveness", schema) :
		InvalidOid;
}

uint64
liveness_epoch(void)
{
	static bool registered = false;

	if (!registered)
	{
		CacheRegisterRelcacheCallback(relation_changed, (Datum) 0);
		registered = true;
	}

	/* A long transaction takes no locks and would not hear otherwise. */
	AcceptInvalidationMessages();
	if (!OidIsValid(liveness_relation))
		liveness_relation = find_relation();
	return IsInParallelMode() && !IsParallelWorker() ? epoch_of_query() : epoch;
}

/*
 * PostgREST has keys of its own, which it reads anew when it hears this; where
 * it does not listen, nobody does.
 */
static void
notify_postgrest(Relation relation)
{
	if (strcmp(RelationGetRelationName(relation), SIGNING_KEY_TABLE) == 0)
		Async_Notify("pgrst", "reload config");
}

/*
 * signal_liveness() returns trigger
 *
 * For any table and any time; what is worth a signal is said in the trigger's
 * WHEN clause.
 */
Datum
agent_auth_signal_liveness(PG_FUNCTION_ARGS)
{
	Oid			relation;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" was not called as a trigger",
						"signal_liveness")));

	relation = find_relation();
	if (OidIsValid(relation))
		CacheInvalidateRelcacheByRelid(relation);
	notify_postgrest(((TriggerData *) fcinfo->context)->tg_relation);
	PG_RETURN_POINTER(NULL);
}
