/*
 * actor.h
 *		Who acts in this transaction.
 */
#ifndef AGENT_AUTH_ACTOR_H
#define AGENT_AUTH_ACTOR_H

#include "identity/verification.h"

typedef struct Actor
{
	pg_uuid_t	session_id;
	int64		agent_id;		/* also when acting as a customer */
	char	   *customer_reference; /* NULL unless acting as one */
} Actor;

/*
 * Makes the holder of a good token the actor until the transaction ends, or
 * the savepoint is rolled back in which it was made.  False when the token is
 * not good; then the actor stays.
 */
extern bool actor_set(const char *token, Size len);

/*
 * The actor: as set, else, where agent_auth.trust_request_claims allows, from
 * the claims that PostgREST has verified; NULL otherwise.  An error when the
 * token by which it was set is not good any more: nobody would be less than
 * that, since what agents must not do, others may.
 */
extern const Actor *actor_get(void);

/* The claims that PostgREST has verified, as JSON; NULL when there are none. */
extern const char *actor_request_claims(void);

/* Whose claims they are; NULL when not ours, or their session has ended. */
extern const Actor *actor_of_claims(const char *claims);

#endif							/* AGENT_AUTH_ACTOR_H */
