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

typedef struct RefreshToken
{
	pg_uuid_t	session_id;
	int32		generation;
	bool		has_nonce;		/* false: 0.1.0 has made it */
	uint8		nonce[SESSION_NONCE_LENGTH];
} RefreshToken;

/*
 * What a token of ours says; false, before any table is touched, when it is
 * none, or its key is gone.  Whether its session has ever had such a token is
 * for session_refresh() to say.
 */
extern bool refresh_token_read(const char *token, RefreshToken *read);

#endif							/* AGENT_AUTH_REFRESH_TOKEN_H */
