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

/*
 * Session and generation of a token of ours; false, before any table is
 * touched, when it is none, or its key is gone.
 */
extern bool refresh_token_read(const char *token, pg_uuid_t *session_id,
							   int32 *generation);

#endif							/* AGENT_AUTH_REFRESH_TOKEN_H */
