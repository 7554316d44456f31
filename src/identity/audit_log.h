/*
 * audit_log.h
 *		What the server's log tells, because the trail cannot.
 */
#ifndef AGENT_AUTH_AUDIT_LOG_H
#define AGENT_AUTH_AUDIT_LOG_H

#include "identity/client.h"
#include "utils/uuid.h"

/*
 * What an agent did, with its number first, by which session and from where,
 * and a hint or NULL.
 * Tells it now: where nothing can be written, as on a standby.
 */
extern void audit_log_now(const char *what, const pg_uuid_t *session_id,
						  const Client *client, const char *hint);

/*
 * The same, once the row in the trail that says so is taken back, with its
 * transaction or to a savepoint.  What an agent has seen by then stays seen.
 */
extern void audit_log_if_aborted(const char *what, const pg_uuid_t *session_id,
								 const Client *client, const char *hint);

#endif							/* AGENT_AUTH_AUDIT_LOG_H */
