/*
 * route.h
 *		Which method and path leads to which endpoint.
 */
#ifndef AGENT_AUTH_ROUTE_H
#define AGENT_AUTH_ROUTE_H

#include "api/request.h"
#include "api/response.h"

/* In a read-only transaction there is no route that writes. */
typedef enum RouteAccess
{
	ROUTE_READS,
	ROUTE_WRITES,
	ROUTE_AUDITS				/* writes to the trail, but on a standby */
} RouteAccess;

typedef struct Route
{
	const char *method;
	const char *path;
	bool		takes_id;		/* as one more segment, which may be missing */
	RouteAccess access;
	const char *reads;			/* media type of its bodies; NULL: none */
	const char *answers;		/* media type of its answers */
	void		(*serve) (const Request *request, Response *response);
} Route;

/*
 * Finds the route of a request, HEAD being served as GET.  OUTCOME_NOT_FOUND
 * for an unknown path, OUTCOME_METHOD_NOT_ALLOWED for a known one, with
 * *allowed the methods it has, palloc'd, as the header Allow lists them.
 */
extern Outcome route_find(const Request *request, const Route **route,
						  char **allowed);

#endif							/* AGENT_AUTH_ROUTE_H */
