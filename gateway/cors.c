/*
 * cors.c
 *		Which web pages may read the answers that the gateway gives by itself.
 *
 * The rules are the extension's: an origin is listed as it is sent, or "*"
 * lists all; no credentials are allowed.
 */
#include <string.h>

#include "cors.h"

#define ALLOWED_HEADERS "Accept, Authorization, Content-Type, X-Agent-Authorization"
#define EXPOSED_HEADERS "ETag, Retry-After, WWW-Authenticate"
#define SEPARATORS " ,"

/* A browser's guess while the database was away is soon forgotten. */
#define MAX_AGE_SECONDS "5"

static bool
is_origin(const char *item, size_t len)
{
	const char *host = memmem(item, len, "://", 3);

	if (len == 1 && item[0] == '*')
		return true;
	return host != NULL && host > item && host + 3 < item + len &&
		memchr(host + 3, '/', len - (size_t) (host + 3 - item)) == NULL;
}

bool
cors_can_read(const char *list)
{
	while (*(list += strspn(list, SEPARATORS)) != '\0')
	{
		size_t		len = strcspn(list, SEPARATORS);

		if (!is_origin(list, len))
			return false;
		list += len;
	}
	return true;
}

static bool
list_has(const char *list, const char *origin)
{
	size_t		origin_len = strlen(origin);

	while (*(list += strspn(list, SEPARATORS)) != '\0')
	{
		size_t		len = strcspn(list, SEPARATORS);

		if (len == origin_len && memcmp(list, origin, len) == 0)
			return true;
		list += len;
	}
	return false;
}

static bool
is_method(const char *method)
{
	static const char *const methods[] = {"GET", "HEAD", "POST", "DELETE"};
	size_t		i;

	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (strcmp(method, methods[i]) == 0)
			return true;
	return false;
}

/* The method that a preflight asks for; NULL when it is none. */
static const char *
preflight_method(struct MHD_Connection *connection, const char *method)
{
	const char *asked = MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
													"Access-Control-Request-Method");

	if (method == NULL || strcmp(method, "OPTIONS") != 0 || asked == NULL ||
		!is_method(asked))
		return NULL;
	return asked;
}

static void
let_pass(Answer *answer, const char *method)
{
	answer_empty(answer, 204);
	answer_add_header(answer, "Access-Control-Allow-Methods", method);
	answer_add_header(answer, "Access-Control-Allow-Headers", ALLOWED_HEADERS);
	answer_add_header(answer, "Access-Control-Max-Age", MAX_AGE_SECONDS);
}

void
cors_complete(struct MHD_Connection *connection, const char *list,
			  const char *method, Answer *answer)
{
	const char *origin = MHD_lookup_connection_value(connection,
													 MHD_HEADER_KIND, "Origin");
	const char *asked = preflight_method(connection, method);
	bool		any = list != NULL && list_has(list, "*");
	bool		listed = list != NULL && origin != NULL && origin[0] != '\0' &&
	(any || list_has(list, origin));

	if (listed && asked != NULL && answer->status == 503)
		let_pass(answer, asked);
	else if (listed)
		answer_add_header(answer, "Access-Control-Expose-Headers",
						  EXPOSED_HEADERS);
	if (listed)
		answer_add_header(answer, "Access-Control-Allow-Origin",
						  any ? "*" : origin);

	/* Caches must know that the answer is another for another page. */
	if (list != NULL && !any)
		answer_add_header(answer, "Vary", "Origin");
}
