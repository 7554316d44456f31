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
 * The same for what an agent was refused, by a session of his; "reference" is
 * the customer's, as it was given, or NULL.
 */
extern void audit_refusal(const char *event, int64 agent_id,
						  const pg_uuid_t *session_id, const char *reference,
						  const Client *client);

/*
 * The same for a search, with the number of hits; "term" is NULL where it is
 * not to be kept.  Where nothing can be written, as on a standby, the server's
 * log has it instead.
 */
extern void audit_search(int64 agent_id, const pg_uuid_t *session_id,
						 int64 hits, bool exact, const char *term,
						 const Client *client);

/*
 * Of an impersonation that began, whose row is written with its session: what
 * the server's log has, should both be taken back.
 */
extern void audit_impersonation(const Session *session, const Client *client);

/*
 * The same for a look at the trail, or one that was refused.  Where nothing can
 * be written, the server's log has it instead.
 */
extern void audit_reading(const char *event, int64 agent_id,
						  const pg_uuid_t *session_id, const Client *client);

/*
 * The same for an administrative act, by whoever is logged in to the
 * database; "name" and "value" are one more detail, or NULL.
 */
extern void audit_administration(const char *event, int64 agent_id,
								 const char *username, const char *name,
								 const char *value);

/* The same for an administrative act on a session. */
extern void audit_session_administration(const char *event,
										 const pg_uuid_t *session_id);

/*
 * Whether rows of the trail and its seals may be deleted or changed for now: by
 * purge() and nobody else.
 */
extern void audit_allow_change(bool allowed);

#endif							/* AGENT_AUTH_AUDIT_H */
