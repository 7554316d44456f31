/*
 * access_token.h
 *		Access tokens: JSON Web Tokens (RFC 7519) that live as long as their
 *		session.
 */
#ifndef AGENT_AUTH_ACCESS_TOKEN_H
#define AGENT_AUTH_ACCESS_TOKEN_H

#include "crypto/keyring.h"
#include "identity/session.h"

/*
 * A new token for an agent's session, palloc'd; *expires_in is its lifetime in
 * seconds, at most what is left of the session's.
 */
extern char *access_token_issue(const Session *session, const SigningKey *key,
								int *expires_in);

/*
 * True when the token is ours, unaltered, within its time, and its session and
 * agent are alive.
 */
extern bool access_token_verify(const char *token);

#endif							/* AGENT_AUTH_ACCESS_TOKEN_H */
