/*
 * current.c
 *		Who acts, for row-level security: set_token(), current_agent_id() and
 *		their kin.
 */
#include "compat.h"

#include "utils/builtins.h"
#include "utils/uuid.h"

#include "api/guard.h"
#include "identity/actor.h"

SQL_FUNCTION(agent_auth_set_token);
SQL_FUNCTION(agent_auth_current_agent_id);
SQL_FUNCTION(agent_auth_current_customer_reference);
SQL_FUNCTION(agent_auth_current_session_id);
SQL_FUNCTION(agent_auth_is_impersonating);

/* set_token(token text) returns void: an error when the token is not good */
Datum
agent_auth_set_token(PG_FUNCTION_ARGS)
{
	text	   *token = PG_ARGISNULL(0) ? NULL : PG_GETARG_TEXT_PP(0);
	Guard		guard;

	guard_enter(&guard, "agent_auth.set_token(...)");

	/* The owner of a view or an index runs there what others have asked for. */
	if (InSecurityRestrictedOperation())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("agent_auth.set_token() cannot be called within a security-restricted operation")));
	if (token == NULL ||
		!actor_set(VARDATA_ANY(token), VARSIZE_ANY_EXHDR(token)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				 errmsg("the access token is not valid"),
				 errhint("It is malformed, expired, or its session has ended: log in or refresh for another.")));
	guard_leave(&guard);
	PG_RETURN_VOID();
}

/* current_agent_id() returns bigint: also when acting as a customer */
Datum
agent_auth_current_agent_id(PG_FUNCTION_ARGS)
{
	const Actor *actor = actor_get();

	if (actor == NULL)
		PG_RETURN_NULL();
	PG_RETURN_INT64(actor->agent_id);
}

/* current_customer_reference() returns text: NULL for an agent as such */
Datum
agent_auth_current_customer_reference(PG_FUNCTION_ARGS)
{
	const Actor *actor = actor_get();

	if (actor == NULL || actor->customer_reference == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(actor->customer_reference));
}

/* current_session_id() returns uuid */
Datum
agent_auth_current_session_id(PG_FUNCTION_ARGS)
{
	const Actor *actor = actor_get();
	pg_uuid_t  *id;

	if (actor == NULL)
		PG_RETURN_NULL();
	id = palloc(sizeof(pg_uuid_t));
	*id = actor->session_id;
	PG_RETURN_UUID_P(id);
}

/* is_impersonating() returns boolean: false when nobody acts */
Datum
agent_auth_is_impersonating(PG_FUNCTION_ARGS)
{
	const Actor *actor = actor_get();

	PG_RETURN_BOOL(actor != NULL && actor->customer_reference != NULL);
}
