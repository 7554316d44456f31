/*
 * customer_search.c
 *		GET /agent-customer-search: finds customers, a page at a time.
 */
#include "postgres.h"

#include "api/authorization.h"
#include "api/document.h"
#include "api/endpoints.h"
#include "api/page.h"
#include "identity/customer_search.h"
#include "owned.h"
#include "wire/form.h"

static const char type[] = "agent-customer-search";

#define PATH "/agent-customer-search"

typedef struct Question
{
	const char *term;
	PageRange	page;
} Question;

static Outcome
read_question(const Request *request, Question *question)
{
	const char *query = request->target.query;
	char	   *term = NULL;

	if (query != NULL && !form_find(query, "q", &term))
		return OUTCOME_QUERY_INVALID;
	question->term = term == NULL ? "" : term;
	return page_read(query, &question->page);
}

/* The order of the members is part of the contract. */
static JsonNode *
make_links(const Request *request, const Question *question,
		   const CustomerPage *page)
{
	JsonNode   *links = json_new_object();
	int64		offset = question->page.offset;
	int64		limit = question->page.limit;

	json_add_text(links, "self", request_self(request));
	if (page->total > 0 && page->exact)
		page_add_link(links, "last", request, PATH,
					  (page->total - 1) / limit * limit, limit);
	if (page->total > 0)
		page_add_link(links, "first", request, PATH, 0, limit);
	if (offset > 0)
		page_add_link(links, "prev", request, PATH, Max(offset - limit, 0),
					  limit);
	if (page->more)
		page_add_link(links, "next", request, PATH, offset + limit, limit);
	return links;
}

static JsonNode *
make_meta(const CustomerPage *page)
{
	JsonNode   *meta = json_new_object();

	json_add_int(meta, "total", page->total);
	json_add_bool(meta, "exact", page->exact);
	return meta;
}

static JsonNode *
make_document(const Request *request, const Question *question,
			  const CustomerPage *page)
{
	JsonNode   *document = owned_json(json_new_object());
	JsonNode   *data = json_new_array();
	JsonNode   *attributes = json_new_object();

	json_add(attributes, "customers", document_customers(page));
	json_append(data, document_data(type, NULL, attributes,
									request_self(request)));
	json_add(document, "data", data);
	json_add(document, "links", make_links(request, question, page));
	json_add(document, "meta", make_meta(page));
	return document;
}

void
customer_search_get(const Request *request, Response *response)
{
	Question	question;
	CustomerPage page;
	Actor		agent;
	Outcome		outcome = authorization_require_agent(request, &agent);

	if (outcome == OUTCOME_OK)
		outcome = read_question(request, &question);
	if (outcome == OUTCOME_OK)
		outcome = customer_search(question.term, question.page.offset,
								  question.page.limit, &agent, &request->client,
								  &page);
	if (outcome != OUTCOME_OK)
	{
		response_fail(response, outcome, 0);
		return;
	}
	response_document(response, 200, make_document(request, &question, &page));
	response_forbid_storing(response);
}
