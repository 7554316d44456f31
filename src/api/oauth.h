/*
 * oauth.h
 *		How the OAuth endpoints read and answer (RFC 6749 section 5), as opposed
 *		to JSON:API.
 */
#ifndef AGENT_AUTH_OAUTH_H
#define AGENT_AUTH_OAUTH_H

#include "api/request.h"
#include "api/response.h"
#include "wire/form.h"

typedef enum OAuthError
{
	OAUTH_INVALID_REQUEST,
	OAUTH_INVALID_GRANT,
	OAUTH_SUBJECT_TOKEN_INVALID,
	OAUTH_SUBJECT_REFUSED,
	OAUTH_INVALID_TARGET,
	OAUTH_UNSUPPORTED_GRANT_TYPE
} OAuthError;

/*
 * Reads the body.  Its values are wiped when the current memory context is
 * reset.  False when it is malformed: then that has been answered.
 */
extern bool oauth_read(const Request *request, Response *response, Form *form);

/* Answers with an object, which is not freed, that nobody may store. */
extern void oauth_answer(Response *response, int status, JsonNode *object);

/* Answers {"error","error_description"} (section 5.2). */
extern void oauth_fail(Response *response, OAuthError error);

/* The same with another description, printable ASCII. */
extern void oauth_fail_because(Response *response, OAuthError error,
							   const char *description);

/*
 * Answers "invalid_client" to a caller of whom "outcome" says what is wrong
 * with its credentials.  Who tried a scheme that is not Bearer is told of Basic
 * too, as section 5.2 demands.
 */
extern void oauth_refuse(Response *response, Outcome outcome);

#endif							/* AGENT_AUTH_OAUTH_H */
