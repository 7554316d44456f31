/*
 * token.c
 *		POST /token: the next pair of tokens, for clients that speak OAuth
 *		(RFC 6749 section 6).
 *
 * There is no password grant (RFC 9700 section 2.4).
 */
#include "postgres.h"

#include "api/authorization.h"
#include "api/endpoints.h"
#include "api/oauth.h"
#include "identity/refresh.h"
#include "owned.h"

/* The order of the members is that of RFC 6749 section 5.1. */
static JsonNode *
token_response(const TokenRecord *record)
{
	JsonNode   *object = owned_json(json_new_object());

	json_add_text(object, "access_token", record->access_token);
	json_add_text(object, "token_type", "Bearer");
	json_add_int(object, "expires_in", record->expires_in);
	json_add_text(object, "refresh_token", record->refresh_token);
	return object;
}

static void
grant_refresh(const Request *request, const Form *form, Response *response)
{
	const char *token = form_value(form, "refresh_token");
	TokenRecord record;
	Outcome		outcome;

	if (token == NULL)
		oauth_fail(response, OAUTH_INVALID_REQUEST);
	else if ((outcome = authorization_check(request)) != OUTCOME_OK)
		oauth_refuse(response, outcome);
	else if (refresh_tokens(token, &request->client, &record) != OUTCOME_OK)
		oauth_fail(response, OAUTH_INVALID_GRANT);
	else
		oauth_answer(response, 200, token_response(&record));
}

void
token_create(const Request *request, Response *response)
{
	Form		form;
	const char *grant_type;

	if (!oauth_read(request, response, &form))
		return;
	grant_type = form_value(&form, "grant_type");
	if (grant_type == NULL)
		oauth_fail(response, OAUTH_INVALID_REQUEST);
	else if (strcmp(grant_type, "refresh_token") == 0)
		grant_refresh(request, &form, response);
	else
		oauth_fail(response, OAUTH_UNSUPPORTED_GRANT_TYPE);
}
