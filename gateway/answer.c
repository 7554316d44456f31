/*
 * answer.c
 *		Answers, and those that the gateway gives by itself.
 */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"

static const char *
detail_of(int status)
{
	switch (status)
	{
		case 400:
			return "Post data is invalid.";
		case 404:
			return "Not Found";
		case 405:
			return "Method Not Allowed";
		case 413:
			return "Payload too large.";
		case 414:
			return "URI Too Long";
		case 431:
			return "Request Header Fields Too Large";
		case 503:
			return "Service Unavailable";
		case 505:
			return "HTTP Version Not Supported";
		default:
			return "Internal Server Error";
	}
}

void
answer_add_header(Answer *answer, const char *name, const char *value)
{
	json_object_object_add(answer->headers, name,
						   json_object_new_string(value));
}

void
answer_retry_after(Answer *answer, int seconds)
{
	char		text[16];

	snprintf(text, sizeof(text), "%d", seconds);
	answer_add_header(answer, "Retry-After", text);
}

void
answer_empty(Answer *answer, int status)
{
	answer_clear(answer);
	answer->status = status;
	answer->is_own = true;
	answer->headers = json_object_new_object();
}

static void
set_body(Answer *answer, int status, const char *type, const char *text)
{
	answer_empty(answer, status);
	answer_add_header(answer, "Content-Type", type);
	answer_add_header(answer, "X-Content-Type-Options", "nosniff");
	answer->body = strdup(text);
	answer->body_len = answer->body == NULL ? 0 : strlen(text);
}

void
answer_error(Answer *answer, int status, int retry_after)
{
	char		text[128];

	snprintf(text, sizeof(text),
			 "{\"errors\":[{\"status\":%d,\"detail\":\"%s\"}]}",
			 status, detail_of(status));
	set_body(answer, status, "application/vnd.api+json", text);
	if (retry_after > 0)
		answer_retry_after(answer, retry_after);
}

void
answer_text(Answer *answer, int status, const char *text)
{
	set_body(answer, status, "text/plain; charset=utf-8", text);
	answer_add_header(answer, "Cache-Control", "no-store");
}

void
answer_clear(Answer *answer)
{
	if (answer->headers != NULL)
		json_object_put(answer->headers);
	wipe_and_free(answer->body, answer->body_len);
	memset(answer, 0, sizeof(Answer));
}

void
wipe_and_free(void *secret, size_t len)
{
	if (secret == NULL)
		return;
	explicit_bzero(secret, len);
	free(secret);
}
