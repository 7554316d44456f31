/*
 * exchange.c
 *		One request and its answer, from its first line to its log line.
 */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "console.h"
#include "cors.h"
#include "exchange.h"
#include "library.h"
#include "log.h"
#include "message.h"
#include "metrics.h"
#include "route.h"
#include "utf8.h"

/* The next look at whether there is a database may find one. */
#define READY_RETRY_SECONDS 1

/* Who has come by TLS once is to come by nothing else for a year (RFC 6797). */
#define ONLY_BY_TLS "max-age=31536000"

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
		(exchange->target[len] == '\0' || exchange->target[len] == '?');
}

/* What a balancer asks: one line, to who only reads. */
static void
answer_health(Exchange *exchange, int status, const char *text)
{
	Answer	   *answer = &exchange->job.answer;

	if (strcmp(exchange->method, "GET") != 0 &&
		strcmp(exchange->method, "HEAD") != 0)
	{
		answer_error(answer, 405, 0);
		answer_add_header(answer, "Allow", "GET, HEAD");
		return;
	}
	answer_text(answer, status, text);
	if (status == 503)
		answer_retry_after(answer, READY_RETRY_SECONDS);
}

static void
answer_readiness(Exchange *exchange)
{
	const char *complaint = pool_complaint();
	char		line[64];

	snprintf(line, sizeof(line), "%s\n", complaint == NULL ? "ready" : complaint);
	answer_health(exchange, complaint == NULL ? 200 : 503, line);
}

bool
exchange_answer_here(Exchange *exchange)
{
	Answer	   *answer = &exchange->job.answer;

	if (exchange->refusal == 0 && (!utf8_is_valid(exchange->target) ||
								   !utf8_is_valid(exchange->method)))
		exchange->refusal = 404;

	if (exchange->refusal != 0)
		answer_error(answer, exchange->refusal,
					 exchange->refusal == 503 ? 1 : 0);
	else if (is_target(exchange, "/healthz"))
		answer_health(exchange, 200, "ok\n");
	else if (is_target(exchange, "/readyz"))
		answer_readiness(exchange);
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

bool
exchange_must_wait(Exchange *exchange)
{
	if (exchange->job.answer.status != MESSAGE_WOULD_WAIT || exchange->may_wait)
		return false;
	exchange->may_wait = true;
	message_let_wait(exchange->headers);
	answer_clear(&exchange->job.answer);
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

/* What the gateway has to say about its own answers, and about all. */
static void
complete_answer(Exchange *exchange, const Options *options)
{
	Answer	   *answer = &exchange->job.answer;

	if (answer->is_own)
		cors_complete(exchange->connection, options->cors_origins,
					  exchange->method, answer);
	if (options->tls_certificate != NULL && answer->headers != NULL)
		answer_add_header(answer, "Strict-Transport-Security", ONLY_BY_TLS);
}

struct MHD_Response *
exchange_response(Exchange *exchange, const Options *options)
{
	Answer	   *answer = &exchange->job.answer;
	struct MHD_Response *response;

	complete_answer(exchange, options);
	response = response_of(answer);

	if (response == NULL)
	{
		log_line(LOG_LEVEL_ERROR, "msg=\"an answer cannot be sent\"");
		answer_error(answer, 500, 0);
		complete_answer(exchange, options);
		response = response_of(answer);
	}
	exchange->status = answer->status;
	exchange->sent = answer->status == 304 ||
		strcmp(exchange->method == NULL ? "" : exchange->method,
			   "HEAD") == 0 ? 0 : answer->body_len;
	return response;
}

static void
write_head(FILE *out, const Answer *answer)
{
	time_t		now = time(NULL);
	struct tm	utc;
	char		date[64];

	gmtime_r(&now, &utc);
	strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", &utc);
	fprintf(out, "HTTP/1.1 %d %s\r\nDate: %s\r\nConnection: close\r\n",
			answer->status,
			MHD_get_reason_phrase_for((unsigned int) answer->status), date);
	json_object_object_foreach(answer->headers, name, value)
	{
		fprintf(out, "%s: %s\r\n", name, header_value(value));
	}
	fprintf(out, "Content-Length: 0\r\n\r\n");
}

void
exchange_refuse_past_library(Exchange *exchange, const Options *options)
{
	Answer	   *answer = &exchange->job.answer;
	char	   *text = NULL;
	size_t		len = 0;
	FILE	   *out = open_memstream(&text, &len);

	if (out == NULL)
		return;
	answer_empty(answer, exchange->refusal);
	complete_answer(exchange, options);
	write_head(out, answer);
	if (fclose(out) == 0)
		library_send(exchange->connection, text, len);
	free(text);
	exchange->status = answer->status;
}

void
exchange_finish(Exchange *exchange)
{
	char		segment[ROUTE_SEGMENT_MAX];
	long		duration = clock_microseconds() - exchange->started;

	metrics_request(exchange->target, exchange->method, exchange->status,
					duration);
	if (exchange->status == 503 && exchange->job.answer.is_own)
		metrics_count(METRIC_UNAVAILABLE);
	log_line(LOG_LEVEL_INFO,
			 "msg=request method=%s route=%s status=%d duration_ms=%.1f bytes=%zu peer=%s",
			 route_method(exchange->method, "-"),
			 route_segment(exchange->target, segment),
			 exchange->status, (double) duration / 1000.0, exchange->sent,
			 exchange->peer_text[0] == '\0' ? "-" : exchange->peer_text);
	answer_clear(&exchange->job.answer);
	wipe_and_free(exchange->body, exchange->body_len);
	if (exchange->headers != NULL)
		wipe_and_free(exchange->headers, strlen(exchange->headers));
	wipe_and_free(exchange->target, strlen(exchange->target));
	free(exchange->target_host);
	free(exchange->method);
	free(exchange);
}
