/*
 * admin.c
 *		Administration of agents and keys, for whoever is granted it.
 *
 * Here a bad argument is an error: the caller is an operator, who reads it.
 * Every act leaves an audit row that commits with it.
 */
#include "compat.h"

#include "access/htup_details.h"
#include "funcapi.h"
#include "tcop/utility.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "api/argument.h"
#include "api/guard.h"
#include "crypto/key_store.h"
#include "crypto/keyring.h"
#include "crypto/master_key.h"
#include "crypto/password.h"
#include "identity/agent.h"
#include "identity/audit.h"
#include "identity/audit_seal.h"
#include "identity/audit_verify.h"
#include "identity/customer_advice.h"
#include "identity/lockout.h"
#include "identity/purge.h"
#include "identity/resource_server.h"
#include "identity/session.h"
#include "identity/username.h"
#include "query.h"
#include "settings.h"

SQL_FUNCTION(agent_auth_create_agent);
SQL_FUNCTION(agent_auth_import_agent);
SQL_FUNCTION(agent_auth_set_password);
SQL_FUNCTION(agent_auth_disable_agent);
SQL_FUNCTION(agent_auth_enable_agent);
SQL_FUNCTION(agent_auth_set_auditor);
SQL_FUNCTION(agent_auth_unlock_agent);
SQL_FUNCTION(agent_auth_end_session);
SQL_FUNCTION(agent_auth_end_sessions);
SQL_FUNCTION(agent_auth_purge);
SQL_FUNCTION(agent_auth_audit_seal);
SQL_FUNCTION(agent_auth_audit_verify);
SQL_FUNCTION(agent_auth_create_resource_server);
SQL_FUNCTION(agent_auth_drop_resource_server);
SQL_FUNCTION(agent_auth_rotate_signing_key);
SQL_FUNCTION(agent_auth_revoke_signing_key);
SQL_FUNCTION(agent_auth_rotate_refresh_key);
SQL_FUNCTION(agent_auth_password_cost);
SQL_FUNCTION(agent_auth_master_key_complaint);
SQL_FUNCTION(agent_auth_customer_directory_complaint);

static char *
text_argument(FunctionCallInfo fcinfo, int n)
{
	argument_refuse_null(fcinfo, n);
	return argument_text(fcinfo, n);
}

static char *
secret_argument(FunctionCallInfo fcinfo, int n)
{
	argument_refuse_null(fcinfo, n);
	return argument_secret(fcinfo, n);
}

static char *
hash_new_password(const char *password, const char *username)
{
	const char *weakness = password_weakness(password, username);

	if (weakness != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PASSWORD),
				 errmsg("the password is not acceptable"),
				 errdetail_internal("%s", weakness)));
	return password_hash(password, setting_bcrypt_cost);
}

/* With the id, or with the next one when that is 0. */
static int64
add_agent(const char *event, int64 id, const char *username, const char *hash)
{
	SPI_connect();
	if (id == 0)
		id = agent_create(username, hash);
	else
		agent_create_with_id(id, username, hash);
	audit_administration(event, id, username, NULL, NULL);
	SPI_finish();
	return id;
}

/* create_agent(username text, password text) returns bigint */
Datum
agent_auth_create_agent(PG_FUNCTION_ARGS)
{
	char	   *username = text_argument(fcinfo, 0);
	char	   *hash;
	int64		id;
	Guard		guard;

	guard_enter(&guard, "agent_auth.create_agent(...)");
	agent_check_username(username);
	hash = hash_new_password(secret_argument(fcinfo, 1), username);
	id = add_agent("agent_created", 0, username, hash);
	guard_leave(&guard);
	PG_RETURN_INT64(id);
}

