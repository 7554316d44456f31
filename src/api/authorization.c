/*
 * authorization.c
 *		Which access tokens a request carries (RFC 6750 section 2.1).
 */
#include "postgres.h"

#include "api/authorization.h"
#include "identity/verification.h"

#define SCHEME "Bearer"

/* What follows the scheme; NULL when it is another's, or nothing follows. */
static const char *
bearer_token(const char *value)
{
	Size		len = strlen(SCHEME);

	if (pg_strncasecmp(value, SCHEME, len) != 0 || value[len] != ' ')
		return NULL;
	value += len + strspn(value + len, " ");
	return value[0] == '\0' ? NULL : value;
}

static bool
is_good(const char *token)
{
	return verification_of(token, strlen(token)) != NULL;
}

/* A value that is no bearer token names no agent. */
static Outcome
check_agent_header(const char *value)
{
	const char *token = value == NULL ? NULL : bearer_token(value);

	if (token == NULL || is_good(token))
		return OUTCOME_OK;
	return OUTCOME_AGENT_TOKEN_INVALID;
}

static Outcome
check_authorization(const char *value)
{
	const char *token;

	if (value == NULL || value[0] == '\0')
		return OUTCOME_OK;
	token = bearer_token(value);
	if (token == NULL)
		return OUTCOME_SCHEME_UNSUPPORTED;
	return is_good(token) ? OUTCOME_OK : OUTCOME_ACCESS_TOKEN_INVALID;
}

Outcome
authorization_check(const Request *request)
{
	Outcome		outcome;

	outcome = check_agent_header(request_header(request,
												"x-agent-authorization"));
	if (outcome != OUTCOME_OK)
		return outcome;
	return check_authorization(request_own_header(request, "authorization"));
}

static void
identify(const char *token, Actor *caller)
{
	const Verified *verified = verification_of(token, strlen(token));
	const char *customer = verified->identity.customer_reference;

	caller->session_id = verified->claims.session_id;
	caller->agent_id = verified->identity.agent_id;
	caller->customer_reference = customer == NULL ? NULL : pstrdup(customer);
}

Outcome
authorization_require(const Request *request, Actor *caller)
{
	Outcome		outcome = authorization_check(request);
	const char *value = request_header(request, "x-agent-authorization");
	const char *token = value == NULL ? NULL : bearer_token(value);

	if (outcome != OUTCOME_OK)
		return outcome;
	if (token == NULL)
	{
		value = request_own_header(request, "authorization");
		token = value == NULL ? NULL : bearer_token(value);
	}
	if (token == NULL)
		return OUTCOME_TOKEN_MISSING;
	identify(token, caller);
	return OUTCOME_OK;
}
