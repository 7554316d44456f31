/*
 * audit.h
 *		The trail: who did what, when, from where.
 */
#ifndef AGENT_AUTH_AUDIT_H
#define AGENT_AUTH_AUDIT_H

#include "identity/client.h"
#include "identity/session.h"

/*
 * Writes a row, inside SPI.  An agent_id of 0 and a NULL username mean that no
 * agent is known: what was typed as a user name may well be a password.
 */
extern void audit_attempt(const char *event, int64 agent_id,
						  const char *username, const Client *client);

/* The same for what happened to a session. */
extern void audit_session(const char *event, const pg_uuid_t *session_id,
						  int64 agent_id, const Client *client);

/*
 * The same for an administrative act, by whoever is logged in to the
 * database; "name" and "value" are one more detail, or NULL.
 */
extern void audit_administration(const char *event, int64 agent_id,
								 const char *username, const char *name,
								 const char *value);

/* Whether rows may be deleted for now: by purge() and nobody else. */
extern void audit_allow_delete(bool allowed);

#endif							/* AGENT_AUTH_AUDIT_H */
