/*
 * http.h
 *		The front door, for whichever layer moves the bytes.
 */
#ifndef AGENT_AUTH_HTTP_H
#define AGENT_AUTH_HTTP_H

#include "api/request.h"
#include "api/response.h"

/*
 * Answers a request that is complete; "response" is zeroed.  To HEAD as to GET:
 * whoever sends it leaves the body out, and keeps its length.
 */
extern void http_serve(const Request *request, Response *response);

#endif							/* AGENT_AUTH_HTTP_H */
