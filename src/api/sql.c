/*
 * sql.c
 *		The functions that a client calls by name.
 *
 * Error handling: an expected failure is returned, as the error document that
 * HTTP would carry, so that what it wrote commits; response.status and
 * response.headers say the same to PostgREST.
 */
#include "compat.h"

#include "access/xlog.h"
#include "tcop/utility.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

#include "api/argument.h"
#include "api/authorization.h"
#include "api/document.h"
#include "api/guard.h"
#include "api/introspection.h"
#include "api/postgrest.h"
#include "crypto/keyring.h"
#include "identity/customer_search.h"
#include "identity/impersonation.h"
#include "identity/login.h"
#include "identity/refresh.h"
#include "identity/revocation.h"
#include "owned.h"

SQL_FUNCTION(agent_auth_agent_access_token);
SQL_FUNCTION(agent_auth_agent_refresh_access_token);
SQL_FUNCTION(agent_auth_agent_revoke_token);
SQL_FUNCTION(agent_auth_agent_customer_search);
SQL_FUNCTION(agent_auth_agent_customer_impersonation_access_token);
SQL_FUNCTION(agent_auth_agent_token_introspection);
SQL_FUNCTION(agent_auth_agent_jwks);

static Datum
jsonb_of(JsonNode *node)
{
	char	   *string = json_write(node, NULL);

	return DirectFunctionCall1(jsonb_in, CStringGetDatum(string));
}

static Datum
failure(Outcome outcome, int seconds)
{
	Response	response = {.status = outcome_info(outcome)->http};

	response_add_error_headers(&response, outcome, seconds);
	postgrest_answer(&response);
	return jsonb_of(document_error(outcome, seconds));
}

static Datum
token_record(const TokenRecord *record)
{
	Response	response = {.status = 200};

	response_forbid_storing(&response);
	postgrest_answer(&response);
	return jsonb_of(owned_json(document_tokens(record)));
}

static Datum
log_in(const char *username, const char *password)
{
	Client		client;
	Login		login;
	TokenRecord record;
	Outcome		outcome;

	postgrest_client(&client);
	login_begin(&login, username, &client);
	outcome = login_check_lockout(&login);
	if (outcome == OUTCOME_OK)
		outcome = login_finish(&login, password, &record);
	return outcome == OUTCOME_OK ? token_record(&record) :
		failure(outcome, login.retry_after);
}

/* agent_access_token(username text, password text) returns jsonb */
Datum
agent_auth_agent_access_token(PG_FUNCTION_ARGS)
{
	Datum		result;
	Guard		guard;

	guard_enter(&guard, "agent_access_token(...)");
	PreventCommandIfReadOnly("agent_access_token()");
	result = log_in(argument_text(fcinfo, 0), argument_secret(fcinfo, 1));
	guard_leave(&guard);
	PG_RETURN_DATUM(result);
}

static Datum
refresh(const char *token)
{
	Client		client;
	TokenRecord record;
	Outcome		outcome = OUTCOME_REFRESH_FAILED;

	postgrest_client(&client);
	if (token != NULL)
		outcome = refresh_tokens(token, &client, &record);
	return outcome == OUTCOME_OK ? token_record(&record) :
		failure(outcome, 0);
}

/* agent_refresh_access_token(refresh_token text) returns jsonb */
Datum
agent_auth_agent_refresh_access_token(PG_FUNCTION_ARGS)
{
	Datum		result;
	Guard		guard;

	guard_enter(&guard, "agent_refresh_access_token(...)");
	PreventCommandIfReadOnly("agent_refresh_access_token()");
	result = refresh(argument_secret(fcinfo, 0));
	guard_leave(&guard);
	PG_RETURN_DATUM(result);
}

/* agent_revoke_token(token text) returns jsonb: {}, whatever the token */
Datum
agent_auth_agent_revoke_token(PG_FUNCTION_ARGS)
{
	char	   *token = argument_secret(fcinfo, 0);
	Client		client;
	Guard		guard;

	guard_enter(&guard, "agent_revoke_token(...)");
	PreventCommandIfReadOnly("agent_revoke_token()");
	postgrest_client(&client);
	if (token != NULL)
		revoke_token(token, &client);
	guard_leave(&guard);
	PG_RETURN_DATUM(jsonb_of(owned_json(json_new_object())));
}

