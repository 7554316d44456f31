/*
 * verify.c
 *		Whether a token is good: agent_auth.verify().
 *
 * Called for every row of every query, perhaps: neither SECURITY DEFINER nor
 * SET, each of which costs more than a remembered token.
 */
#include "compat.h"

#include "api/guard.h"
#include "identity/verification.h"

SQL_FUNCTION(agent_auth_verify);

/*
 * verify(token text) returns jsonb: the claims, NULL when the token is not
 * good; STRICT, so that NULL is not good either
 */
Datum
agent_auth_verify(PG_FUNCTION_ARGS)
{
	text	   *token = PG_GETARG_TEXT_PP(0);
	const Verified *verified;
	Jsonb	   *claims;
	Guard		guard;

	guard_enter_often(&guard, "agent_auth.verify(...)");
	verified = verification_of(VARDATA_ANY(token), VARSIZE_ANY_EXHDR(token));
	guard_leave(&guard);
	if (verified == NULL)
		PG_RETURN_NULL();
	claims = palloc(VARSIZE(verified->claims.jsonb));
	memcpy(claims, verified->claims.jsonb, VARSIZE(verified->claims.jsonb));
	PG_RETURN_JSONB_P(claims);
}
