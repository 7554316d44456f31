/*
 * request.h
 *		An HTTP request, from whichever layer it came.
 */
#ifndef AGENT_AUTH_REQUEST_H
#define AGENT_AUTH_REQUEST_H

#include "utils/jsonb.h"

#include "identity/client.h"
#include "wire/target.h"

#define REQUEST_BODY_MAX (64 * 1024)

typedef struct Request
{
	const char *method;
	const char *raw_target;
	Target		target;
	bool		target_valid;
	Jsonb	   *headers;		/* NULL: none */
	const char *prefix;			/* what the layer puts before the names of
								 * headers that it uses itself; or "" */
	const char *body;
	Size		body_len;
	Client		client;
} Request;

/*
 * Completes a request of which method, raw_target, headers, prefix and body
 * are set: takes the target apart and finds the User-Agent.
 */
extern void request_complete(Request *request);

/* The last segment of the path where there is one more than "n"; else NULL. */
extern const char *request_id(const Request *request, int n);

/* The value of a header, by lower-case name, palloc'd; NULL when absent. */
extern char *request_header(const Request *request, const char *name);

/* The same for Content-Type, Accept and Authorization (see "prefix"). */
extern char *request_own_header(const Request *request, const char *name);

/*
 * Whether the layer has said "Expect: no-wait" (RFC 9110 section 10.1.1): what
 * would wait on purpose is then answered OUTCOME_WOULD_WAIT, and not begun.
 */
extern bool request_expects_no_wait(const Request *request);

/* The configured base URL, else scheme and host as the layer vouches for them. */
extern const char *request_origin(const Request *request);

/* The address of the resource: origin and target, percent-decoded once. */
extern char *request_self(const Request *request);

#endif							/* AGENT_AUTH_REQUEST_H */
