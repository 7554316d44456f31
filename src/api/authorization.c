/*
 * authorization.c
 *		Which access tokens a request carries (RFC 6750 section 2.1).
 */
#include "postgres.h"

#include "api/authorization.h"
#include "identity/verification.h"

#define SCHEME "Bearer"

const char *
authorization_bearer_token(const char *value)
{
	Size		len = strlen(SCHEME);

	if (pg_strncasecmp(value, SCHEME, len) != 0 || value[len] != ' ')
		return NULL;
	value += len + strspn(value + len, " ");
	return value[0] == '\0' ? NULL : value;
}

/*
 * False when it is not good; else whose it is.  Asked once for a token: a
 * moment later its session may have ended.
 */
static bool
identify(const char *token, Actor *holder)
{
	const Verified *verified = verification_of(token, strlen(token));
	const char *customer;

	if (verified == NULL)
		return false;
	customer = verified->identity.customer_reference;
	holder->session_id = verified->claims.session_id;
	holder->agent_id = verified->identity.agent_id;
	holder->customer_reference = customer == NULL ? NULL : pstrdup(customer);
	return true;
}

/* A value that is no bearer token names no agent. */
static Outcome
check_agent_header(const char *value, Actor *holder, bool *found)
{
	const char *token = value == NULL ? NULL : authorization_bearer_token(value);

	*found = token != NULL;
	if (token == NULL || identify(token, holder))
		return OUTCOME_OK;
	return OUTCOME_AGENT_TOKEN_INVALID;
}

static Outcome
check_authorization(const char *value, Actor *holder, bool *found)
{
	const char *token;

	*found = false;
	if (value == NULL || value[0] == '\0')
		return OUTCOME_OK;
	token = authorization_bearer_token(value);
	if (token == NULL)
		return OUTCOME_SCHEME_UNSUPPORTED;
	*found = true;
	return identify(token, holder) ? OUTCOME_OK : OUTCOME_ACCESS_TOKEN_INVALID;
}

/* *found says whether there is any token, and then *caller whose it is. */
static Outcome
check(const Request *request, Actor *caller, bool *found)
{
	Actor		other = {0};
	bool		found_other;
	Outcome		outcome;

	outcome = check_agent_header(request_header(request,
												"x-agent-authorization"),
								 caller, found);
	if (outcome != OUTCOME_OK)
		return outcome;
	outcome = check_authorization(request_own_header(request, "authorization"),
								  &other, &found_other);
	if (!*found && found_other)
	{
		*found = true;
		*caller = other;
	}
	return outcome;
}

Outcome
authorization_check(const Request *request)
{
	Actor		caller;
	bool		found;

	return check(request, &caller, &found);
}

Outcome
authorization_check_agent(const Request *request)
{
	Actor		agent;
	bool		found;

	return check_agent_header(request_header(request,
											 "x-agent-authorization"),
							  &agent, &found);
}

Outcome
authorization_require(const Request *request, Actor *caller)
{
	bool		found;
	Outcome		outcome = check(request, caller, &found);

	return outcome == OUTCOME_OK && !found ? OUTCOME_TOKEN_MISSING : outcome;
}

/* An agent header of another scheme names nobody, whatever stands beside it. */
static bool
names_nobody(const Request *request)
{
	const char *value = request_header(request, "x-agent-authorization");

	return value != NULL && authorization_bearer_token(value) == NULL;
}

Outcome
authorization_require_agent(const Request *request, Actor *agent)
{
	bool		found;
	Outcome		outcome = check(request, agent, &found);

	if (outcome == OUTCOME_OK &&
		(!found || names_nobody(request) || agent->customer_reference != NULL))
		return OUTCOME_AGENT_REQUIRED;
	return outcome;
}

Outcome
authorization_of_agent(const char *token, Actor *agent)
{
	if (token == NULL || token[0] == '\0')
		return OUTCOME_AGENT_REQUIRED;
	if (!identify(token, agent))
		return OUTCOME_AGENT_TOKEN_INVALID;
	return agent->customer_reference == NULL ? OUTCOME_OK :
		OUTCOME_AGENT_REQUIRED;
}
