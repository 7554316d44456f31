/*
 * cors.c
 *		Which web pages may call (the Fetch standard's CORS protocol).
 *
 * Tokens travel in headers that a page has to set itself: there are no
 * cookies, and no credentials are allowed.  A page of another origin gets its
 * answer without a word about it, and its browser keeps it.
 */
#include "postgres.h"

#include "api/cors.h"
#include "settings.h"

#define ALLOWED_HEADERS "Accept, Authorization, Content-Type, X-Agent-Authorization"
#define EXPOSED_HEADERS "ETag, Retry-After, WWW-Authenticate"
#define MAX_AGE_SECONDS "600"

/* Whether the list, of origins with commas and blanks between, has it. */
static bool
list_has(const char *list, const char *origin)
{
	Size		len = strlen(origin);

	while (*list != '\0')
	{
		Size		item_len;

		list += strspn(list, " ,");
		item_len = strcspn(list, " ,");
		if (item_len == len && memcmp(list, origin, len) == 0)
			return true;
		list += item_len;
	}
	return false;
}

/* What to say is allowed; NULL: nothing. */
static const char *
allowed_origin(const Request *request)
{
	const char *origin = request_own_header(request, "origin");

	/* PostgREST would answer it by itself: the proxy gives it another name. */
	if (origin == NULL)
		origin = request_header(request, "origin");
	if (origin == NULL || origin[0] == '\0')
		return NULL;
	if (list_has(setting_cors_origins, "*"))
		return "*";
	return list_has(setting_cors_origins, origin) ? origin : NULL;
}

/* Caches must know that the answer is another for another page. */
static const char *
add_origin(const Request *request, Response *response)
{
	const char *origin = allowed_origin(request);

	if (setting_cors_origins[0] != '\0' && !list_has(setting_cors_origins, "*"))
		response_add_header(response, "Vary", "Origin");
	if (origin != NULL)
		response_add_header(response, "Access-Control-Allow-Origin", origin);
	return origin;
}

void
cors_add_headers(const Request *request, Response *response)
{
	if (add_origin(request, response) != NULL)
		response_add_header(response, "Access-Control-Expose-Headers",
							EXPOSED_HEADERS);
}

void
cors_answer_options(const Request *request, const char *allowed,
					Response *response)
{
	response_done(response);
	response_add_header(response, "Allow", allowed);
	if (add_origin(request, response) == NULL)
		return;
	response_add_header(response, "Access-Control-Allow-Methods", allowed);
	response_add_header(response, "Access-Control-Allow-Headers",
						ALLOWED_HEADERS);
	response_add_header(response, "Access-Control-Max-Age", MAX_AGE_SECONDS);
}
