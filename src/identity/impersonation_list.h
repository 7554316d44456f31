/*
 * impersonation_list.h
 *		Who acted as whom, for auditors to look at.
 */
#ifndef AGENT_AUTH_IMPERSONATION_LIST_H
#define AGENT_AUTH_IMPERSONATION_LIST_H

#include "identity/actor.h"
#include "identity/client.h"
#include "identity/outcome.h"

#define IMPERSONATION_LIST_MAX_LIMIT 1000

/* Texts; times as RFC 3339 writes them.  NULL where there is none. */
typedef struct ImpersonationSummary
{
	char	   *session_id;
	char	   *agent;
	char	   *customer_reference;
	char	   *began_at;
	char	   *ended_at;		/* NULL while it goes on */
	char	   *end_reason;
	char	   *reason;
	char	   *ticket;
	char	   *peer;
	char	   *user_agent;
} ImpersonationSummary;

typedef struct ImpersonationPage
{
	ImpersonationSummary *impersonations;
	int			n;
	bool		more;			/* others follow this page */
} ImpersonationPage;

/*
 * OUTCOME_OK and impersonations "offset" to "offset" + "limit", the latest
 * first; OUTCOME_FORBIDDEN to an agent who is no auditor,
 * OUTCOME_PAGINATION_INVALID when there is no such page.  Leaves an audit row,
 * or where nothing can be written, a line in the server's log.  Outside SPI.
 */
extern Outcome impersonation_list(const Actor *agent, const Client *client,
								  int64 offset, int64 limit,
								  ImpersonationPage *page);

#endif							/* AGENT_AUTH_IMPERSONATION_LIST_H */
