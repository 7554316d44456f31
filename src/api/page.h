/*
 * page.h
 *		Pages of a collection: page[offset] and page[limit] of a query string
 *		(JSON:API, "Pagination"), and the links to other pages.
 */
#ifndef AGENT_AUTH_PAGE_H
#define AGENT_AUTH_PAGE_H

#include "api/request.h"
#include "identity/outcome.h"
#include "wire/json.h"

#define PAGE_LIMIT 10			/* unless said otherwise */

typedef struct PageRange
{
	int64		offset;
	int64		limit;
} PageRange;

/*
 * Reads a query string, NULL for none.  OUTCOME_PAGINATION_INVALID when either
 * is no integer; whether there is such a page is for others to say.
 */
extern Outcome page_read(const char *query, PageRange *page);

/*
 * Adds a link to the page at "offset" of the collection at "path", with all
 * other parameters of the request.
 */
extern void page_add_link(JsonNode *links, const char *name,
						  const Request *request, const char *path,
						  int64 offset, int64 limit);

#endif							/* AGENT_AUTH_PAGE_H */
