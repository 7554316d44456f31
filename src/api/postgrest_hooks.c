/*
 * postgrest_hooks.c
 *		What PostgREST calls by itself: pre_request() before each request,
 *		pre_config() when it reads its configuration.
 */
#include "compat.h"

#include "utils/timestamp.h"

#include "api/postgrest.h"
#include "crypto/keyring.h"
#include "identity/actor.h"
#include "owned.h"

SQL_FUNCTION(agent_auth_pre_request);
SQL_FUNCTION(agent_auth_pre_config);

/* PostgREST answers an error of SQLSTATE PTxyz with the status xyz. */
#define ERRCODE_HTTP_UNAUTHORIZED MAKE_SQLSTATE('P', 'T', '4', '0', '1')

/* PostgREST has checked the time too, but not always by a clock that goes. */
static bool
is_expired(const JsonNode *claims)
{
	int64		expires;

	return json_int_member(claims, "exp", &expires) &&
		GetCurrentTimestamp() >= time_t_to_timestamptz((pg_time_t) expires);
}

/*
 * pre_request() returns void: an error, for which PostgREST answers 401, when
 * the claims have a session that has ended, or have expired.  Claims without
 * a session are somebody else's.
 */
Datum
agent_auth_pre_request(PG_FUNCTION_ARGS)
{
	const char *claims = actor_request_claims();
	JsonNode   *node = claims == NULL ? NULL :
	json_read(claims, strlen(claims));

	if (node == NULL)
		PG_RETURN_VOID();
	owned_json(node);
	if (json_has_member(node, "sid") &&
		(is_expired(node) || actor_of_claims(claims) == NULL))
		ereport(ERROR,
				(errcode(ERRCODE_HTTP_UNAUTHORIZED),
				 errmsg("the session has ended")));
	PG_RETURN_VOID();
}

/* pre_config() returns void: hands the public keys to PostgREST */
Datum
agent_auth_pre_config(PG_FUNCTION_ARGS)
{
	postgrest_set_local("pgrst.jwt_secret", keyring_jwks());
	PG_RETURN_VOID();
}
