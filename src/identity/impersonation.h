/*
 * impersonation.h
 *		An agent acts as a customer (RFC 8693).
 */
#ifndef AGENT_AUTH_IMPERSONATION_H
#define AGENT_AUTH_IMPERSONATION_H

#include "identity/actor.h"
#include "identity/client.h"
#include "identity/outcome.h"
#include "identity/token_record.h"

/* What an agent says; each may be NULL. */
typedef struct Impersonation
{
	const char *customer_reference;
	const char *reason;
	const char *ticket;
} Impersonation;

/* What is wrong with it, whoever the agent is; else OUTCOME_OK. */
extern Outcome impersonation_check(const Impersonation *impersonation);

/*
 * Opens a session under the agent's: OUTCOME_OK and the customer's tokens,
 * OUTCOME_IMPERSONATION_FAILED when there is no such customer or nobody may
 * act as him, OUTCOME_AGENT_TOKEN_INVALID when the agent's session has just
 * ended.  Runs as the extension's owner, outside SPI, in a transaction that
 * can write.
 */
extern Outcome impersonation_begin(const Impersonation *impersonation,
								   const Actor *agent, const Client *client,
								   TokenRecord *record);

#endif							/* AGENT_AUTH_IMPERSONATION_H */
