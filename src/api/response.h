/*
 * response.h
 *		An HTTP response, before a layer sends it.
 */
#ifndef AGENT_AUTH_RESPONSE_H
#define AGENT_AUTH_RESPONSE_H

#include "api/request.h"
#include "identity/outcome.h"
#include "identity/token_record.h"
#include "wire/json.h"

#define RESPONSE_MAX_HEADERS 12

typedef struct ResponseHeader
{
	const char *name;
	const char *value;
} ResponseHeader;

typedef struct Response
{
	int			status;
	int			nheaders;
	ResponseHeader headers[RESPONSE_MAX_HEADERS];
	char	   *body;			/* palloc'd; NULL: none */
	Size		body_len;
} Response;

/* The strings are kept, not copied. */
extern void response_add_header(Response *response, const char *name,
								const char *value);

/* Answers with a JSON:API document; it is not freed. */
extern void response_document(Response *response, int status,
							  JsonNode *document);

/* Answers a POST with a resource of a type that carries tokens. */
extern void response_tokens(Response *response, const char *type,
							const TokenRecord *record, const Request *request);

/* Answers that it is done, and no more: 204. */
extern void response_done(Response *response);

/* Says that nobody may keep a copy: it carries a token. */
extern void response_forbid_storing(Response *response);

/*
 * Answers with the error document of a status and the headers that belong to
 * it; "seconds" is how long to wait, where the status says to.
 */
extern void response_fail(Response *response, Outcome outcome, int seconds);

/* Adds only those headers. */
extern void response_add_error_headers(Response *response, Outcome outcome,
									   int seconds);

#endif							/* AGENT_AUTH_RESPONSE_H */