static int64
id_argument(FunctionCallInfo fcinfo, int n)
{
	argument_refuse_null(fcinfo, n);
	if (PG_GETARG_INT64(n) < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the id of an agent must be at least 1")));
	return PG_GETARG_INT64(n);
}

/*
 * import_agent(username text, password_hash text) returns bigint
 * import_agent(username text, password_hash text, id bigint) returns bigint
 */
Datum
agent_auth_import_agent(PG_FUNCTION_ARGS)
{
	char	   *username = text_argument(fcinfo, 0);
	char	   *hash = text_argument(fcinfo, 1);
	int64		id = PG_NARGS() > 2 ? id_argument(fcinfo, 2) : 0;
	Guard		guard;

	guard_enter(&guard, "agent_auth.import_agent(...)");
	agent_check_username(username);
	if (!password_hash_is_bcrypt(hash))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the password hash is not one that can be verified"),
				 errdetail("Accepted are bcrypt hashes of 60 characters that start with $2a$, $2b$ or $2y$ and a cost from %02d to %d.",
						   PASSWORD_MIN_COST, PASSWORD_MAX_COST),
				 errhint("An agent with another kind of hash gets a new password: \"agent_auth.create_agent\".")));
	id = add_agent("agent_imported", id, username, hash);
	guard_leave(&guard);
	PG_RETURN_INT64(id);
}

/* set_password(username text, password text) returns void */
Datum
agent_auth_set_password(PG_FUNCTION_ARGS)
{
	char	   *username = text_argument(fcinfo, 0);
	char	   *hash;
	Agent		agent;
	Guard		guard;

	guard_enter(&guard, "agent_auth.set_password(...)");
	hash = hash_new_password(secret_argument(fcinfo, 1), username);
	SPI_connect();
	agent_get(username, &agent);
	agent_set_password_hash(agent.id, hash);
	session_end_all(agent.id, "password_set", NULL);
	audit_administration("password_set", agent.id, agent.username, NULL, NULL);
	SPI_finish();
	guard_leave(&guard);
	PG_RETURN_VOID();
}

/* disable_agent(username text) returns void */
Datum
agent_auth_disable_agent(PG_FUNCTION_ARGS)
{
	Agent		agent;

	SPI_connect();
	agent_get(text_argument(fcinfo, 0), &agent);
	agent_set_active(agent.id, false);
	session_end_all(agent.id, "agent_disabled", NULL);
	audit_administration("agent_disabled", agent.id, agent.username,
						 NULL, NULL);
	SPI_finish();
	PG_RETURN_VOID();
}

/* enable_agent(username text) returns void */
Datum
agent_auth_enable_agent(PG_FUNCTION_ARGS)
{
	Agent		agent;

	SPI_connect();
	agent_get(text_argument(fcinfo, 0), &agent);
	agent_set_active(agent.id, true);
	audit_administration("agent_enabled", agent.id, agent.username,
						 NULL, NULL);
	SPI_finish();
	PG_RETURN_VOID();
}

/* set_auditor(username text, auditor boolean) returns void */
Datum
agent_auth_set_auditor(PG_FUNCTION_ARGS)
{
	const char *username = text_argument(fcinfo, 0);
	bool		auditor;
	Agent		agent;

	argument_refuse_null(fcinfo, 1);
	auditor = PG_GETARG_BOOL(1);
	SPI_connect();
	agent_get(username, &agent);
	agent_set_auditor(agent.id, auditor);
	audit_administration(auditor ? "auditor_appointed" : "auditor_dismissed",
						 agent.id, agent.username, NULL, NULL);
	SPI_finish();
	PG_RETURN_VOID();
}

/* unlock_agent(username text) returns void */
Datum
agent_auth_unlock_agent(PG_FUNCTION_ARGS)
{
	Agent		agent;

	SPI_connect();
	agent_get(text_argument(fcinfo, 0), &agent);
	lockout_unlock(username_normalize(agent.username));
	audit_administration("agent_unlocked", agent.id, agent.username,
						 NULL, NULL);
	SPI_finish();
	PG_RETURN_VOID();
}

/* end_session(session uuid) returns boolean: false when it was not alive */
Datum
agent_auth_end_session(PG_FUNCTION_ARGS)
{
	pg_uuid_t  *id;
	bool		ended;

	argument_refuse_null(fcinfo, 0);
	id = PG_GETARG_UUID_P(0);
	SPI_connect();
	ended = session_end(id, 0, "ended", NULL);
	if (ended)
		audit_session_administration("session_ended", id);
	SPI_finish();
	PG_RETURN_BOOL(ended);
}

