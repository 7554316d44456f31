/*
 * http.c
 *		The front door: agent_auth.http().
 *
 * Error handling: whatever a client can send has a response, and what is
 * raised is a fault of the server, which the layer in front answers with a
 * bare 500.  First failure wins, in the order of the functions here.
 */
#include "compat.h"

#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/inet.h"
#include "utils/jsonb.h"

#include "api/argument.h"
#include "api/cors.h"
#include "api/guard.h"
#include "api/http.h"
#include "api/media_type.h"
#include "api/route.h"

SQL_FUNCTION(agent_auth_http);

static Outcome
check_headers(const Request *request, const Route *route)
{
	if (!media_type_is_acceptable(request_own_header(request, "accept"),
								  route->answers))
		return OUTCOME_NOT_ACCEPTABLE;
	if (route->reads != NULL &&
		!media_type_is_readable(request_own_header(request, "content-type"),
								route->reads))
		return OUTCOME_UNSUPPORTED_MEDIA_TYPE;
	if (request->body_len > REQUEST_BODY_MAX)
		return OUTCOME_TOO_LARGE;
	return OUTCOME_OK;
}

void
http_serve(const Request *request, Response *response)
{
	const Route *route;
	char	   *allowed;
	Outcome		outcome;

	outcome = route_find(request, &route, &allowed);
	if (outcome == OUTCOME_METHOD_NOT_ALLOWED &&
		strcmp(request->method, "OPTIONS") == 0)
	{
		cors_answer_options(request, allowed, response);
		return;
	}
	if (outcome == OUTCOME_METHOD_NOT_ALLOWED)
		response_add_header(response, "Allow", allowed);
	if (outcome == OUTCOME_OK)
		outcome = check_headers(request, route);
	if (outcome == OUTCOME_OK)
		route->serve(request, response);
	else
		response_fail(response, outcome, 0);
	cors_add_headers(request, response);
}

static const char *
text_or_empty(FunctionCallInfo fcinfo, int n)
{
	const char *string = argument_text(fcinfo, n);

	return string == NULL ? "" : string;
}

static void
read_arguments(FunctionCallInfo fcinfo, Request *request)
{
	request->method = text_or_empty(fcinfo, 0);
	request->raw_target = text_or_empty(fcinfo, 1);
	request->headers = PG_ARGISNULL(2) ? NULL : PG_GETARG_JSONB_P(2);
	request->prefix = "";
	request->body = "";
	if (!PG_ARGISNULL(3))
	{
		bytea	   *body = PG_GETARG_BYTEA_PP(3);

		request->body = VARDATA_ANY(body);
		request->body_len = VARSIZE_ANY_EXHDR(body);
	}
	request->client.peer = PG_ARGISNULL(4) ? NULL : PG_GETARG_INET_PP(4);
	request_complete(request);
}

static Datum
headers_jsonb(const Response *response)
{
	JsonNode   *headers = json_new_object();
	char	   *string;
	int			i;

	for (i = 0; i < response->nheaders; i++)
		json_add_text(headers, response->headers[i].name,
					  response->headers[i].value);
	string = json_write(headers, NULL);
	json_free(headers);
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(string));
}

static Datum
response_record(FunctionCallInfo fcinfo, const Response *response)
{
	Datum		values[3];
	bool		nulls[3] = {false, false, response->body == NULL};
	TupleDesc	tupdesc;

	if (get_call_result_type(fcinfo, NULL, &tupdesc) != TYPEFUNC_COMPOSITE ||
		tupdesc->natts != lengthof(values))
		elog(ERROR, "agent_auth.http() has an unexpected result type");
	values[0] = Int32GetDatum(response->status);
	values[1] = headers_jsonb(response);
	if (response->body != NULL)
		values[2] = PointerGetDatum(cstring_to_text_with_len(response->body,
															 response->body_len));
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(tupdesc),
											 values, nulls));
}

/*
 * http(method text, target text, headers jsonb, body bytea, peer inet)
 * returns (status integer, headers jsonb, body bytea)
 */
Datum
agent_auth_http(PG_FUNCTION_ARGS)
{
	Request		request = {0};
	Response	response = {0};
	Guard		guard;

	guard_enter(&guard, "agent_auth.http(...)");
	read_arguments(fcinfo, &request);
	http_serve(&request, &response);
	guard_leave(&guard);
	return response_record(fcinfo, &response);
}
