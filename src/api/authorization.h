/*
 * authorization.h
 *		Which access tokens a request carries.
 */
#ifndef AGENT_AUTH_AUTHORIZATION_H
#define AGENT_AUTH_AUTHORIZATION_H

#include "api/request.h"
#include "identity/actor.h"
#include "identity/outcome.h"

/* What follows the scheme; NULL when it is another's, or nothing follows. */
extern const char *authorization_bearer_token(const char *value);

/*
 * OUTCOME_OK when the request carries no token or only good ones; else what is
 * wrong, the agent's own header first.  No endpoint lets a bad one pass, also
 * one that needs none.
 */
extern Outcome authorization_check(const Request *request);

/* The same of the agent's own header alone, for what anybody may cache. */
extern Outcome authorization_check_agent(const Request *request);

/*
 * The same, and whose token it is, in *caller: the agent header's where there
 * are both.  OUTCOME_TOKEN_MISSING when there is none.
 */
extern Outcome authorization_require(const Request *request, Actor *caller);

/*
 * The same where it must be an agent's who acts as nobody else:
 * OUTCOME_AGENT_REQUIRED when it is not.
 */
extern Outcome authorization_require_agent(const Request *request,
										   Actor *agent);

/*
 * The same for a token that is an argument: NULL or empty is no agent.
 */
extern Outcome authorization_of_agent(const char *token, Actor *agent);

#endif							/* AGENT_AUTH_AUTHORIZATION_H */