/* end_sessions(username text) returns bigint: their number */
Datum
agent_auth_end_sessions(PG_FUNCTION_ARGS)
{
	Agent		agent;
	uint64		n;

	SPI_connect();
	agent_get(text_argument(fcinfo, 0), &agent);
	n = session_end_all(agent.id, "ended", NULL);
	audit_administration("sessions_ended", agent.id, agent.username,
						 "sessions", psprintf(UINT64_FORMAT, n));
	SPI_finish();
	PG_RETURN_INT64((int64) n);
}

/*
 * purge(retention interval, batch integer) returns bigint: how many rows were
 * deleted; 0 when there is no more to do
 */
Datum
agent_auth_purge(PG_FUNCTION_ARGS)
{
	Interval   *retention;
	TimestampTz before;
	int			batch;
	uint64		n;

	argument_refuse_null(fcinfo, 0);
	argument_refuse_null(fcinfo, 1);
	retention = PG_GETARG_INTERVAL_P(0);
	batch = PG_GETARG_INT32(1);
	before = DatumGetTimestampTz(DirectFunctionCall2(timestamptz_mi_interval,
													 TimestampTzGetDatum(GetCurrentTimestamp()),
													 IntervalPGetDatum(retention)));
	if (before > GetCurrentTimestamp() - PURGE_MIN_RETENTION)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the retention must be at least one day"),
				 errhint("A retention is an interval such as '30 days'.")));
	if (batch < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a batch must have at least one row"),
				 errhint("Call it with the default, 10000, until it returns 0.")));
	SPI_connect();
	n = purge(before, batch);
	if (n > 0)
		audit_administration("purged", 0, NULL, "rows",
							 psprintf(UINT64_FORMAT, n));
	SPI_finish();
	PG_RETURN_INT64((int64) n);
}

/* audit_seal() returns bigint: how many rows were sealed */
Datum
agent_auth_audit_seal(PG_FUNCTION_ARGS)
{
	PreventCommandIfReadOnly("agent_auth.audit_seal()");
	PG_RETURN_INT64(audit_seal());
}

/*
 * audit_verify(known_head text) returns (intact boolean, complaint text,
 * seals bigint, sealed_rows bigint, unsealed_rows bigint, head text)
 */
Datum
agent_auth_audit_verify(PG_FUNCTION_ARGS)
{
	AuditVerdict verdict;
	Datum		values[6] = {0};
	bool		nulls[6] = {false};
	TupleDesc	tupdesc;

	if (get_call_result_type(fcinfo, NULL, &tupdesc) != TYPEFUNC_COMPOSITE ||
		tupdesc->natts != lengthof(values))
		elog(ERROR, "agent_auth.audit_verify() has an unexpected result type");
	audit_verify(argument_text(fcinfo, 0), &verdict);
	values[0] = BoolGetDatum(verdict.complaint == NULL);
	nulls[1] = verdict.complaint == NULL;
	if (!nulls[1])
		values[1] = CStringGetTextDatum(verdict.complaint);
	values[2] = Int64GetDatum(verdict.seals);
	values[3] = Int64GetDatum(verdict.rows);
	values[4] = Int64GetDatum(verdict.unsealed);
	nulls[5] = verdict.head == NULL;
	if (!nulls[5])
		values[5] = CStringGetTextDatum(verdict.head);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(tupdesc),
													  values, nulls)));
}

static void
audit_key(const char *event, const char *name, const char *value)
{
	SPI_connect();
	audit_administration(event, 0, NULL, name, value);
	SPI_finish();
}