static Datum
search(FunctionCallInfo fcinfo, const char *agent_token)
{
	const char *term = argument_text(fcinfo, 1);
	Client		client;
	Actor		agent;
	CustomerPage page;
	JsonNode   *answer;
	Outcome		outcome = authorization_of_agent(agent_token, &agent);

	postgrest_client(&client);
	if (outcome == OUTCOME_OK && (PG_ARGISNULL(2) || PG_ARGISNULL(3)))
		outcome = OUTCOME_PAGINATION_INVALID;
	if (outcome == OUTCOME_OK)
		outcome = customer_search(term == NULL ? "" : term,
								  PG_GETARG_INT32(2), PG_GETARG_INT32(3),
								  &agent, &client, &page);
	if (outcome != OUTCOME_OK)
		return failure(outcome, 0);
	answer = owned_json(json_new_object());
	json_add(answer, "customers", document_customers(&page));
	json_add_int(answer, "total", page.total);
	json_add_bool(answer, "exact", page.exact);
	return jsonb_of(answer);
}

/*
 * agent_customer_search(agent_token text, q text, page_offset integer,
 * page_limit integer) returns jsonb
 */
Datum
agent_auth_agent_customer_search(PG_FUNCTION_ARGS)
{
	Datum		result;
	Guard		guard;

	guard_enter(&guard, "agent_customer_search(...)");
	if (!RecoveryInProgress())
		PreventCommandIfReadOnly("agent_customer_search()");
	result = search(fcinfo, argument_secret(fcinfo, 0));
	guard_leave(&guard);
	PG_RETURN_DATUM(result);
}

static Datum
impersonate(const char *agent_token, const Impersonation *impersonation)
{
	Client		client;
	Actor		agent;
	TokenRecord record;
	Outcome		identity;
	Outcome		outcome;

	/* A bad token comes before the arguments, one of no agent after them. */
	postgrest_client(&client);
	identity = authorization_of_agent(agent_token, &agent);
	outcome = identity == OUTCOME_AGENT_TOKEN_INVALID ? identity :
		impersonation_check(impersonation);
	if (outcome == OUTCOME_OK)
		outcome = identity;
	if (outcome == OUTCOME_OK)
		outcome = impersonation_begin(impersonation, &agent, &client, &record);
	return outcome == OUTCOME_OK ? token_record(&record) :
		failure(outcome, 0);
}

/*
 * agent_customer_impersonation_access_token(agent_token text,
 * customer_reference text, reason text, ticket text) returns jsonb
 */
Datum
agent_auth_agent_customer_impersonation_access_token(PG_FUNCTION_ARGS)
{
	Impersonation impersonation;
	Datum		result;
	Guard		guard;

	guard_enter(&guard, "agent_customer_impersonation_access_token(...)");
	PreventCommandIfReadOnly("agent_customer_impersonation_access_token()");
	impersonation.customer_reference = argument_text(fcinfo, 1);
	impersonation.reason = argument_text(fcinfo, 2);
	impersonation.ticket = argument_text(fcinfo, 3);
	result = impersonate(argument_secret(fcinfo, 0), &impersonation);
	guard_leave(&guard);
	PG_RETURN_DATUM(result);
}

static Datum
introspect(const char *agent_token, const char *token)
{
	Actor		agent;
	Outcome		outcome = authorization_of_agent(agent_token, &agent);

	if (outcome != OUTCOME_OK)
		return failure(outcome, 0);
	return jsonb_of(introspection_of(token == NULL ? "" : token));
}

/* agent_token_introspection(agent_token text, token text) returns jsonb */
Datum
agent_auth_agent_token_introspection(PG_FUNCTION_ARGS)
{
	Datum		result;
	Guard		guard;

	guard_enter(&guard, "agent_token_introspection(...)");
	result = introspect(argument_secret(fcinfo, 0), argument_secret(fcinfo, 1));
	guard_leave(&guard);
	PG_RETURN_DATUM(result);
}

/* agent_jwks() returns json: RFC 7517 section 5 */
Datum
agent_auth_agent_jwks(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(keyring_jwks()));
}
