/*
 * response.c
 *		An HTTP response, before a layer sends it.
 */
#include "postgres.h"

#include "api/document.h"
#include "api/media_type.h"
#include "api/response.h"

void
response_add_header(Response *response, const char *name, const char *value)
{
	ResponseHeader *header;

	if (response->nheaders == RESPONSE_MAX_HEADERS)
		elog(ERROR, "too many response headers");
	header = &response->headers[response->nheaders++];
	header->name = name;
	header->value = value;
}

void
response_document(Response *response, int status, JsonNode *document)
{
	response->status = status;
	response->body = json_write(document, &response->body_len);
	response_add_header(response, "Content-Type", MEDIA_TYPE_JSON_API);
	response_add_header(response, "X-Content-Type-Options", "nosniff");
}

void
response_forbid_storing(Response *response)
{
	response_add_header(response, "Cache-Control", "no-store");
}

void
response_done(Response *response)
{
	response->status = 204;
	response_add_header(response, "X-Content-Type-Options", "nosniff");
}

void
response_tokens(Response *response, const char *type,
				const TokenRecord *record, const Request *request)
{
	response_document(response, 201,
					  document_resource(type, document_tokens(record),
										request_self(request)));
	response_forbid_storing(response);
}

/* RFC 6750 section 3: the error is named only where a token was sent. */
static const char *
challenge(Outcome outcome)
{
	if (outcome == OUTCOME_AGENT_TOKEN_INVALID ||
		outcome == OUTCOME_ACCESS_TOKEN_INVALID)
		return "Bearer realm=\"agent\", error=\"invalid_token\"";
	return "Bearer realm=\"agent\"";
}

void
response_add_error_headers(Response *response, Outcome outcome, int seconds)
{
	int			http = outcome_info(outcome)->http;

	if (http == 401)
		response_add_header(response, "WWW-Authenticate", challenge(outcome));
	if (http == 429 || http == 503)
		response_add_header(response, "Retry-After", psprintf("%d", seconds));
}

void
response_fail(Response *response, Outcome outcome, int seconds)
{
	response_document(response, outcome_info(outcome)->http,
					  document_error(outcome, seconds));
	response_add_error_headers(response, outcome, seconds);
}
