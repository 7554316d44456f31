/*
 * revocation.h
 *		Ending a session by one of its tokens (RFC 7009).
 */
#ifndef AGENT_AUTH_REVOCATION_H
#define AGENT_AUTH_REVOCATION_H

#include "identity/actor.h"
#include "identity/client.h"

/*
 * Each ends the session at commit, with all its tokens, and tells nobody
 * whether there was one.  They run as the extension's owner, outside SPI.
 *
 * By an access or a refresh token, whoever has it:
 */
extern void revoke_token(const char *token, const Client *client);

/* By a refresh token of the actor's own; another's is left alone. */
extern void revoke_own(const Actor *actor, const char *refresh_token,
					   const Client *client);

/* All sessions of the actor: of the agent, or just this one as a customer. */
extern void revoke_all(const Actor *actor, const Client *client);

#endif							/* AGENT_AUTH_REVOCATION_H */
