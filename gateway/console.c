/*
 * console.c
 *		The console: a web page, and what it loads, under /console/.
 *
 * The page is static and holds no secret, so whoever can reach the gateway may
 * read it; what it shows it asks for, over the same endpoints as every client.
 * Its headers forbid the browser to load or run anything from elsewhere, and
 * anybody to frame it: what a customer is called can then never become a script
 * that reads an agent's tokens.
 */
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "console.h"

#define ROOT "/console"

#define POLICY \
	"default-src 'none'; script-src 'self'; style-src 'self'; " \
	"connect-src 'self'; img-src 'self'; base-uri 'none'; " \
	"form-action 'none'; frame-ancestors 'none'; " \
	"require-trusted-types-for 'script'; trusted-types 'none'"

#define PERMISSIONS \
	"camera=(), microphone=(), geolocation=(), display-capture=(), " \
	"payment=(), usb=(), clipboard-read=(), clipboard-write=(self)"

/* Of every answer: name, value. */
static const char *const protections[][2] = {
	{"Content-Security-Policy", POLICY},
	{"Cross-Origin-Opener-Policy", "same-origin"},
	{"Cross-Origin-Resource-Policy", "same-origin"},
	{"Permissions-Policy", PERMISSIONS},
	{"Referrer-Policy", "no-referrer"},
	{"X-Content-Type-Options", "nosniff"}
};

static bool is_enabled = true;

void
console_enable(bool enabled)
{
	is_enabled = enabled;
}

/* What follows /console in the path, or NULL when it is another path. */
static const char *
below_root(const char *target)
{
	const char *rest = target + strlen(ROOT);

	if (strncmp(target, ROOT, strlen(ROOT)) != 0)
		return NULL;
	return *rest == '\0' || *rest == '/' || *rest == '?' ? rest : NULL;
}

/* "/" is the page. */
static const ConsoleFile *
find_file(const char *path)
{
	size_t		len = strcspn(path, "?");
	const ConsoleFile *file;

	if (len == 1)
		return find_file("/index.html");
	for (file = console_files; file->name != NULL; file++)
		if (strlen(file->name) == len - 1 &&
			strncmp(file->name, path + 1, len - 1) == 0)
			return file;
	return NULL;
}

static void
add_header(Answer *answer, const char *name, const char *value)
{
	json_object_object_add(answer->headers, name,
						   json_object_new_string(value));
}

/* Relative, so that a proxy may serve the gateway under any prefix. */
static void
redirect_to_page(Answer *answer)
{
	answer_text(answer, 308, "");
	add_header(answer, "Location", "console/");
}

/* An entity tag is found with its quotes, which none has inside. */
static bool
has_etag(const char *if_none_match, const char *etag)
{
	return if_none_match != NULL &&
		(strcmp(if_none_match, "*") == 0 || strstr(if_none_match, etag) != NULL);
}

/*
 * The library keeps the body of a 304 to itself, as of any answer to HEAD, and
 * tells its length: that of the 200 (RFC 9110 section 8.6).
 */
static void
send_file(Answer *answer, const ConsoleFile *file, const char *if_none_match)
{
	bool		is_known = has_etag(if_none_match, file->etag);

	answer_text(answer, is_known ? 304 : 200, "");
	add_header(answer, "Content-Type", file->type);

	/* Kept, but asked for each time: a new version is there at once. */
	add_header(answer, "Cache-Control", "no-cache");
	add_header(answer, "ETag", file->etag);
	free(answer->body);
	answer->body = malloc(file->len);
	answer->body_len = answer->body == NULL ? 0 : file->len;
	if (answer->body == NULL)
		answer_error(answer, 503, 1);
	else
		memcpy(answer->body, file->bytes, file->len);
}

bool
console_answer(Answer *answer, const char *method, const char *target,
			   const char *if_none_match)
{
	const char *path = below_root(target);
	const ConsoleFile *file;
	size_t		i;

	if (!is_enabled || path == NULL)
		return false;
	file = *path == '/' ? find_file(path) : NULL;
	if (*path == '/' && file == NULL)
		answer_error(answer, 404, 0);
	else if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
	{
		answer_error(answer, 405, 0);
		add_header(answer, "Allow", "GET, HEAD");
	}
	else if (file == NULL)
		redirect_to_page(answer);
	else
		send_file(answer, file, if_none_match);
	for (i = 0; i < sizeof(protections) / sizeof(protections[0]); i++)
		add_header(answer, protections[i][0], protections[i][1]);
	return true;
}
