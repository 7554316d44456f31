/*
 * customer_search.c
 *		GET /agent-customer-search: finds customers, a page at a time.
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "api/authorization.h"
#include "api/document.h"
#include "api/endpoints.h"
#include "identity/customer_search.h"
#include "owned.h"
#include "wire/form.h"

static const char type[] = "agent-customer-search";

#define OFFSET_NAME "page[offset]"
#define LIMIT_NAME "page[limit]"

typedef struct Question
{
	const char *term;
	int64		offset;
	int64		limit;
} Question;

/* An integer as RFC 8259 writes it; nothing else counts as one. */
static bool
read_integer(const char *string, int64 *value)
{
	const char *digits = string + (string[0] == '-');
	char	   *end;

	if (digits[0] == '\0' || digits[strspn(digits, "0123456789")] != '\0')
		return false;
	errno = 0;
	*value = strtoll(string, &end, 10);
	return errno == 0;
}

static Outcome
read_page(const char *query, const char *name, int64 *value)
{
	char	   *string;

	if (!form_find(query, name, &string))
		return OUTCOME_PAGINATION_INVALID;
	if (string == NULL)
		return OUTCOME_OK;
	return read_integer(string, value) ? OUTCOME_OK :
		OUTCOME_PAGINATION_INVALID;
}

static Outcome
read_question(const Request *request, Question *question)
{
	const char *query = request->target.query;
	char	   *term;
	Outcome		outcome;

	question->term = "";
	question->offset = 0;
	question->limit = CUSTOMER_SEARCH_LIMIT;
	if (query == NULL)
		return OUTCOME_OK;
	if (!form_find(query, "q", &term))
		return OUTCOME_QUERY_INVALID;
	if (term != NULL)
		question->term = term;
	outcome = read_page(query, OFFSET_NAME, &question->offset);
	if (outcome == OUTCOME_OK)
		outcome = read_page(query, LIMIT_NAME, &question->limit);
	return outcome;
}

/* The query string, as it was sent, without what says which page. */
static char *
other_parameters(const char *query)
{
	StringInfoData result;

	initStringInfo(&result);
	while (query != NULL && *query != '\0')
	{
		size_t		len = strcspn(query, "&");
		char	   *parameter = pnstrdup(query, len);
		char	   *offset;
		char	   *limit;

		if (form_find(parameter, OFFSET_NAME, &offset) && offset == NULL &&
			form_find(parameter, LIMIT_NAME, &limit) && limit == NULL)
			appendStringInfo(&result, "%s&", parameter);
		query += len + (query[len] == '&');
	}
	return result.data;
}

static void
add_link(JsonNode *links, const char *name, const Request *request,
		 const char *others, int64 offset, int64 limit)
{
	json_add_text(links, name,
				  psprintf("%s/%s?%s" OFFSET_NAME "=" INT64_FORMAT
						   "&" LIMIT_NAME "=" INT64_FORMAT,
						   request_origin(request), type, others, offset,
						   limit));
}

/* The order of the members is part of the contract. */
static JsonNode *
make_links(const Request *request, const Question *question,
		   const CustomerPage *page)
{
	JsonNode   *links = json_new_object();
	const char *others = other_parameters(request->target.query);
	int64		offset = question->offset;
	int64		limit = question->limit;

	json_add_text(links, "self", request_self(request));
	if (page->total > 0 && page->exact)
		add_link(links, "last", request, others,
				 (page->total - 1) / limit * limit, limit);
	if (page->total > 0)
		add_link(links, "first", request, others, 0, limit);
	if (offset > 0)
		add_link(links, "prev", request, others, Max(offset - limit, 0), limit);
	if (page->more)
		add_link(links, "next", request, others, offset + limit, limit);
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
		outcome = customer_search(question.term, question.offset,
								  question.limit, &agent, &request->client,
								  &page);
	if (outcome != OUTCOME_OK)
	{
		response_fail(response, outcome, 0);
		return;
	}
	response_document(response, 200, make_document(request, &question, &page));
	response_forbid_storing(response);
}
