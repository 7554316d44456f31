/*
 * token.c
 *		POST /token: tokens for clients that speak OAuth: the next pair
 *		(RFC 6749 section 6), or a customer's for an agent's (RFC 8693).
 *
 * There is no password grant (RFC 9700 section 2.4).
 */
#include "postgres.h"

#include "api/authorization.h"
#include "api/endpoints.h"
#include "api/oauth.h"
#include "identity/impersonation.h"
#include "identity/refresh.h"
#include "owned.h"
#include "settings.h"

#define TOKEN_EXCHANGE "urn:ietf:params:oauth:grant-type:token-exchange"
#define ACCESS_TOKEN_TYPE "urn:ietf:params:oauth:token-type:access_token"

/* The order of the members is that of RFC 6749 section 5.1. */
static JsonNode *
token_response(const TokenRecord *record, const Form *form)
{
	JsonNode   *object = owned_json(json_new_object());

	json_add_text(object, "access_token", record->access_token);
	json_add_text(object, "token_type", "Bearer");
	json_add_int(object, "expires_in", record->expires_in);
	json_add_text(object, "refresh_token", record->refresh_token);

	/* Whatever was asked for, this is what is granted: section 3.3. */
	if (form_value(form, "scope") != NULL)
		json_add_text(object, "scope", record->scope);
	return object;
}

static void
grant_refresh(const Request *request, const Form *form, Response *response)
{
	const char *token = form_value(form, "refresh_token");
	TokenRecord record;

	if (token == NULL)
		oauth_fail(response, OAUTH_INVALID_REQUEST);
	else if (refresh_tokens(token, &request->client, &record) != OUTCOME_OK)
		oauth_fail(response, OAUTH_INVALID_GRANT);
	else
		oauth_answer(response, 200, token_response(&record, form));
}

static bool
is_access_token_type(const char *type)
{
	return type != NULL && strcmp(type, ACCESS_TOKEN_TYPE) == 0;
}

/*
 * RFC 8693 section 2.1.  Who acts is the subject of the token that is
 * exchanged: there is no actor_token.
 */
static bool
exchange_is_valid(const Form *form, const Impersonation *impersonation)
{
	return form_value(form, "subject_token") != NULL &&
		is_access_token_type(form_value(form, "subject_token_type")) &&
		(form_value(form, "requested_token_type") == NULL ||
		 is_access_token_type(form_value(form, "requested_token_type"))) &&
		form_value(form, "actor_token") == NULL &&
		form_value(form, "actor_token_type") == NULL &&
		impersonation->customer_reference != NULL;
}

/* All tokens are for the one audience that is configured. */
static bool
is_for_us(const Form *form)
{
	const char *audience = form_value(form, "audience");

	return form_value(form, "resource") == NULL &&
		(audience == NULL || strcmp(audience, setting_audience) == 0);
}

/*
 * A subject token that is not good is an invalid request (section 2.2.2); a
 * customer whom nobody may act as, a grant that is not given.
 */
static void
answer_exchange(Response *response, Outcome outcome, const TokenRecord *record,
				const Form *form)
{
	JsonNode   *object;

	if (outcome == OUTCOME_IMPERSONATION_FAILED)
		oauth_fail(response, OAUTH_SUBJECT_REFUSED);
	else if (outcome != OUTCOME_OK)
		oauth_fail(response, OAUTH_SUBJECT_TOKEN_INVALID);
	else
	{
		object = token_response(record, form);
		json_add_text(object, "issued_token_type", ACCESS_TOKEN_TYPE);
		oauth_answer(response, 200, object);
	}
}

static void
grant_exchange(const Request *request, const Form *form, Response *response)
{
	Impersonation impersonation;
	TokenRecord record;
	Actor		agent;
	Outcome		outcome;

	impersonation.customer_reference = form_value(form, "requested_subject");
	impersonation.reason = form_value(form, "reason");
	impersonation.ticket = form_value(form, "ticket");
	if (!exchange_is_valid(form, &impersonation))
	{
		oauth_fail(response, OAUTH_INVALID_REQUEST);
		return;
	}
	if (!is_for_us(form))
	{
		oauth_fail(response, OAUTH_INVALID_TARGET);
		return;
	}
	outcome = impersonation_check(&impersonation);
	if (outcome != OUTCOME_OK)
	{
		oauth_fail_because(response, OAUTH_INVALID_REQUEST,
						   outcome_info(outcome)->detail);
		return;
	}
	outcome = authorization_of_agent(form_value(form, "subject_token"), &agent);
	if (outcome == OUTCOME_OK)
		outcome = impersonation_begin(&impersonation, &agent,
									  &request->client, &record);
	answer_exchange(response, outcome, &record, form);
}

void
token_create(const Request *request, Response *response)
{
	Form		form;
	const char *grant_type;
	Outcome		outcome;

	if (!oauth_read(request, response, &form))
		return;
	outcome = authorization_check(request);
	if (outcome != OUTCOME_OK)
	{
		oauth_refuse(response, outcome);
		return;
	}
	grant_type = form_value(&form, "grant_type");
	if (grant_type == NULL)
		oauth_fail(response, OAUTH_INVALID_REQUEST);
	else if (strcmp(grant_type, "refresh_token") == 0)
		grant_refresh(request, &form, response);
	else if (strcmp(grant_type, TOKEN_EXCHANGE) == 0)
		grant_exchange(request, &form, response);
	else
		oauth_fail(response, OAUTH_UNSUPPORTED_GRANT_TYPE);
}
