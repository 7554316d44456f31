/*
 * postgrest_hooks.c
 *		What PostgREST calls by itself: pre_request() before each request,
 *		pre_config() when it reads its configuration.
 */
#include "compat.h"

#include "utils/timestamp.h"

#include "api/authorization.h"
#include "api/postgrest.h"
#include "crypto/keyring.h"
#include "identity/actor.h"
#include "identity/session.h"
#include "identity/verification.h"
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
 * Whether the token is good, and the claims' session is its own.  PostgREST has
 * verified it too, by the keys that it read some time ago: one of them may have
 * been revoked since.
 */
static bool
token_is_good(const char *token, const JsonNode *claims)
{
	const char *sid = json_text_member(claims, "sid");
	const Verified *verified = verification_of(token, strlen(token));
	pg_uuid_t	session;

	return verified != NULL && sid != NULL &&
		session_read_id(sid, &session) &&
		memcmp(&session, &verified->claims.session_id, sizeof(session)) == 0;
}

/* Without the header, as another layer might leave it, the claims must do. */
static bool
is_good(const char *written, const JsonNode *claims)
{
	const char *authorization = postgrest_header("authorization");
	const char *token;

	if (authorization == NULL)
		return !is_expired(claims) && actor_of_claims(written) != NULL;
	token = authorization_bearer_token(authorization);
	return token != NULL && token_is_good(token, claims);
}

/*
 * Raises what PostgREST answers with 401.  It is no fault of the server's, and
 * whoever holds a dead token can have it raised at will: the server's log has
 * nothing of it.  Where to write is decided when the error begins, and the
 * setting is back when it ends.
 */
static void
refuse(void)
{
	NewGUCNestLevel();
	(void) set_config_option("log_min_messages", "fatal", PGC_SUSET,
							 PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	ereport(ERROR,
			(errcode(ERRCODE_HTTP_UNAUTHORIZED),
			 errmsg("the session has ended")));
}

/*
 * pre_request() returns void: an error, for which PostgREST answers 401, when
 * the claims have a session that has ended, or have expired, or their key was
 * revoked.  Claims without a session are somebody else's.
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
	if (json_has_member(node, "sid") && !is_good(claims, node))
		refuse();
	PG_RETURN_VOID();
}

/* pre_config() returns void: hands the public keys to PostgREST */
Datum
agent_auth_pre_config(PG_FUNCTION_ARGS)
{
	postgrest_set_local("pgrst.jwt_secret", keyring_jwks());
	PG_RETURN_VOID();
}
