/*
 * customer_search.h
 *		Finding customers by what an agent knows of them.
 */
#ifndef AGENT_AUTH_CUSTOMER_SEARCH_H
#define AGENT_AUTH_CUSTOMER_SEARCH_H

#include "identity/actor.h"
#include "identity/client.h"
#include "identity/outcome.h"

#define CUSTOMER_SEARCH_MAX_LIMIT 1000

/* All palloc'd; NULL where unknown. */
typedef struct FoundCustomer
{
	char	   *reference;
	char	   *email;
	char	   *first_name;
	char	   *last_name;
} FoundCustomer;

typedef struct CustomerPage
{
	FoundCustomer *customers;
	int			n;
	int64		total;			/* at least, when not exact */
	bool		exact;
	bool		more;			/* customers follow this page */
} CustomerPage;

/*
 * OUTCOME_OK and customers "offset" to "offset" + "limit" of those that match,
 * in the order of their ids; OUTCOME_PAGINATION_INVALID when there is no such
 * page.  An empty term matches all.  Leaves an audit row, or where nothing can
 * be written, a line in the server's log.  Runs as the extension's owner,
 * outside SPI.
 */
extern Outcome customer_search(const char *term, int64 offset, int64 limit,
							   const Actor *agent, const Client *client,
							   CustomerPage *page);

#endif							/* AGENT_AUTH_CUSTOMER_SEARCH_H */
