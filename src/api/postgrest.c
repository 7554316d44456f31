/*
 * postgrest.c
 *		What PostgREST tells a function, and what a function tells it; and the
 *		front door behind it, agent_http().
 *
 * PostgREST puts the request's headers into the setting request.headers.  It
 * keeps method and target to itself and refuses some types of content, so
 * that the proxy before it passes these on in headers of other names; the
 * client's address too, in the header that agent_auth.peer_header names.
 *
 * Any client with SQL can set request.headers.  What it says of the client's
 * address is believed where the setting is one of the role that has logged in.
 */
#include "compat.h"

#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/jsonb.h"

#include "api/guard.h"
#include "api/http.h"
#include "api/postgrest.h"
#include "settings.h"

SQL_FUNCTION(agent_auth_agent_http);

/* What the proxy calls a header that PostgREST itself would act upon. */
#define PREFIX "x-original-"

/* PostgREST says of no body that it has four bytes, "null". */
static const ResponseHeader no_length = {"Content-Length", "0"};

/* After a transaction has used a setting it reads "" and not NULL. */
static Jsonb *
request_headers(void)
{
	const char *string = GetConfigOption("request.headers", true, false);

	if (string == NULL || string[0] == '\0')
		return NULL;
	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in,
											  CStringGetDatum(string)));
}

static void
read_request(Request *request)
{
	char	   *peer = NULL;

	request->headers = request_headers();
	request->prefix = PREFIX;
	request->method = request_header(request, PREFIX "method");
	request->raw_target = request_header(request, PREFIX "uri");
	if (request->method == NULL)
		request->method = "";
	if (request->raw_target == NULL)
		request->raw_target = "";
	if (setting_peer_header[0] != '\0' && setting_peer_header_is_of_role)
		peer = request_header(request, setting_peer_header);
	if (peer != NULL)
		request->client.peer = client_parse_peer(peer);
	request_complete(request);
}

char *
postgrest_header(const char *name)
{
	Request		request = {.headers = request_headers()};

	return request_header(&request, name);
}

void
postgrest_client(Client *client)
{
	Request		request = {0};

	read_request(&request);
	*client = request.client;
	if (client->peer == NULL)
		client->role = GetSessionUserId();
}

void
postgrest_set_local(const char *name, const char *value)
{
	(void) set_config_option(name, value,
							 superuser() ? PGC_SUSET : PGC_USERSET,
							 PGC_S_SESSION, GUC_ACTION_LOCAL, true, 0, false);
}

static void
append_header(JsonNode *headers, const ResponseHeader *header)
{
	JsonNode   *object = json_new_object();

	json_add_text(object, header->name, header->value);
	json_append(headers, object);
}

/* An array of objects with one member each, whose values are strings. */
static char *
headers_text(const Response *response)
{
	JsonNode   *headers = json_new_array();
	char	   *string;
	int			i;

	for (i = 0; i < response->nheaders; i++)
		append_header(headers, &response->headers[i]);
	if (response->status == 204 || response->status == 304)
		append_header(headers, &no_length);
	string = json_write(headers, NULL);
	json_free(headers);
	return string;
}

void
postgrest_answer(const Response *response)
{
	postgrest_set_local("response.status", psprintf("%d", response->status));
	postgrest_set_local("response.headers", headers_text(response));
}

/* agent_http(bytea) returns json; the request is in request.headers */
Datum
agent_auth_agent_http(PG_FUNCTION_ARGS)
{
	bytea	   *body = PG_ARGISNULL(0) ? NULL : PG_GETARG_BYTEA_PP(0);
	Request		request = {0};
	Response	response = {0};
	Guard		guard;

	guard_enter(&guard, "agent_http(...)");
	request.body = body == NULL ? "" : VARDATA_ANY(body);
	request.body_len = body == NULL ? 0 : VARSIZE_ANY_EXHDR(body);
	read_request(&request);
	http_serve(&request, &response);
	postgrest_answer(&response);
	guard_leave(&guard);
	if (response.body == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text_with_len(response.body,
											  response.body_len));
}