static SignatureAlgorithm
algorithm_argument(const char *name, int bits)
{
	SignatureAlgorithm algorithm;

	if (!signature_algorithm_by_name(name, &algorithm))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown signature algorithm \"%s\"", name),
				 errhint("Use \"RS256\", \"ES256\" or \"EdDSA\".")));
	if (algorithm == SIGNATURE_RS256 &&
		(bits < SIGNATURE_MIN_RSA_BITS || bits > SIGNATURE_MAX_RSA_BITS ||
		 bits % 8 != 0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("an RSA key cannot have %d bits", bits),
				 errdetail("It has %d to %d bits, a multiple of 8.",
						   SIGNATURE_MIN_RSA_BITS, SIGNATURE_MAX_RSA_BITS)));
	return algorithm;
}

/* rotate_signing_key(algorithm text, bits integer) returns text: the kid */
Datum
agent_auth_rotate_signing_key(PG_FUNCTION_ARGS)
{
	int			bits;
	SignatureAlgorithm algorithm;
	char	   *kid;

	argument_refuse_null(fcinfo, 1);
	bits = PG_GETARG_INT32(1);
	algorithm = algorithm_argument(text_argument(fcinfo, 0), bits);
	kid = key_store_rotate_signing(algorithm, bits);
	audit_key("signing_key_rotated", "kid", kid);
	PG_RETURN_TEXT_P(cstring_to_text(kid));
}

/* revoke_signing_key(kid text) returns void */
Datum
agent_auth_revoke_signing_key(PG_FUNCTION_ARGS)
{
	char	   *kid = text_argument(fcinfo, 0);

	if (!key_store_revoke_signing(kid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("signing key \"%s\" does not exist or is revoked already",
						kid),
				 errhint("Table agent_auth.signing_key has all keys, and when each was revoked.")));
	audit_key("signing_key_revoked", "kid", kid);
	PG_RETURN_VOID();
}

/* rotate_refresh_key() returns void */
Datum
agent_auth_rotate_refresh_key(PG_FUNCTION_ARGS)
{
	audit_key("refresh_key_rotated", "number",
			  psprintf("%u", key_store_rotate_refresh()));
	PG_RETURN_VOID();
}

/* create_resource_server(name text) returns text: its secret, this once */
Datum
agent_auth_create_resource_server(PG_FUNCTION_ARGS)
{
	char	   *name = text_argument(fcinfo, 0);
	MemoryContext caller = CurrentMemoryContext;
	char	   *secret;
	text	   *result;

	SPI_connect();
	secret = resource_server_create(name);
	audit_administration("resource_server_created", 0, NULL, "name", name);
	MemoryContextSwitchTo(caller);
	result = cstring_to_text(secret);
	SPI_finish();
	PG_RETURN_TEXT_P(result);
}

/* drop_resource_server(name text) returns void */
Datum
agent_auth_drop_resource_server(PG_FUNCTION_ARGS)
{
	char	   *name = text_argument(fcinfo, 0);

	SPI_connect();
	if (!resource_server_drop(name))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("resource server \"%s\" does not exist", name),
				 errhint("Table agent_auth.resource_server has them all.")));
	audit_administration("resource_server_dropped", 0, NULL, "name", name);
	SPI_finish();
	PG_RETURN_VOID();
}

/* password_cost(hash text) returns integer, IMMUTABLE: NULL for no bcrypt */
Datum
agent_auth_password_cost(PG_FUNCTION_ARGS)
{
	char	   *hash = text_argument(fcinfo, 0);

	if (!password_hash_is_bcrypt(hash))
		PG_RETURN_NULL();
	PG_RETURN_INT32(password_hash_cost(hash));
}

/* master_key_complaint() returns text: NULL when nothing is wrong */
Datum
agent_auth_master_key_complaint(PG_FUNCTION_ARGS)
{
	char	   *complaint = master_key_complaint();

	if (complaint == NULL)
		complaint = keyring_complaint();
	if (complaint == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(complaint));
}

/* customer_directory_complaint() returns text: NULL when nothing is wrong */
Datum
agent_auth_customer_directory_complaint(PG_FUNCTION_ARGS)
{
	char	   *complaint = customer_directory_complaint();

	if (complaint == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(complaint));
}
