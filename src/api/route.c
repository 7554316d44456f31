/*
 * route.c
 *		Which method and path leads to which endpoint: one table.
 */
#include "postgres.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "lib/stringinfo.h"

#include "api/endpoints.h"
#include "api/media_type.h"
#include "api/route.h"

#define JSON_API MEDIA_TYPE_JSON_API
#define FORM MEDIA_TYPE_FORM
#define JSON MEDIA_TYPE_JSON

/* method, path, takes an id, access, reads, answers, endpoint */
static const Route routes[] = {
	{"POST", "/agent-access-tokens", false, ROUTE_WRITES, JSON_API, JSON_API,
	access_tokens_create},
	{"GET", "/agent-customer-search", false, ROUTE_AUDITS, NULL, JSON_API,
	customer_search_get},
	{"POST", "/agent-customer-impersonation-access-tokens", false, ROUTE_WRITES,
	JSON_API, JSON_API, impersonation_tokens_create},
	{"GET", "/agent-sessions", false, ROUTE_READS, NULL, JSON_API,
	agent_sessions_list},
	{"DELETE", "/agent-sessions", true, ROUTE_WRITES, NULL, JSON_API,
	agent_sessions_end},
	{"GET", "/agent-impersonations", false, ROUTE_AUDITS, NULL, JSON_API,
	impersonations_list},
	{"POST", "/refresh-tokens", false, ROUTE_WRITES, JSON_API, JSON_API,
	refresh_tokens_create},
	{"DELETE", "/refresh-tokens", true, ROUTE_WRITES, NULL, JSON_API,
	refresh_tokens_delete},
	{"POST", "/token", false, ROUTE_WRITES, FORM, JSON, token_create},
	{"POST", "/introspect", false, ROUTE_READS, FORM, JSON, introspect_create},
	{"POST", "/revoke", false, ROUTE_WRITES, FORM, JSON, revoke_create},
	{"GET", "/.well-known/jwks.json", false, ROUTE_READS, NULL, MEDIA_TYPE_JWK_SET,
	jwks_get},
	{"GET", "/.well-known/oauth-authorization-server", false, ROUTE_READS, NULL,
	JSON, server_metadata_get},
};

/* Segment by segment, decoded; an empty last one means no id. */
static bool
path_matches(const char *path, char *const *segments, int nsegments)
{
	int			i;

	for (i = 0; i < nsegments; i++)
	{
		const char *segment = segments[i];
		Size		len = strlen(segment);

		/* An escaped slash divides nothing. */
		if (strchr(segment, '/') != NULL ||
			path[0] != '/' || strncmp(path + 1, segment, len) != 0 ||
			(path[1 + len] != '/' && path[1 + len] != '\0'))
			return false;
		path += 1 + len;
	}
	return path[0] == '\0';
}

/* Nothing is created under an id of the client's choice. */
static bool
route_matches(const Route *route, const Request *request)
{
	const Target *target = &request->target;
	int			nsegments = target->nsegments;

	if (target->segments[nsegments - 1][0] == '\0')
		nsegments--;
	if (path_matches(route->path, target->segments, nsegments))
		return true;
	return route->takes_id && nsegments > 1 &&
		target->segments[nsegments - 1][0] != '\0' &&
		strcmp(request->method, "POST") != 0 &&
		path_matches(route->path, target->segments, nsegments - 1);
}

/*
 * Known before any credential is looked at, so that nothing is told about one.
 * Nobody gets round the trail by asking for a read-only transaction.
 */
static bool
is_closed(const Route *route)
{
	return XactReadOnly &&
		(route->access == ROUTE_WRITES ||
		 (route->access == ROUTE_AUDITS && !RecoveryInProgress()));
}

static bool
method_matches(const Route *route, const char *method)
{
	if (is_closed(route))
		return false;
	return strcmp(method, route->method) == 0 ||
		(strcmp(method, "HEAD") == 0 && strcmp(route->method, "GET") == 0);
}

static void
list_method(StringInfo list, const char *method)
{
	appendStringInfo(list, "%s%s", list->len > 0 ? ", " : "", method);
}

static void
list_methods(StringInfo list, const Route *route)
{
	if (is_closed(route))
		return;
	list_method(list, route->method);
	if (strcmp(route->method, "GET") == 0)
		list_method(list, "HEAD");
}

Outcome
route_find(const Request *request, const Route **route, char **allowed)
{
	StringInfoData methods;
	bool		known = false;
	size_t		i;

	if (!request->target_valid)
		return OUTCOME_NOT_FOUND;
	initStringInfo(&methods);
	for (i = 0; i < lengthof(routes); i++)
	{
		if (!route_matches(&routes[i], request))
			continue;
		known = true;
		if (method_matches(&routes[i], request->method))
		{
			*route = &routes[i];
			return OUTCOME_OK;
		}
		list_methods(&methods, &routes[i]);
	}
	if (known)
		list_method(&methods, "OPTIONS");
	*allowed = methods.data;
	return known ? OUTCOME_METHOD_NOT_ALLOWED : OUTCOME_NOT_FOUND;
}
