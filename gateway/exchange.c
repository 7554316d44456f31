/*
 * exchange.c
 *		One request and its answer, from its first line to its log line.
 */
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "console.h"
#include "exchange.h"
#include "log.h"
#include "message.h"

/* Longest first segment of a path that is logged: no key or UUID fits in. */
#define ROUTE_MAX 32

Exchange *
exchange_new(const char *target)
{
	Exchange   *exchange = calloc(1, sizeof(Exchange));

	if (exchange == NULL)
		return NULL;
	exchange->started = clock_microseconds();
	exchange->received = target;
	exchange->target = strdup(target);
	if (exchange->target == NULL)
	{
		free(exchange);
		return NULL;
	}
	return exchange;
}

/* realloc() would leave a copy behind. */
static bool
make_room(Exchange *exchange, size_t len)
{
	size_t		size = 2 * exchange->body_len + len;
	char	   *larger;

	if (exchange->body_len + len <= exchange->body_size)
		return true;
	larger = malloc(size);
	if (larger == NULL)
		return false;
	if (exchange->body != NULL)
		memcpy(larger, exchange->body, exchange->body_len);
	wipe_and_free(exchange->body, exchange->body_len);
	exchange->body = larger;
	exchange->body_size = size;
	return true;
}

void
exchange_receive(Exchange *exchange, const char *data, size_t len,
				 size_t max_body)
{
	if (exchange->refusal == 0 && exchange->body_len + len > max_body)
		exchange->refusal = 413;
	if (exchange->refusal == 0 && !make_room(exchange, len))
		exchange->refusal = 503;
	if (exchange->refusal != 0)
		return;
	memcpy(exchange->body + exchange->body_len, data, len);
	exchange->body_len += len;
}

static bool
is_target(const Exchange *exchange, const char *path)
{
	size_t		len = strlen(path);

	return strncmp(exchange->target, path, len) == 0 &&
		(exchange->target[len] == '\0' || exchange->target[len] == '?') &&
		(strcmp(exchange->method, "GET") == 0 ||
		 strcmp(exchange->method, "HEAD") == 0);
}

bool
exchange_answer_here(Exchange *exchange)
{
	Answer	   *answer = &exchange->job.answer;
	bool		is_ready = pool_is_ready();

	if (exchange->refusal == 0 && (!message_is_utf8(exchange->target) ||
								   !message_is_utf8(exchange->method)))
		exchange->refusal = 404;

	if (exchange->refusal != 0)
		answer_error(answer, exchange->refusal,
					 exchange->refusal == 503 ? 1 : 0);
	else if (is_target(exchange, "/healthz"))
		answer_text(answer, 200, "ok\n");
	else if (is_target(exchange, "/readyz"))
		answer_text(answer, is_ready ? 200 : 503,
					is_ready ? "ready\n" : "no database\n");
	else if (console_answer(answer, exchange->method, exchange->target,
							MHD_lookup_connection_value(exchange->connection,
														MHD_HEADER_KIND,
														"If-None-Match")))
		return true;
	else
	{
		exchange->job.question = (Question)
		{
			exchange->method, exchange->target, exchange->headers,
				exchange->peer_text,
				exchange->body == NULL ? "" : exchange->body,
				exchange->body_len
		};
		return false;
	}
	return true;
}

/* The library wants a value: a blank stands for none (RFC 9110 section 5.5). */
static const char *
header_value(struct json_object *value)
{
	const char *string = json_object_get_string(value);

	return string != NULL && string[0] == '\0' ? " " : string;
}

static bool
add_headers(struct MHD_Response *response, struct json_object *headers)
{
	json_object_object_foreach(headers, name, value)
	{
		if (!message_is_of_hop(name) &&
			MHD_add_response_header(response, name,
									header_value(value)) != MHD_YES)
			return false;		/* a line feed, or no text */
	}
	return true;
}

typedef struct Body
{
	size_t		len;
	char		bytes[];
} Body;

static void
free_body(void *arg)
{
	Body	   *body = arg;

	wipe_and_free(body, sizeof(Body) + body->len);
}

static struct MHD_Response *
response_of(const Answer *answer)
{
	Body	   *body = malloc(sizeof(Body) + answer->body_len);
	struct MHD_Response *response;

	if (body == NULL)
		return NULL;
	body->len = answer->body_len;
	if (answer->body_len > 0)
		memcpy(body->bytes, answer->body, answer->body_len);
	response = MHD_create_response_from_buffer_with_free_callback_cls(body->len,
																	  body->bytes,
																	  free_body,
																	  body);
	if (response == NULL)
		free_body(body);
	else if (answer->headers != NULL && !add_headers(response, answer->headers))
	{
		MHD_destroy_response(response);
		return NULL;
	}
	return response;
}

struct MHD_Response *
exchange_response(Exchange *exchange)
{
	Answer	   *answer = &exchange->job.answer;
	struct MHD_Response *response = response_of(answer);

	if (response == NULL)
	{
		log_line(LOG_LEVEL_ERROR, "msg=\"an answer cannot be sent\"");
		answer_error(answer, 500, 0);
		response = response_of(answer);
	}
	exchange->status = answer->status;
	exchange->sent = strcmp(exchange->method == NULL ? "" : exchange->method,
							"HEAD") == 0 ? 0 : answer->body_len;
	return response;
}

static const char *
known_method(const char *method)
{
	static const char *const known[] = {
		"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"
	};
	size_t		i;

	for (i = 0; method != NULL && i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(method, known[i]) == 0)
			return known[i];
	return "-";
}

/* A path may hold a token; a short first segment without capitals does not. */
static const char *
route_of(const char *target, char route[ROUTE_MAX])
{
	size_t		len = strspn(target + (target[0] == '/'),
							 "abcdefghijklmnopqrstuvwxyz0123456789.-");
	const char *end = target + (target[0] == '/') + len;

	if (target[0] != '/' || len == 0 || len + 2 > ROUTE_MAX ||
		(*end != '\0' && *end != '/' && *end != '?'))
		return "-";
	memcpy(route, target, len + 1);
	route[len + 1] = '\0';
	return route;
}

void
exchange_finish(Exchange *exchange)
{
	char		route[ROUTE_MAX];

	log_line(LOG_LEVEL_INFO,
			 "msg=request method=%s route=%s status=%d duration_ms=%.1f bytes=%zu peer=%s",
			 known_method(exchange->method), route_of(exchange->target, route),
			 exchange->status,
			 (double) (clock_microseconds() - exchange->started) / 1000.0,
			 exchange->sent,
			 exchange->peer_text[0] == '\0' ? "-" : exchange->peer_text);
	answer_clear(&exchange->job.answer);
	wipe_and_free(exchange->body, exchange->body_len);
	if (exchange->headers != NULL)
		wipe_and_free(exchange->headers, strlen(exchange->headers));
	wipe_and_free(exchange->target, strlen(exchange->target));
	free(exchange->method);
	free(exchange);
}
