/*
 * refresh_tokens.c
 *		POST /refresh-tokens: the next pair of tokens.
 */
#include "postgres.h"

#include "api/authorization.h"
#include "api/document.h"
#include "api/endpoints.h"
#include "identity/refresh.h"

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
