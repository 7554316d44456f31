/*
 * session.h
 *		Sessions: what every token hangs on.
 */
#ifndef AGENT_AUTH_SESSION_H
#define AGENT_AUTH_SESSION_H

#include "datatype/timestamp.h"
#include "utils/uuid.h"

#include "identity/agent.h"
#include "identity/client.h"
#include "identity/customer.h"

/* Of each generation another: what was rolled back never was a token. */
#define SESSION_NONCE_LENGTH 16

typedef struct Session
{
	pg_uuid_t	id;
	int64		agent_id;
	int32		generation;		/* of its refresh token */
	bool		has_nonce;		/* false: 0.1.0 has made that token */
	uint8		nonce[SESSION_NONCE_LENGTH];
	TimestampTz created_at;
	TimestampTz expires_at;
	char	   *customer_reference; /* NULL unless the agent acts as one */
	int64		customer_id;	/* then; not kept with the session */
} Session;

/*
 * All run inside SPI.  Opens a session for an agent whose password was right,
 * notes the login and writes its audit row.  False when the agent, as it is
 * now, is disabled or has another password.  A "new_hash" that is not NULL
 * replaces the agent's.
 */
extern bool session_open(const Agent *agent, const char *new_hash,
						 const Client *client, Session *session);

/*
 * Opens one under an agent's own, in which the agent acts as a customer, with
 * its audit row; reason and ticket may be NULL.  False when the agent's is over.
 */
extern bool session_open_impersonation(const pg_uuid_t *parent,
									   const Customer *customer,
									   const char *reason, const char *ticket,
									   const Client *client, Session *session);

/* The id from its text; false, and nothing raised, when it is none. */
extern bool session_read_id(const char *string, pg_uuid_t *id);

typedef enum SessionRefresh
{
	SESSION_REFRESHED,			/* by this call */
	SESSION_REFRESHED_BEFORE,	/* a moment ago, by the same token */
	SESSION_REUSED,				/* longer ago: the token was stolen, or is */
	SESSION_DEAD
} SessionRefresh;

/*
 * Spends the refresh token of a generation, which has that nonce, or none
 * (NULL) where 0.1.0 has made it.  Exactly one of those who do it at once is
 * the first, and all get the same next generation.  "session" is set, but for
 * its customer_id, unless it is dead.  Where a rollback may have hidden that
 * the token was spent before is not asked here: handout.h.
 */
extern SessionRefresh session_refresh(const pg_uuid_t *id, int32 generation,
									  const uint8 *nonce, Session *session);

/*
 * Ends one session and what hangs on it; false when it was not alive, or is
 * not that agent's.  An agent_id of 0 is any agent.  The end of each
 * impersonation is in the trail; a NULL client is an administrator.
 */
extern bool session_end(const pg_uuid_t *id, int64 agent_id,
						const char *reason, const Client *client);

/* Ends every session of an agent; returns their number. */
extern uint64 session_end_all(int64 agent_id, const char *reason,
							  const Client *client);

#endif							/* AGENT_AUTH_SESSION_H */
