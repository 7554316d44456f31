/*
 * client.h
 *		Who is asking, as far as the layer in front vouches for it.
 */
#ifndef AGENT_AUTH_CLIENT_H
#define AGENT_AUTH_CLIENT_H

#include "compat.h"

#include "utils/inet.h"

typedef struct Client
{
	inet	   *peer;			/* NULL when unknown */
	Oid			role;			/* where SQL is all that is known: who logged
								 * in to the database; else InvalidOid */
	char	   *user_agent;		/* NULL when unknown */
} Client;

/* An address from its text; NULL when it is none. */
extern inet *client_parse_peer(const char *string);

/* Shortens a User-Agent in place to what is worth keeping. */
extern void client_clip_user_agent(char *user_agent);

#endif							/* AGENT_AUTH_CLIENT_H */
