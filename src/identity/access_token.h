/*
 * access_token.h
 *		Access tokens: JSON Web Tokens (RFC 7519) that live as long as their
 *		session.
 */
#ifndef AGENT_AUTH_ACCESS_TOKEN_H
#define AGENT_AUTH_ACCESS_TOKEN_H

#include "crypto/keyring.h"
#include "identity/session.h"
#include "wire/claims.h"

/*
 * A new token for a session, palloc'd; *expires_in is its lifetime in
 * seconds, at most what is left of the session's.
 */
extern char *access_token_issue(const Session *session, const SigningKey *key,
								int *expires_in);

/* What its tokens allow, as a list with blanks (RFC 6749 section 3.3). */
extern const char *access_token_scope(const Session *session);

/* What a token says, as far as it matters here; palloc'd. */
typedef struct Claims
{
	pg_uuid_t	session_id;
	int64		expires;		/* seconds since 1970 */
	const char *audience;
	const char *issuer;
	Jsonb	   *jsonb;			/* all of them */
} Claims;

/*
 * True when the token is ours, unaltered and within its time.  Whether its
 * session is alive is not asked.
 */
extern bool access_token_read(const char *token, Size len, Claims *claims);

/* Whether the time in a claim "exp" has come. */
extern bool access_token_has_expired(int64 expires);

/* What of that may change while a token is kept. */
extern bool access_token_is_good_now(const Claims *claims);

#endif							/* AGENT_AUTH_ACCESS_TOKEN_H */
