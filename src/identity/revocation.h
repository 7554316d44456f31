/*
 * revocation.h
 *		Ending a session by one of its tokens (RFC 7009).
 */
#ifndef AGENT_AUTH_REVOCATION_H
#define AGENT_AUTH_REVOCATION_H

#include "identity/actor.h"
#include "identity/client.h"

/*
 * Each ends the session at commit, with all its tokens.  They run as the
 * extension's owner, outside SPI.  Where a token says which session, nobody is
 * told whether there was one.
 *
 * By an access or a refresh token, whoever has it:
 */
extern void revoke_token(const char *token, const Client *client);

/* By a refresh token of the actor's own; another's is left alone. */
extern void revoke_own(const Actor *actor, const char *refresh_token,
					   const Client *client);

/* A session of an agent's own; false when it was not alive, or is not that. */
extern bool revoke_session(const Actor *agent, const pg_uuid_t *id,
						   const Client *client);

/* All sessions of the actor: of the agent, or just this one as a customer. */
extern void revoke_all(const Actor *actor, const Client *client);

#endif							/* AGENT_AUTH_REVOCATION_H */
