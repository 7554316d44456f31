/*
 * revoke.c
 *		POST /revoke: a token dies, and its session with it (RFC 7009).
 *
 * Who has a token may revoke it.  The answer is the same for a token that was
 * none: an empty object, since not every layer in front can send nothing with
 * 200.
 */
#include "postgres.h"

#include "api/authorization.h"
#include "api/endpoints.h"
#include "api/oauth.h"
#include "identity/revocation.h"
#include "owned.h"

void
revoke_create(const Request *request, Response *response)
{
	Form		form;
	const char *token;
	Outcome		outcome;

	if (!oauth_read(request, response, &form))
		return;
	token = form_value(&form, "token");
	outcome = authorization_check(request);
	if (outcome != OUTCOME_OK)
		oauth_refuse(response, outcome);
	else if (token == NULL)
		oauth_fail(response, OAUTH_INVALID_REQUEST);
	else
	{
		revoke_token(token, &request->client);
		oauth_answer(response, 200, owned_json(json_new_object()));
	}
}
