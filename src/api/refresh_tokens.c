/*
 * refresh_tokens.c
 *		POST /refresh-tokens: the next pair of tokens.
 *		DELETE /refresh-tokens/{refresh token}, /refresh-tokens/mine: no more.
 */
#include "postgres.h"

#include "api/authorization.h"
#include "api/document.h"
#include "api/endpoints.h"
#include "identity/refresh.h"
#include "identity/revocation.h"

static const char type[] = "refresh-tokens";

static Outcome
refresh(const Request *request, JsonNode *attributes, TokenRecord *record)
{
	const char *token = json_text_member(attributes, "refreshToken");
	Outcome		outcome = authorization_check(request);

	if (outcome != OUTCOME_OK)
		return outcome;
	if (!json_has_member(attributes, "refreshToken"))
		return OUTCOME_REFRESH_TOKEN_MISSING;
	if (token == NULL || token[0] == '\0')
		return OUTCOME_REFRESH_TOKEN_BLANK;
	return refresh_tokens(token, &request->client, record);
}

void
refresh_tokens_create(const Request *request, Response *response)
{
	TokenRecord record;
	JsonNode   *attributes;
	Outcome		outcome;

	outcome = document_read(request->body, request->body_len, type,
							&attributes);
	if (outcome == OUTCOME_OK)
		outcome = refresh(request, attributes, &record);
	if (outcome != OUTCOME_OK)
		response_fail(response, outcome, 0);
	else
		response_tokens(response, type, &record, request);
}

void
refresh_tokens_delete(const Request *request, Response *response)
{
	const char *id = request_id(request, 1);
	Actor		caller;
	Outcome		outcome = authorization_check(request);

	if (outcome == OUTCOME_OK)
		outcome = id == NULL ? OUTCOME_ID_MISSING :
			authorization_require(request, &caller);
	if (outcome != OUTCOME_OK)
	{
		response_fail(response, outcome, 0);
		return;
	}
	if (strcmp(id, "mine") == 0)
		revoke_all(&caller, &request->client);
	else
		revoke_own(&caller, id, &request->client);
	response_done(response);
}
