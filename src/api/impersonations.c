/*
 * impersonations.c
 *		GET /agent-impersonations: who acted as whom, for auditors.
 */
#include "postgres.h"

#include "api/authorization.h"
#include "api/document.h"
#include "api/endpoints.h"
#include "api/page.h"
#include "identity/impersonation_list.h"
#include "owned.h"

static const char type[] = "agent-impersonations";

#define PATH "/agent-impersonations"

static JsonNode *
attributes_of(const ImpersonationSummary *impersonation)
{
	JsonNode   *attributes = json_new_object();

	json_add_text(attributes, "agent", impersonation->agent);
	json_add_text(attributes, "customerReference",
				  impersonation->customer_reference);
	json_add_text(attributes, "startedAt", impersonation->began_at);
	json_add_text(attributes, "endedAt", impersonation->ended_at);
	json_add_text(attributes, "endReason", impersonation->end_reason);
	json_add_text(attributes, "reason", impersonation->reason);
	json_add_text(attributes, "ticket", impersonation->ticket);
	json_add_text(attributes, "peer", impersonation->peer);
	json_add_text(attributes, "userAgent", impersonation->user_agent);
	return attributes;
}

/* An impersonation has no address of its own: it is one of the collection. */
static JsonNode *
make_data(const Request *request, const ImpersonationPage *page)
{
	JsonNode   *data = json_new_array();
	int			i;

	for (i = 0; i < page->n; i++)
		json_append(data,
					document_data(type, page->impersonations[i].session_id,
								  attributes_of(&page->impersonations[i]),
								  psprintf("%s" PATH,
										   request_origin(request))));
	return data;
}

static JsonNode *
make_links(const Request *request, const PageRange *asked,
		   const ImpersonationPage *page)
{
	JsonNode   *links = json_new_object();
	int64		offset = asked->offset;
	int64		limit = asked->limit;

	json_add_text(links, "self", request_self(request));
	page_add_link(links, "first", request, PATH, 0, limit);
	if (offset > 0)
		page_add_link(links, "prev", request, PATH, Max(offset - limit, 0),
					  limit);
	if (page->more)
		page_add_link(links, "next", request, PATH, offset + limit, limit);
	return links;
}

void
impersonations_list(const Request *request, Response *response)
{
	JsonNode   *document = owned_json(json_new_object());
	ImpersonationPage page;
	PageRange	asked;
	Actor		agent;
	Outcome		outcome = authorization_require_agent(request, &agent);

	if (outcome == OUTCOME_OK)
		outcome = page_read(request->target.query, &asked);
	if (outcome == OUTCOME_OK)
		outcome = impersonation_list(&agent, &request->client, asked.offset,
									 asked.limit, &page);
	if (outcome != OUTCOME_OK)
	{
		response_fail(response, outcome, 0);
		return;
	}
	json_add(document, "data", make_data(request, &page));
	json_add(document, "links", make_links(request, &asked, &page));
	response_document(response, 200, document);
	response_forbid_storing(response);
}
