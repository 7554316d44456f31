/*
 * access_tokens.c
 *		POST /agent-access-tokens: an agent logs in.
 *
 * A password's hash takes long on purpose, and waits for a processor first.  A
 * layer that has better things to do with its connection says so, and asks
 * again where it can wait; who is locked out is told at once.
 *
 * A missing attribute, or one of another type, is a wrong one.
 */
#include "postgres.h"

#include "api/authorization.h"
#include "api/document.h"
#include "api/endpoints.h"
#include "identity/login.h"

static const char type[] = "agent-access-tokens";

static Outcome
log_in(const Request *request, JsonNode *attributes, Login *login,
	   TokenRecord *record)
{
	Outcome		outcome;

	login_begin(login, json_text_member(attributes, "username"),
				&request->client);
	outcome = login_check_lockout(login);
	if (outcome == OUTCOME_OK)
		outcome = authorization_check(request);
	if (outcome == OUTCOME_OK && request_expects_no_wait(request))
		outcome = OUTCOME_WOULD_WAIT;
	if (outcome == OUTCOME_OK)
		outcome = login_finish(login, json_text_member(attributes, "password"),
							   record);
	return outcome;
}

void
access_tokens_create(const Request *request, Response *response)
{
	Login		login = {0};
	TokenRecord record;
	JsonNode   *attributes;
	Outcome		outcome;

	outcome = document_read(request->body, request->body_len, type,
							&attributes);
	if (outcome == OUTCOME_OK)
		outcome = log_in(request, attributes, &login, &record);
	if (outcome != OUTCOME_OK)
		response_fail(response, outcome, login.retry_after);
	else
		response_tokens(response, type, &record, request);
}
