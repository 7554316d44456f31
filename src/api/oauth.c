/*
 * oauth.c
 *		How the OAuth endpoints read and answer (RFC 6749 section 5), as opposed
 *		to JSON:API.
 */
#include "postgres.h"

#include "api/media_type.h"
#include "api/oauth.h"
#include "owned.h"

#define BOTH_CHALLENGES "Basic realm=\"agent\", Bearer realm=\"agent\""

typedef struct ErrorText
{
	const char *error;
	const char *description;
} ErrorText;

static const ErrorText errors[] = {
	[OAUTH_INVALID_REQUEST] = {"invalid_request",
	"A parameter is missing, repeated or malformed."},
	[OAUTH_INVALID_GRANT] = {"invalid_grant",
	"The token is not known, or spent, expired or revoked."},
	[OAUTH_SUBJECT_TOKEN_INVALID] = {"invalid_request",
	"The subject token is not an agent's own, or is not good any more."},
	[OAUTH_SUBJECT_REFUSED] = {"invalid_grant",
	"There is no such subject, or nobody may act as it."},
	[OAUTH_INVALID_TARGET] = {"invalid_target",
	"No token is issued for that resource or audience."},
	[OAUTH_UNSUPPORTED_GRANT_TYPE] = {"unsupported_grant_type",
	"This grant type is not supported."},
};

bool
oauth_read(const Request *request, Response *response, Form *form)
{
	bool		good = form_parse(request->body, request->body_len, form);
	int			i;

	for (i = 0; i < form->nfields; i++)
		owned_secret(form->fields[i].value, strlen(form->fields[i].value));
	if (!good)
		oauth_fail(response, OAUTH_INVALID_REQUEST);
	return good;
}

void
oauth_answer(Response *response, int status, JsonNode *object)
{
	response->status = status;
	response->body = json_write(object, &response->body_len);
	response_add_header(response, "Content-Type", MEDIA_TYPE_JSON);
	response_add_header(response, "X-Content-Type-Options", "nosniff");
	response_forbid_storing(response);
	response_add_header(response, "Pragma", "no-cache");
}

static void
answer_error(Response *response, int status, const char *error,
			 const char *description)
{
	JsonNode   *object = owned_json(json_new_object());

	json_add_text(object, "error", error);
	json_add_text(object, "error_description", description);
	oauth_answer(response, status, object);
}

void
oauth_fail(Response *response, OAuthError error)
{
	answer_error(response, 400, errors[error].error, errors[error].description);
}

void
oauth_fail_because(Response *response, OAuthError error,
				   const char *description)
{
	answer_error(response, 400, errors[error].error, description);
}

void
oauth_refuse(Response *response, Outcome outcome)
{
	answer_error(response, 401, "invalid_client",
				 "The caller is not known, or its token is not good.");
	if (outcome == OUTCOME_SCHEME_UNSUPPORTED)
		response_add_header(response, "WWW-Authenticate", BOTH_CHALLENGES);
	else
		response_add_error_headers(response, outcome, 0);
}
