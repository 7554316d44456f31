/*
 * outcome.c
 *		The outcomes that a client can cause, as values: one table with what
 *		HTTP makes of each.
 */
#include "postgres.h"

#include "identity/outcome.h"

static const OutcomeInfo infos[] = {
	[OUTCOME_OK] = {200, NULL, NULL},
	[OUTCOME_LOGIN_FAILED] = {401, "4101",
	"Failed to authenticate an agent."},
	[OUTCOME_AGENT_TOKEN_INVALID] = {401, "4102",
	"Agent access token is invalid."},
	[OUTCOME_AGENT_REQUIRED] = {401, "4103",
	"Action is available to agent user only."},
	[OUTCOME_IMPERSONATION_FAILED] = {401, "4104",
	"Failed to impersonate a customer."},
	[OUTCOME_REASON_MISSING] = {422, "901",
	"reason => This field is missing."},
	[OUTCOME_REASON_BLANK] = {422, "901",
	"reason => This value should not be blank."},
	[OUTCOME_REASON_LONG] = {422, "901",
	"reason => This value is too long. It should have 500 characters or less."},
	[OUTCOME_TICKET_LONG] = {422, "901",
	"ticket => This value is too long. It should have 500 characters or less."},
	[OUTCOME_ACCESS_TOKEN_INVALID] = {401, "001",
	"Invalid access token."},
	[OUTCOME_SCHEME_UNSUPPORTED] = {401, "001",
	"Invalid access token."},
	[OUTCOME_REFRESH_FAILED] = {401, "004",
	"Failed to refresh token."},
	[OUTCOME_REFRESH_TOKEN_MISSING] = {422, "901",
	"refreshToken => This field is missing."},
	[OUTCOME_REFRESH_TOKEN_BLANK] = {422, "901",
	"refreshToken => This value should not be blank."},
	[OUTCOME_LOCKED_OUT] = {429, "4401",
		"Too many log in attempts from your address. "
	"Please wait %d minutes before trying again."},
	[OUTCOME_TOKEN_MISSING] = {403, "002", "Missing access token."},
	[OUTCOME_FORBIDDEN] = {403, NULL, "Forbidden"},
	[OUTCOME_ID_MISSING] = {400, NULL, "Resource id is not specified."},
	[OUTCOME_PAGINATION_INVALID] = {400, NULL,
	"Pagination parameters are invalid."},
	[OUTCOME_QUERY_INVALID] = {400, NULL, "Query parameters are invalid."},
	[OUTCOME_BODY_INVALID] = {400, NULL, "Post data is invalid."},
	[OUTCOME_TYPE_INVALID] = {400, NULL, "Invalid type."},
	[OUTCOME_NOT_FOUND] = {404, NULL, "Not Found"},
	[OUTCOME_METHOD_NOT_ALLOWED] = {405, NULL, "Method Not Allowed"},
	[OUTCOME_NOT_ACCEPTABLE] = {406, NULL, "Not acceptable."},
	[OUTCOME_TOO_LARGE] = {413, NULL, "Payload too large."},
	[OUTCOME_UNSUPPORTED_MEDIA_TYPE] = {415, NULL, "Unsupported media type."},
	[OUTCOME_WOULD_WAIT] = {417, NULL, "Expectation failed."},
	[OUTCOME_UNAVAILABLE] = {503, NULL, "Service Unavailable"},
};

const OutcomeInfo *
outcome_info(Outcome outcome)
{
	return &infos[outcome];
}
