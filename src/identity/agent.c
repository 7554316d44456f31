/*
 * agent.c
 *		The people who may log in.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "identity/agent.h"
#include "identity/username.h"
#include "query.h"
#include "row_lock.h"

bool
agent_find(const char *normalized, Agent *agent)
{
	static PreparedQuery query = {
		"SELECT id, username, password_hash, active FROM agent_auth.agent"
		" WHERE agent_auth.normalize_username(username)"
		"  OPERATOR(pg_catalog.=) $1",
		{TEXTOID}
	};
	Datum		name = CStringGetTextDatum(normalized);

	memset(agent, 0, sizeof(Agent));
	if (query_read_latest(&query, &name) == 0)
		return false;
	agent->id = DatumGetInt64(query_value(0, 1, NULL));
	agent->username = TextDatumGetCString(query_value(0, 2, NULL));
	agent->password_hash = TextDatumGetCString(query_value(0, 3, NULL));
	agent->active = DatumGetBool(query_value(0, 4, NULL));
	return true;
}

void
agent_get(const char *username, Agent *agent)
{
	if (!agent_find(username_normalize(username), agent))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("agent \"%s\" does not exist", username),
				 errhint("agent_auth.create_agent() makes one; table agent_auth.agent has them all.")));
}

int
agent_highest_cost(void)
{
	static PreparedQuery query = {
		"SELECT agent_auth.password_cost(password_hash) FROM agent_auth.agent"
		" ORDER BY agent_auth.password_cost(password_hash) DESC LIMIT 1",
		{InvalidOid}
	};

	if (query_read_latest(&query, NULL) == 0)
		return 0;
	return DatumGetInt32(query_value(0, 1, NULL));
}

void
agent_check_username(const char *username)
{
	const char *weakness = username_weakness(username);

	if (weakness != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the user name is not acceptable"),
				 errdetail_internal("%s", weakness)));
}

static void
refuse_duplicate(const char *username)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNIQUE_VIOLATION),
			 errmsg("agent \"%s\" already exists", username),
			 errdetail("Names that differ only in case, Unicode form or surrounding blanks are one.")));
}

int64
agent_create(const char *username, const char *password_hash)
{
	static PreparedQuery query = {
		"INSERT INTO agent_auth.agent (username, password_hash) VALUES ($1, $2)"
		" ON CONFLICT DO NOTHING RETURNING id",
		{TEXTOID, TEXTOID}
	};
	Datum		values[2];

	values[0] = CStringGetTextDatum(username);
	values[1] = CStringGetTextDatum(password_hash);
	if (query_run(&query, values, NULL) == 0)
		refuse_duplicate(username);
	return DatumGetInt64(query_value(0, 1, NULL));
}

/* Ids that are given later come after this one. */
static void
skip_ids(int64 id)
{
	static PreparedQuery query = {
		"SELECT pg_catalog.setval('agent_auth.agent_id_seq', $1)"
		" FROM agent_auth.agent_id_seq"
		" WHERE last_value OPERATOR(pg_catalog.<=) $1",
		{INT8OID}
	};
	Datum		value = Int64GetDatum(id);

	query_run(&query, &value, NULL);
}

void
agent_create_with_id(int64 id, const char *username, const char *password_hash)
{
	static PreparedQuery query = {
		"INSERT INTO agent_auth.agent (id, username, password_hash)"
		" OVERRIDING SYSTEM VALUE VALUES ($1, $2, $3)"
		" ON CONFLICT (id) DO NOTHING",
		{INT8OID, TEXTOID, TEXTOID}
	};
	Datum		values[3];
	Agent		namesake;

	if (agent_find(username_normalize(username), &namesake))
		refuse_duplicate(username);
	skip_ids(id);
	values[0] = Int64GetDatum(id);
	values[1] = CStringGetTextDatum(username);
	values[2] = CStringGetTextDatum(password_hash);
	if (query_run(&query, values, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNIQUE_VIOLATION),
				 errmsg("an agent with id " INT64_FORMAT " already exists", id)));
}

/* A login that is not committed has locked it. */
static void
lock_row(int64 id)
{
	static RowLock row = ROW_LOCK("agent", "t.id OPERATOR(pg_catalog.=) $1",
								  INT8OID);
	Datum		value = Int64GetDatum(id);
	bool		none;

	row_lock(&row, &value, &none);
}

void
agent_set_password_hash(int64 id, const char *password_hash)
{
	static PreparedQuery query = {
		"UPDATE agent_auth.agent SET password_hash = $2,"
		"  password_changed_at = pg_catalog.clock_timestamp()"
		" WHERE id OPERATOR(pg_catalog.=) $1",
		{INT8OID, TEXTOID}
	};
	Datum		values[2];

	lock_row(id);
	values[0] = Int64GetDatum(id);
	values[1] = CStringGetTextDatum(password_hash);
	query_run(&query, values, NULL);
}

void
agent_set_active(int64 id, bool active)
{
	static PreparedQuery query = {
		"UPDATE agent_auth.agent SET active = $2"
		" WHERE id OPERATOR(pg_catalog.=) $1 AND active IS DISTINCT FROM $2",
		{INT8OID, BOOLOID}
	};
	Datum		values[2];

	lock_row(id);
	values[0] = Int64GetDatum(id);
	values[1] = BoolGetDatum(active);
	query_run(&query, values, NULL);
}

void
agent_set_auditor(int64 id, bool auditor)
{
	static PreparedQuery query = {
		"UPDATE agent_auth.agent SET auditor = $2"
		" WHERE id OPERATOR(pg_catalog.=) $1 AND auditor IS DISTINCT FROM $2",
		{INT8OID, BOOLOID}
	};
	Datum		values[2];

	lock_row(id);
	values[0] = Int64GetDatum(id);
	values[1] = BoolGetDatum(auditor);
	query_run(&query, values, NULL);
}

bool
agent_is_auditor(int64 id)
{
	static PreparedQuery query = {
		"SELECT FROM agent_auth.agent"
		" WHERE id OPERATOR(pg_catalog.=) $1 AND auditor",
		{INT8OID}
	};
	Datum		value = Int64GetDatum(id);

	return query_read_latest(&query, &value) > 0;
}
