/*
 * audit.c
 *		The trail: who did what, when, from where.
 *
 * A row commits together with what it tells of.  It holds nothing secret.
 */
#include "compat.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/inet.h"
#include "utils/uuid.h"

#include "identity/audit.h"
#include "identity/audit_log.h"
#include "query.h"

SQL_FUNCTION(agent_auth_refuse_change);
SQL_FUNCTION(agent_auth_system_identifier);

#define REFERENCE_MAX_BYTES 255

static bool change_allowed = false;

void
audit_attempt(const char *event, int64 agent_id, const char *username,
			  const Client *client)
{
	static PreparedQuery query = {
		"INSERT INTO agent_auth.audit"
		" (event, agent_id, username, peer, user_agent)"
		" VALUES ($1, $2, $3, $4, $5)",
		{TEXTOID, INT8OID, TEXTOID, INETOID, TEXTOID}
	};
	Datum		values[5];
	char		nulls[5] = {' ', ' ', ' ', ' ', ' '};

	values[0] = CStringGetTextDatum(event);
	values[1] = Int64GetDatum(agent_id);
	nulls[1] = agent_id == 0 ? 'n' : ' ';
	values[2] = query_text_argument(username, &nulls[2]);
	values[3] = InetPGetDatum(client->peer);
	nulls[3] = client->peer == NULL ? 'n' : ' ';
	values[4] = query_text_argument(client->user_agent, &nulls[4]);
	query_run(&query, values, nulls);
}

void
audit_session(const char *event, const pg_uuid_t *session_id, int64 agent_id,
			  const Client *client)
{
	static PreparedQuery query = {
		"INSERT INTO agent_auth.audit"
		" (event, agent_id, username, customer_reference, session_id, peer,"
		"  user_agent)"
		" SELECT $1, $2, a.username, s.customer_reference, $3, $4, $5"
		" FROM agent_auth.agent a LEFT JOIN agent_auth.session s"
		"  ON s.id OPERATOR(pg_catalog.=) $3"
		" WHERE a.id OPERATOR(pg_catalog.=) $2",
		{TEXTOID, INT8OID, UUIDOID, INETOID, TEXTOID}
	};
	Datum		values[5];
	char		nulls[5] = {' ', ' ', ' ', ' ', ' '};

	values[0] = CStringGetTextDatum(event);
	values[1] = Int64GetDatum(agent_id);
	values[2] = UUIDPGetDatum(session_id);
	values[3] = InetPGetDatum(client->peer);
	nulls[3] = client->peer == NULL ? 'n' : ' ';
	values[4] = query_text_argument(client->user_agent, &nulls[4]);
	query_run(&query, values, nulls);
}

/* What anybody may send is not kept at any length. */
static char *
clip(const char *string)
{
	return pnstrdup(string, pg_mbcliplen(string, (int) strlen(string),
										 REFERENCE_MAX_BYTES));
}

void
audit_refusal(const char *event, int64 agent_id, const pg_uuid_t *session_id,
			  const char *reference, const Client *client)
{
	static PreparedQuery query = {
		"INSERT INTO agent_auth.audit"
		" (event, agent_id, username, customer_reference, session_id, peer,"
		"  user_agent)"
		" SELECT $1, $2, a.username, $3, $4, $5, $6 FROM agent_auth.agent a"
		" WHERE a.id OPERATOR(pg_catalog.=) $2",
		{TEXTOID, INT8OID, TEXTOID, UUIDOID, INETOID, TEXTOID}
	};
	Datum		values[6];
	char		nulls[6] = {' ', ' ', ' ', ' ', ' ', ' '};

	values[0] = CStringGetTextDatum(event);
	values[1] = Int64GetDatum(agent_id);
	values[2] = query_text_argument(reference == NULL ? NULL : clip(reference),
									&nulls[2]);
	values[3] = UUIDPGetDatum(session_id);
	values[4] = InetPGetDatum(client->peer);
	nulls[4] = client->peer == NULL ? 'n' : ' ';
	values[5] = query_text_argument(client->user_agent, &nulls[5]);
	query_run(&query, values, nulls);
	audit_log_if_aborted(psprintf(INT64_FORMAT ": %s", agent_id, event),
						 session_id, client, NULL);
}

static char *
describe_search(int64 agent_id, int64 hits, bool exact)
{
	return psprintf(INT64_FORMAT " searched for customers: %s" INT64_FORMAT " hits",
					agent_id, exact ? "" : "more than ", hits);
}

