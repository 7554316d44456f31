/*
 * session.c
 *		Sessions: what every token hangs on.
 *
 * A session dies by being ended, expiring, or losing its parent or its agent.
 * Nothing makes a dead one live again, except that an agent is enabled: so
 * disabling also ends them.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "crypto/random.h"
#include "identity/session.h"
#include "query.h"
#include "row_lock.h"
#include "settings.h"
#include "two_phase.h"

static void
initialize(Session *session, int max_lifetime)
{
	two_phase_forbid();
	memset(session, 0, sizeof(Session));
	random_uuid(session->id.data);
	session->generation = 1;
	random_bytes(session->nonce, SESSION_NONCE_LENGTH);
	session->has_nonce = true;
	session->created_at = GetCurrentTimestamp();
	session->expires_at = session->created_at + max_lifetime * USECS_PER_SEC;
}

static Datum
nonce_datum(const uint8 nonce[SESSION_NONCE_LENGTH])
{
	bytea	   *value = palloc(VARHDRSZ + SESSION_NONCE_LENGTH);

	SET_VARSIZE(value, VARHDRSZ + SESSION_NONCE_LENGTH);
	memcpy(VARDATA(value), nonce, SESSION_NONCE_LENGTH);
	return PointerGetDatum(value);
}

static Datum
peer_or_null(const Client *client, char *null)
{
	*null = client->peer == NULL ? 'n' : ' ';
	return client->peer == NULL ? (Datum) 0 : InetPGetDatum(client->peer);
}

/*
 * The UPDATE comes first and holds the agent's row until commit: disabling the
 * agent or changing its password either comes before, and then nothing is
 * opened, or after, and then it finds this session to end.
 */
