/*
 * refresh_token.h
 *		Refresh tokens: opaque, and stored nowhere.
 */
#ifndef AGENT_AUTH_REFRESH_TOKEN_H
#define AGENT_AUTH_REFRESH_TOKEN_H

#include "identity/session.h"

/* What secret scanners look for. */
#define REFRESH_TOKEN_PREFIX "aart_"

/* The token of the session's present generation, palloc'd. */
extern char *refresh_token_issue(const Session *session);

#endif							/* AGENT_AUTH_REFRESH_TOKEN_H */
