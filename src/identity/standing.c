/*
 * standing.c
 *		Whether the tokens of a session are good.
 *
 * Asked for every token that a backend has not seen: so rows are read by
 * their primary keys directly, which costs a tenth of a query.
 */
#include "compat.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "identity/standing.h"
#include "liveness.h"
#include "query.h"
#include "settings.h"

/*
 * Columns by number, as in sql/agent_auth.sql; 08_verify compares the two.  The
 * key is the first of each table.
 */
enum
{
	SESSION_AGENT_ID = 3,
	SESSION_PARENT_ID = 4,
	SESSION_CUSTOMER_REFERENCE = 5,
	SESSION_REFRESHED_AT = 10,
	SESSION_EXPIRES_AT = 11,
	SESSION_ENDED_AT = 12,
	AGENT_ACTIVE = 4
};

/* Agents that were active when liveness had that epoch. */
#define KNOWN_AGENTS 64

static struct
{
	int64		id;
	uint64		epoch;
}			known_agents[KNOWN_AGENTS];

/* A row of one of our tables, found by its primary key. */
typedef struct Row
{
	Relation	relation;
	SysScanDesc scan;
	HeapTuple	tuple;			/* NULL: there is none */
} Row;

static void
open_row(Row *row, const char *table, Snapshot snapshot, RegProcedure equal,
		 Datum key)
{
	Oid			schema = get_namespace_oid("agent_auth", false);
	ScanKeyData scan_key;

	ScanKeyInit(&scan_key, 1, BTEqualStrategyNumber, equal, key);
	row->relation = table_open(get_relname_relid(table, schema),
							   AccessShareLock);
	row->scan = systable_beginscan(row->relation,
								   PRIMARY_KEY_INDEX(row->relation), true,
								   snapshot, 1, &scan_key);
	row->tuple = systable_getnext(row->scan);
}

/* The lock stays until the transaction ends, as a query's does. */
static void
close_row(Row *row)
{
	systable_endscan(row->scan);
	table_close(row->relation, NoLock);
}

static Datum
column(const Row *row, int number, bool *isnull)
{
	return heap_getattr(row->tuple, number, RelationGetDescr(row->relation),
						isnull);
}

/* False when it is not alive; else until when it is. */
static bool
is_alive(const Row *session, TimestampTz *expires_at)
{
	bool		open;
	bool		isnull;

	if (session->tuple == NULL)
		return false;
	column(session, SESSION_ENDED_AT, &open);
	*expires_at = DatumGetTimestampTz(column(session, SESSION_EXPIRES_AT,
											 &isnull));
	return open && GetCurrentTimestamp() < *expires_at;
}

static bool
read_session(const pg_uuid_t *id, Snapshot snapshot,
			 SessionIdentity *identity, pg_uuid_t *parent, bool *has_parent)
{
	Row			session;
	Datum		value;
	bool		isnull;
	bool		alive;

	open_row(&session, "session", snapshot, F_UUID_EQ, UUIDPGetDatum(id));
	alive = is_alive(&session, &identity->expires_at);
	if (alive)
	{
		identity->agent_id = DatumGetInt64(column(&session, SESSION_AGENT_ID,
												  &isnull));
		value = column(&session, SESSION_CUSTOMER_REFERENCE, &isnull);
		identity->customer_reference = isnull ? NULL :
			TextDatumGetCString(value);
		identity->parent_refreshed_at = 0;
		value = column(&session, SESSION_PARENT_ID, &isnull);
		*has_parent = !isnull;
		if (*has_parent)
			*parent = *DatumGetUUIDP(value);
	}
	close_row(&session);
	return alive;
}

static bool
read_parent(const pg_uuid_t *id, Snapshot snapshot, SessionIdentity *identity)
{
	Row			session;
	TimestampTz expires_at;
	bool		isnull;
	bool		alive;

	open_row(&session, "session", snapshot, F_UUID_EQ, UUIDPGetDatum(id));
	alive = is_alive(&session, &expires_at);
	if (alive)
	{
		identity->expires_at = Min(identity->expires_at, expires_at);
		identity->parent_refreshed_at =
			DatumGetTimestampTz(column(&session, SESSION_REFRESHED_AT, &isnull));
	}
	close_row(&session);
	return alive && !standing_is_over(identity);
}

static bool
read_agent(int64 id, Snapshot snapshot)
{
	Row			agent;
	bool		isnull;
	bool		active;

	open_row(&agent, "agent", snapshot, F_INT8EQ, Int64GetDatum(id));
	active = agent.tuple != NULL &&
		DatumGetBool(column(&agent, AGENT_ACTIVE, &isnull));
	close_row(&agent);
	return active;
}

/*
 * What a transaction has written itself may be rolled back: a session that it
 * has opened must not be remembered.
 */
bool
standing_may_be_kept(void)
{
	return !TransactionIdIsValid(GetTopTransactionIdIfAny());
}

/* Whatever makes an agent inactive changes the epoch. */
static bool
agent_is_active(int64 id, Snapshot snapshot, uint64 epoch)
{
	int			i = (int) ((uint64) id % KNOWN_AGENTS);

	if (known_agents[i].id == id && known_agents[i].epoch == epoch)
		return true;
	if (!read_agent(id, snapshot))
		return false;
	if (standing_may_be_kept())
	{
		known_agents[i].id = id;
		known_agents[i].epoch = epoch;
	}
	return true;
}

/*
 * The epoch comes before the snapshot: what dies after that, perhaps while a
 * lock is waited for, must not be kept under the number that tells of it.
 */
bool
standing_of(const pg_uuid_t *id, SessionIdentity *identity)
{
	uint64		epoch = liveness_epoch();
	Snapshot	snapshot = RegisterSnapshot(query_latest_snapshot());
	pg_uuid_t	parent;
	bool		has_parent;
	bool		good;

	good = read_session(id, snapshot, identity, &parent, &has_parent) &&
		(!has_parent || read_parent(&parent, snapshot, identity)) &&
		agent_is_active(identity->agent_id, snapshot, epoch);
	UnregisterSnapshot(snapshot);
	return good;
}

/*
 * A parent that nobody has refreshed for so long that no token of it can be
 * good has ended, and with it what hangs on it.
 */
bool
standing_is_over(const SessionIdentity *identity)
{
	TimestampTz now = GetCurrentTimestamp();

	return now >= identity->expires_at ||
		(identity->parent_refreshed_at != 0 &&
		 now >= identity->parent_refreshed_at +
		 settings_idle_limit() * USECS_PER_SEC);
}
