/*
 * introspection.h
 *		What a token says and whether it is good (RFC 7662 section 2.2).
 */
#ifndef AGENT_AUTH_INTROSPECTION_H
#define AGENT_AUTH_INTROSPECTION_H

#include "wire/json.h"

/*
 * {"active":false}, or {"active":true,"scope","token_type"} and the claims of
 * an access token; freed with the current memory context.  A refresh token is
 * not active: nothing else than the token endpoint may take one.
 */
extern JsonNode *introspection_of(const char *token);

#endif							/* AGENT_AUTH_INTROSPECTION_H */
