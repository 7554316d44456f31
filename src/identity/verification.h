/*
 * verification.h
 *		Tokens that have been verified, and are remembered.
 */
#ifndef AGENT_AUTH_VERIFICATION_H
#define AGENT_AUTH_VERIFICATION_H

#include "identity/access_token.h"
#include "identity/standing.h"
#include "utils/jsonb.h"

typedef struct Verified
{
	Claims		claims;
	SessionIdentity identity;
} Verified;

/*
 * NULL when the token is not ours, altered, out of its time, or its session or
 * agent has ended; whoever calls.  The result lives until the next call.
 */
extern const Verified *verification_of(const char *token, Size len);

#endif							/* AGENT_AUTH_VERIFICATION_H */