void
audit_search(int64 agent_id, const pg_uuid_t *session_id, int64 hits,
			 bool exact, const char *term, const Client *client)
{
	static PreparedQuery query = {
		"INSERT INTO agent_auth.audit"
		" (event, agent_id, username, session_id, peer, user_agent, detail)"
		" SELECT 'customers_searched', $1, a.username, $2, $3, $4,"
		"  pg_catalog.jsonb_build_object('hits', $5, 'exact', $6)"
		"   OPERATOR(pg_catalog.||) CASE WHEN $7 IS NULL THEN '{}'"
		"    ELSE pg_catalog.jsonb_build_object('term', $7) END"
		" FROM agent_auth.agent a WHERE a.id OPERATOR(pg_catalog.=) $1",
		{INT8OID, UUIDOID, INETOID, TEXTOID, INT8OID, BOOLOID, TEXTOID}
	};
	char	   *what = describe_search(agent_id, hits, exact);
	char	   *hint = term == NULL ? NULL :
	psprintf("The term was \"%s\".", clip(term));
	Datum		values[7];
	char		nulls[7] = {' ', ' ', ' ', ' ', ' ', ' ', ' '};

	if (XactReadOnly)
	{
		audit_log_now(what, session_id, client, hint);
		return;
	}
	values[0] = Int64GetDatum(agent_id);
	values[1] = UUIDPGetDatum(session_id);
	values[2] = InetPGetDatum(client->peer);
	nulls[2] = client->peer == NULL ? 'n' : ' ';
	values[3] = query_text_argument(client->user_agent, &nulls[3]);
	values[4] = Int64GetDatum(hits);
	values[5] = BoolGetDatum(exact);
	values[6] = query_text_argument(term == NULL ? NULL : clip(term), &nulls[6]);
	query_run(&query, values, nulls);
	audit_log_if_aborted(what, session_id, client, hint);
}

void
audit_reading(const char *event, int64 agent_id, const pg_uuid_t *session_id,
			  const Client *client)
{
	char	   *what = psprintf(INT64_FORMAT ": %s", agent_id, event);

	if (XactReadOnly)
	{
		audit_log_now(what, session_id, client, NULL);
		return;
	}
	audit_session(event, session_id, agent_id, client);
	audit_log_if_aborted(what, session_id, client, NULL);
}

void
audit_impersonation(const Session *session, const Client *client)
{
	audit_log_if_aborted(psprintf(INT64_FORMAT ": impersonation_began, as customer \"%s\"",
								  session->agent_id,
								  session->customer_reference),
						 &session->id, client, NULL);
}

/* The role as SET ROLE left it: the function's own owner tells nothing. */
void
audit_administration(const char *event, int64 agent_id, const char *username,
					 const char *name, const char *value)
{
	static PreparedQuery query = {
		"INSERT INTO agent_auth.audit"
		" (event, agent_id, username, peer, detail)"
		" VALUES ($1, $2, $3, pg_catalog.inet_client_addr(),"
		"  pg_catalog.jsonb_build_object('session_user', SESSION_USER, 'role', $4)"
		"   OPERATOR(pg_catalog.||)"
		"  CASE WHEN $5 IS NULL THEN '{}'"
		"   ELSE pg_catalog.jsonb_build_object($5, $6) END)",
		{TEXTOID, INT8OID, TEXTOID, TEXTOID, TEXTOID, TEXTOID}
	};
	Datum		values[6];
	char		nulls[6] = {' ', ' ', ' ', ' ', ' ', ' '};

	values[0] = CStringGetTextDatum(event);
	values[1] = Int64GetDatum(agent_id);
	nulls[1] = agent_id == 0 ? 'n' : ' ';
	values[2] = query_text_argument(username, &nulls[2]);
	values[3] = CStringGetTextDatum(GetUserNameFromId(GetOuterUserId(), false));
	values[4] = query_text_argument(name, &nulls[4]);
	values[5] = query_text_argument(value, &nulls[5]);
	query_run(&query, values, nulls);
}

void
audit_session_administration(const char *event, const pg_uuid_t *session_id)
{
	static PreparedQuery query = {
		"INSERT INTO agent_auth.audit (event, agent_id, username,"
		"  customer_reference, session_id, peer, detail)"
		" SELECT $1, s.agent_id, a.username, s.customer_reference, s.id,"
		"  pg_catalog.inet_client_addr(),"
		"  pg_catalog.jsonb_build_object('session_user', SESSION_USER, 'role', $3)"
		" FROM agent_auth.session s LEFT JOIN agent_auth.agent a"
		"  ON a.id OPERATOR(pg_catalog.=) s.agent_id"
		" WHERE s.id OPERATOR(pg_catalog.=) $2",
		{TEXTOID, UUIDOID, TEXTOID}
	};
	Datum		values[3];

	values[0] = CStringGetTextDatum(event);
	values[1] = UUIDPGetDatum(session_id);
	values[2] = CStringGetTextDatum(GetUserNameFromId(GetOuterUserId(), false));
	query_run(&query, values, NULL);
}

void
audit_allow_change(bool allowed)
{
	change_allowed = allowed;
}

/* refuse_change() returns trigger: what keeps the trail append-only */
Datum
agent_auth_refuse_change(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" was not called as a trigger",
						"refuse_change")));
	if (change_allowed && !TRIGGER_FIRED_BY_TRUNCATE(trigger->tg_event))
		return (Datum) 0;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("rows of \"%s\" are not changed, only added",
					RelationGetRelationName(trigger->tg_relation)),
			 errhint("agent_auth.purge() deletes what is old.")));
	return (Datum) 0;
}

/* system_identifier() returns bigint: of the server, as pg_control_system() */
Datum
agent_auth_system_identifier(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64((int64) GetSystemIdentifier());
}
