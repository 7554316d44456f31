/*
 * route.c
 *		What may be told of a request's method and target: in logs and metrics.
 *
 * A path may hold a token, and clients write what they like into it.
 */
#include <string.h>

#include "route.h"

static const char *const routes[ROUTE_COUNT] = {
	"/agent-access-tokens", "/agent-customer-search",
	"/agent-customer-impersonation-access-tokens", "/agent-sessions",
	"/agent-impersonations",
	"/refresh-tokens", "/token", "/introspect", "/revoke", "/.well-known",
	"/console", "/healthz", "/readyz", "other"
};

static const char *const methods[ROUTE_METHOD_COUNT] = {
	"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other"
};

#define OTHER_ROUTE (ROUTE_COUNT - 1)
#define OTHER_METHOD (ROUTE_METHOD_COUNT - 1)

int
route_number(const char *target)
{
	size_t		len = target[0] == '/' ? strcspn(target + 1, "/?") + 1 : 0;
	int			i;

	for (i = 0; i < OTHER_ROUTE; i++)
		if (strlen(routes[i]) == len && memcmp(target, routes[i], len) == 0)
			break;
	return i;
}

const char *
route_name(int number)
{
	return routes[number];
}

int
route_method_number(const char *method)
{
	int			i;

	for (i = 0; i < OTHER_METHOD; i++)
		if (method != NULL && strcmp(method, methods[i]) == 0)
			break;
	return i;
}

const char *
route_method_name(int number)
{
	return methods[number];
}

const char *
route_method(const char *method, const char *unknown)
{
	int			number = route_method_number(method);

	return number == OTHER_METHOD ? unknown : methods[number];
}

/* A short segment without capitals is no token. */
const char *
route_segment(const char *target, char segment[ROUTE_SEGMENT_MAX])
{
	int			number = route_number(target);
	size_t		len = strspn(target + (target[0] == '/'),
							 "abcdefghijklmnopqrstuvwxyz0123456789.-");
	const char *end = target + (target[0] == '/') + len;

	if (number != OTHER_ROUTE)
		return routes[number];
	if (target[0] != '/' || len == 0 || len + 2 > ROUTE_SEGMENT_MAX ||
		(*end != '\0' && *end != '/' && *end != '?'))
		return "-";
	memcpy(segment, target, len + 1);
	segment[len + 1] = '\0';
	return segment;
}
