/*
 * page.c
 *		Pages of a collection, read and linked to.
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "api/page.h"
#include "wire/form.h"

#define OFFSET_NAME "page[offset]"
#define LIMIT_NAME "page[limit]"

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
read_parameter(const char *query, const char *name, int64 *value)
{
	char	   *string;

	if (!form_find(query, name, &string))
		return OUTCOME_PAGINATION_INVALID;
	if (string == NULL)
		return OUTCOME_OK;
	return read_integer(string, value) ? OUTCOME_OK :
		OUTCOME_PAGINATION_INVALID;
}

Outcome
page_read(const char *query, PageRange *page)
{
	Outcome		outcome;

	page->offset = 0;
	page->limit = PAGE_LIMIT;
	if (query == NULL)
		return OUTCOME_OK;
	outcome = read_parameter(query, OFFSET_NAME, &page->offset);
	if (outcome == OUTCOME_OK)
		outcome = read_parameter(query, LIMIT_NAME, &page->limit);
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

void
page_add_link(JsonNode *links, const char *name, const Request *request,
			  const char *path, int64 offset, int64 limit)
{
	json_add_text(links, name,
				  psprintf("%s%s?%s" OFFSET_NAME "=" INT64_FORMAT
						   "&" LIMIT_NAME "=" INT64_FORMAT,
						   request_origin(request), path,
						   other_parameters(request->target.query),
						   offset, limit));
}