bool
session_open(const Agent *agent, const char *new_hash, const Client *client,
			 Session *session)
{
	static PreparedQuery query = {
		"WITH agent AS ("
		" UPDATE agent_auth.agent SET last_login_at = $5,"
		"   password_hash = COALESCE($3, password_hash)"
		"  WHERE id OPERATOR(pg_catalog.=) $1 AND active"
		"   AND password_hash OPERATOR(pg_catalog.=) $2"
		"  RETURNING id, username"
		"), session AS ("
		" INSERT INTO agent_auth.session (id, kind, agent_id, generation,"
		"   created_at, refreshed_at, expires_at, peer, user_agent, nonce)"
		"  SELECT $4, 'agent', agent.id, $9, $5, $5, $6, $7, $8, $10 FROM agent"
		")"
		" INSERT INTO agent_auth.audit"
		"   (event, agent_id, username, session_id, peer, user_agent)"
		"  SELECT 'login_succeeded', agent.id, agent.username, $4, $7, $8"
		"  FROM agent",
		{INT8OID, TEXTOID, TEXTOID, UUIDOID, TIMESTAMPTZOID, TIMESTAMPTZOID,
		INETOID, TEXTOID, INT4OID, BYTEAOID}
	};
	Datum		values[10] = {0};
	char		nulls[10] = {' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' '};

	initialize(session, setting_session_max_lifetime);
	session->agent_id = agent->id;
	values[0] = Int64GetDatum(agent->id);
	values[1] = CStringGetTextDatum(agent->password_hash);
	values[2] = query_text_argument(new_hash, &nulls[2]);
	values[3] = UUIDPGetDatum(&session->id);
	values[4] = TimestampTzGetDatum(session->created_at);
	values[5] = TimestampTzGetDatum(session->expires_at);
	values[6] = peer_or_null(client, &nulls[6]);
	values[7] = query_text_argument(client->user_agent, &nulls[7]);
	values[8] = Int32GetDatum(session->generation);
	values[9] = nonce_datum(session->nonce);
	return query_run(&query, values, nulls) == 1;
}

/*
 * The parent is not locked: where it ends at the same moment, this session is
 * born dead, since it is asked whether its parent lives each time.
 */
bool
session_open_impersonation(const pg_uuid_t *parent, const Customer *customer,
						   const char *reason, const char *ticket,
						   const Client *client, Session *session)
{
	static PreparedQuery query = {
		"WITH parent AS ("
		" SELECT p.agent_id, a.username,"
		"   LEAST(p.expires_at, $4) AS expires_at"
		"  FROM agent_auth.session p JOIN agent_auth.agent a"
		"   ON a.id OPERATOR(pg_catalog.=) p.agent_id"
		"  WHERE p.id OPERATOR(pg_catalog.=) $1 AND p.kind OPERATOR(pg_catalog.=) 'agent'"
		"   AND p.ended_at IS NULL AND p.expires_at OPERATOR(pg_catalog.>) $3"
		"   AND a.active"
		"), audit AS ("
		" INSERT INTO agent_auth.audit (event, agent_id, username,"
		"   customer_reference, session_id, peer, user_agent, detail)"
		"  SELECT 'impersonation_began', parent.agent_id, parent.username,"
		"   $5, $2, $8, $9, pg_catalog.jsonb_build_object('parent_session', $1,"
		"    'reason', $6, 'ticket', $7, 'expires_at', parent.expires_at)"
		"  FROM parent"
		")"
		" INSERT INTO agent_auth.session (id, kind, agent_id, parent_id,"
		"   customer_reference, reason, ticket, created_at, refreshed_at,"
		"   expires_at, peer, user_agent, nonce)"
		"  SELECT $2, 'impersonation', parent.agent_id, $1, $5, $6, $7, $3, $3,"
		"   parent.expires_at, $8, $9, $10 FROM parent"
		"  RETURNING agent_id, expires_at",
		{UUIDOID, UUIDOID, TIMESTAMPTZOID, TIMESTAMPTZOID, TEXTOID, TEXTOID,
		TEXTOID, INETOID, TEXTOID, BYTEAOID}
	};
	Datum		values[10];
	char		nulls[10] = {' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' '};

	initialize(session, setting_impersonation_ttl);
	values[0] = UUIDPGetDatum(parent);
	values[1] = UUIDPGetDatum(&session->id);
	values[2] = TimestampTzGetDatum(session->created_at);
	values[3] = TimestampTzGetDatum(session->expires_at);
	values[4] = CStringGetTextDatum(customer->reference);
	values[5] = query_text_argument(reason, &nulls[5]);
	values[6] = query_text_argument(ticket, &nulls[6]);
	values[7] = peer_or_null(client, &nulls[7]);
	values[8] = query_text_argument(client->user_agent, &nulls[8]);
	values[9] = nonce_datum(session->nonce);
	if (query_run(&query, values, nulls) == 0)
		return false;
	session->agent_id = DatumGetInt64(query_value(0, 1, NULL));
	session->expires_at = DatumGetTimestampTz(query_value(0, 2, NULL));
	session->customer_reference = customer->reference;
	session->customer_id = customer->id;
	return true;
}

bool
session_read_id(const char *string, pg_uuid_t *id)
{
	/* xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx, as uuid_out() writes it */
	static const int starts[] = {0, 9, 14, 19, 24, 36};
	unsigned char *byte = id->data;
	int			group;
	int			i;

	if (strlen(string) != 36 ||
		strspn(string, "0123456789abcdef-") != 36)
		return false;
	for (group = 0; group < 5; group++)
	{
		if (group > 0 && string[starts[group] - 1] != '-')
			return false;
		for (i = starts[group]; i < starts[group + 1] - (group < 4); i += 2)
		{
			char		digits[3] = {string[i], string[i + 1], '\0'};

			if (strchr(digits, '-') != NULL)
				return false;
			*byte++ = (unsigned char) strtoul(digits, NULL, 16);
		}
	}
	return true;
}

/*
 * Ends those that are locked, and no other: one that somebody else has locked
 * meanwhile would be waited for.  Returns their number.
 */
static uint64
end_sessions(RowLock *rows, Datum *which, const char *reason,
			 const Client *client)
{
	static PreparedQuery query = {
		"WITH ended AS ("
		" UPDATE agent_auth.session"
		"  SET ended_at = pg_catalog.clock_timestamp(), end_reason = $1"
		"  WHERE ended_at IS NULL AND id OPERATOR(pg_catalog.=) ANY ($5)"
		"  RETURNING id, kind, agent_id, customer_reference"
		"), trail AS ("
		" INSERT INTO agent_auth.audit (event, agent_id, username,"
		"   customer_reference, session_id, peer, user_agent, detail)"
		"  SELECT 'impersonation_ended', e.agent_id, a.username,"
		"   e.customer_reference, e.id,"
		"   CASE WHEN $4 THEN pg_catalog.inet_client_addr() ELSE $2 END, $3,"
		"   pg_catalog.jsonb_build_object('reason', $1)"
		"  FROM ended e LEFT JOIN agent_auth.agent a"
		"   ON a.id OPERATOR(pg_catalog.=) e.agent_id"
		"  WHERE e.kind OPERATOR(pg_catalog.=) 'impersonation'"
		")"
		" SELECT pg_catalog.count(*) FROM ended",
		{TEXTOID, INETOID, TEXTOID, BOOLOID, UUIDARRAYOID}
	};
	static const Client nobody = {0};
	const Client *from = client == NULL ? &nobody : client;
	Datum		values[5];
	char		nulls[5] = {' ', ' ', ' ', ' ', ' '};
	bool		none;

	if (client != NULL)
		two_phase_forbid();
	values[4] = row_lock(rows, which, &none);
	if (none)
		return 0;
	values[0] = CStringGetTextDatum(reason);
	values[1] = peer_or_null(from, &nulls[1]);
	values[2] = query_text_argument(from->user_agent, &nulls[2]);
	values[3] = BoolGetDatum(client == NULL);
	query_run(&query, values, nulls);
	return (uint64) DatumGetInt64(query_value(0, 1, NULL));
}

uint64
session_end_all(int64 agent_id, const char *reason, const Client *client)
{
	static RowLock rows = ROW_LOCK("session",
								   "t.ended_at IS NULL AND t.agent_id OPERATOR(pg_catalog.=) $1",
								   INT8OID);
	Datum		value = Int64GetDatum(agent_id);

	return end_sessions(&rows, &value, reason, client);
}

/*
 * $1 is the session, $2 the generation, $3 now, $4 how long a refresh token may
 * be, $5 how long any token, all in seconds, and $6 the nonce.
 */
#define REFRESH_ARGUMENTS UUIDOID, INT4OID, TIMESTAMPTZOID, FLOAT8OID, \
	FLOAT8OID, BYTEAOID

/* Alive as in standing_of(), and its refresh token is within its time. */
#define REFRESHABLE \
	" s.id OPERATOR(pg_catalog.=) $1 AND a.id OPERATOR(pg_catalog.=) s.agent_id" \
	" AND a.active AND s.ended_at IS NULL" \
	" AND s.expires_at OPERATOR(pg_catalog.>) $3" \
	" AND s.refreshed_at OPERATOR(pg_catalog.+)" \
	"  pg_catalog.make_interval(secs => $4) OPERATOR(pg_catalog.>) $3" \
	" AND (s.parent_id IS NULL OR EXISTS (SELECT 1 FROM agent_auth.session p" \
	"  WHERE p.id OPERATOR(pg_catalog.=) s.parent_id AND p.ended_at IS NULL" \
	"   AND p.expires_at OPERATOR(pg_catalog.>) $3" \
	"   AND p.refreshed_at OPERATOR(pg_catalog.+)" \
	"    pg_catalog.make_interval(secs => $5) OPERATOR(pg_catalog.>) $3))"

/* A token of 0.1.0 has no nonce, and a session of 0.1.0 none until refreshed. */
#define IS_NONCE(column) \
	" COALESCE(" column " OPERATOR(pg_catalog.=) $6," \
	"  " column " IS NULL AND $6 IS NULL)"

#define SESSION_COLUMNS \
	" s.agent_id, s.generation, s.created_at, s.expires_at," \
	" s.customer_reference, s.nonce"

/* A row of SESSION_COLUMNS. */
static void
read_session(const pg_uuid_t *id, Session *session)
{
	bool		isnull;
	Datum		value;

	session->id = *id;
	session->agent_id = DatumGetInt64(query_value(0, 1, NULL));
	session->generation = DatumGetInt32(query_value(0, 2, NULL));
	session->created_at = DatumGetTimestampTz(query_value(0, 3, NULL));
	session->expires_at = DatumGetTimestampTz(query_value(0, 4, NULL));
	value = query_value(0, 5, &isnull);
	session->customer_reference = isnull ? NULL : TextDatumGetCString(value);
	session->customer_id = 0;
	value = query_value(0, 6, &isnull);
	session->has_nonce = !isnull &&
		VARSIZE_ANY_EXHDR(DatumGetPointer(value)) == SESSION_NONCE_LENGTH;
	if (session->has_nonce)
		memcpy(session->nonce, VARDATA_ANY(DatumGetPointer(value)),
			   SESSION_NONCE_LENGTH);
}

/*
 * What became of a generation that is not the present one.  Of the one before
 * it the nonce is known: a token with another one was made in a transaction
 * that was rolled back, and is none.
 */
static SessionRefresh
look_back(const pg_uuid_t *id, int32 generation, Datum *values,
		  const char *nulls, Session *session)
{
	static PreparedQuery query = {
		"SELECT" SESSION_COLUMNS ", s.refreshed_at,"
		IS_NONCE("s.previous_nonce")
		" FROM agent_auth.session s, agent_auth.agent a WHERE" REFRESHABLE
		" AND s.generation OPERATOR(pg_catalog.>) $2",
		{REFRESH_ARGUMENTS}
	};
	TimestampTz refreshed_at;

	if (query_read_latest_nulls(&query, values, nulls) == 0)
		return SESSION_DEAD;
	read_session(id, session);
	if (session->generation > generation + 1)
		return SESSION_REUSED;
	if (!DatumGetBool(query_value(0, 8, NULL)))
		return SESSION_DEAD;
	refreshed_at = DatumGetTimestampTz(query_value(0, 7, NULL));
	return GetCurrentTimestamp() <= refreshed_at +
		setting_refresh_grace * USECS_PER_SEC ?
		SESSION_REFRESHED_BEFORE : SESSION_REUSED;
}

SessionRefresh
session_refresh(const pg_uuid_t *id, int32 generation, const uint8 *nonce,
				Session *session)
{
	static PreparedQuery query = {
		"UPDATE agent_auth.session s"
		" SET generation = s.generation OPERATOR(pg_catalog.+) 1,"
		"  refreshed_at = $3, previous_nonce = s.nonce, nonce = $7"
		" FROM agent_auth.agent a WHERE" REFRESHABLE
		" AND s.generation OPERATOR(pg_catalog.=) $2 AND" IS_NONCE("s.nonce")
		" RETURNING" SESSION_COLUMNS,
		{REFRESH_ARGUMENTS, BYTEAOID}
	};
	uint8		next[SESSION_NONCE_LENGTH];
	Datum		values[7] = {0};
	char		nulls[7] = {' ', ' ', ' ', ' ', ' ', ' ', ' '};

	two_phase_forbid();
	random_bytes(next, sizeof(next));
	values[0] = UUIDPGetDatum(id);
	values[1] = Int32GetDatum(generation);
	values[2] = TimestampTzGetDatum(GetCurrentTimestamp());
	values[3] = Float8GetDatum(setting_refresh_token_ttl);
	values[4] = Float8GetDatum(settings_idle_limit());
	if (nonce == NULL)
		nulls[5] = 'n';
	else
		values[5] = nonce_datum(nonce);
	values[6] = nonce_datum(next);
	if (query_run(&query, values, nulls) == 0)
		return look_back(id, generation, values, nulls, session);
	read_session(id, session);
	return SESSION_REFRESHED;
}

bool
session_end(const pg_uuid_t *id, int64 agent_id, const char *reason,
			const Client *client)
{
	static RowLock rows = ROW_LOCK("session",
								   "t.ended_at IS NULL"
								   " AND (t.id OPERATOR(pg_catalog.=) $1 OR"
								   "  t.parent_id OPERATOR(pg_catalog.=) $1)"
								   " AND ($2 OPERATOR(pg_catalog.=) 0 OR"
								   "  t.agent_id OPERATOR(pg_catalog.=) $2)",
								   UUIDOID, INT8OID);
	Datum		values[2];

	values[0] = UUIDPGetDatum(id);
	values[1] = Int64GetDatum(agent_id);
	return end_sessions(&rows, values, reason, client) > 0;
}
