/*
 * message.c
 *		What the database is told of a request, and what it is not.
 */
#include <ctype.h>
#include <json-c/json.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "answer.h"
#include "message.h"
#include "utf8.h"

/* Only what stands before us may set these, and we stand before the database. */
static const char *const proxy_headers[] = {
	"host", "forwarded", "x-real-ip"
};
static const char *const proxy_prefixes[] = {
	"x-forwarded-", "x-original-"
};

/* They belong to this connection (RFC 9110 section 7.6.1). */
static const char *const hop_headers[] = {
	"connection", "keep-alive", "te", "trailer", "transfer-encoding",
	"upgrade", "expect", "content-length", "proxy-authorization",
	"proxy-connection"
};

/*
 * The first header of all, which no client sets: expectations are for the next
 * server, which we are (RFC 9110 section 10.1.1).
 */
#define EXPECTATION "\"expect\":\"no-wait\","

#define lengthof(array) (sizeof(array) / sizeof((array)[0]))

typedef struct Search
{
	const char *name;
	const char *value;
} Search;

static enum MHD_Result
find_header(void *arg, enum MHD_ValueKind kind, const char *name,
			const char *value)
{
	Search	   *search = arg;

	if (strcasecmp(name, search->name) == 0)
		search->value = value;
	return MHD_YES;
}

/* The last one: the nearest proxy adds its own behind the others. */
static const char *
last_header(struct MHD_Connection *connection, const char *name)
{
	Search		search = {name, NULL};

	MHD_get_connection_values(connection, MHD_HEADER_KIND, find_header, &search);
	return search.value;
}

/* What is not UTF-8 is Latin-1 (RFC 9110 section 5.5); malloc'ed. */
static char *
to_utf8(const char *text)
{
	char	   *result = malloc(2 * strlen(text) + 1);
	char	   *out = result;

	if (result == NULL)
		return NULL;
	if (utf8_is_valid(text))
		return strcpy(result, text);
	for (; *text != '\0'; text++)
	{
		unsigned char c = (unsigned char) *text;

		if (c >= 0x80)
			*out++ = (char) (0xC0 | c >> 6);
		*out++ = (char) (c < 0x80 ? c : 0x80 | (c & 0x3F));
	}
	*out = '\0';
	return result;
}

bool
message_is_of_hop(const char *name)
{
	size_t		i;

	for (i = 0; i < lengthof(hop_headers); i++)
		if (strcasecmp(name, hop_headers[i]) == 0)
			return true;
	return false;
}

static bool
is_withheld(const char *name)
{
	size_t		i;

	for (i = 0; i < lengthof(proxy_headers); i++)
		if (strcmp(name, proxy_headers[i]) == 0)
			return true;
	for (i = 0; i < lengthof(proxy_prefixes); i++)
		if (strncmp(name, proxy_prefixes[i], strlen(proxy_prefixes[i])) == 0)
			return true;
	return message_is_of_hop(name);
}

/* What belongs to json-c, which frees it as it is. */
static void
wipe(const char *text, size_t len)
{
	explicit_bzero((void *) (uintptr_t) text, len);
}

static void
wipe_string(struct json_object *string)
{
	wipe(json_object_get_string(string),
		 (size_t) json_object_get_string_len(string));
}

static void
add(struct json_object *headers, const char *name, const char *value)
{
	char	   *text = to_utf8(value);
	struct json_object *duplicate;

	if (text == NULL)
		return;
	if (json_object_object_get_ex(headers, name, &duplicate))
		wipe_string(duplicate);
	json_object_object_add(headers, name, json_object_new_string(text));
	wipe_and_free(text, strlen(text));
}

static enum MHD_Result
add_header(void *arg, enum MHD_ValueKind kind, const char *name,
		   const char *value)
{
	char	   *lower = to_utf8(name);
	char	   *c;

	if (lower == NULL)
		return MHD_NO;
	for (c = lower; *c != '\0'; c++)
		*c = (char) tolower((unsigned char) *c);
	if (!is_withheld(lower))
		add(arg, lower, value == NULL ? "" : value);
	free(lower);
	return MHD_YES;
}

static bool
socket_peer(struct MHD_Connection *connection, Address *peer)
{
	const union MHD_ConnectionInfo *info =
	MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);

	return info != NULL && address_from_socket(peer, info->client_addr);
}

static bool
is_from_proxy(struct MHD_Connection *connection, const Options *options)
{
	Address		peer;

	return socket_peer(connection, &peer) &&
		network_list_contains(&options->trusted_proxies, &peer);
}

/* The nearest proxy's word, which is the last. */
static const char *
last_of_list(const char *value)
{
	const char *comma = value == NULL ? NULL : strrchr(value, ',');

	if (comma == NULL)
		return value;
	return comma + 1 + strspn(comma + 1, " \t");
}

static void
add_origin(struct json_object *headers, struct MHD_Connection *connection,
		   const Options *options, const char *target_host)
{
	const char *host = target_host != NULL ? target_host :
	last_header(connection, "Host");
	const char *scheme = options->tls_certificate == NULL ? "http" : "https";

	if (is_from_proxy(connection, options))
	{
		const char *proxy_host = last_of_list(last_header(connection, "X-Forwarded-Host"));
		const char *proxy_scheme = last_of_list(last_header(connection, "X-Forwarded-Proto"));

		if (proxy_host != NULL)
			host = proxy_host;
		if (proxy_scheme != NULL)
			scheme = strcasecmp(proxy_scheme, "https") == 0 ? "https" : "http";
	}
	if (options->host != NULL)
	{
		host = options->host;
		scheme = options->scheme;
	}
	add(headers, "host", host == NULL ? "" : host);
	add(headers, "x-forwarded-proto", scheme);
}

/* Several headers of a name are one list (RFC 9110 section 5.3). */
typedef struct Joined
{
	char	   *list;			/* NULL: only its length is wanted */
	size_t		len;
} Joined;

static enum MHD_Result
join_forwarded(void *arg, enum MHD_ValueKind kind, const char *name,
			   const char *value)
{
	Joined	   *joined = arg;

	if (strcasecmp(name, "X-Forwarded-For") != 0 || value == NULL)
		return MHD_YES;
	if (joined->list != NULL)
	{
		if (joined->len > 0)
			joined->list[joined->len - 1] = ',';
		strcpy(joined->list + joined->len, value);
	}
	joined->len += strlen(value) + 1;
	return MHD_YES;
}

bool
message_peer(struct MHD_Connection *connection, const Options *options,
			 Address *peer)
{
	Joined		joined = {NULL, 0};

	if (!socket_peer(connection, peer))
		return false;
	if (!network_list_contains(&options->trusted_proxies, peer))
		return true;
	MHD_get_connection_values(connection, MHD_HEADER_KIND, join_forwarded, &joined);
	if (joined.len == 0)
		return true;
	joined.list = malloc(joined.len);
	if (joined.list == NULL)
		return false;
	joined.len = 0;
	MHD_get_connection_values(connection, MHD_HEADER_KIND, join_forwarded, &joined);
	address_forwarded(peer, &options->trusted_proxies, joined.list);
	free(joined.list);
	return true;
}

/* A character may become six ("\u001f"). */
static size_t
longest_json(struct json_object *headers)
{
	size_t		size = sizeof("{}");

	json_object_object_foreach(headers, name, value)
	{
		size += strlen(name) + sizeof("\"\":\"\",") +
			6 * (size_t) json_object_get_string_len(value);
	}
	return size;
}

/*
 * Wipes the values while it writes them.  json-c would write the whole into a
 * buffer that leaves copies behind as it grows.  Names are tokens by now, in
 * which nothing needs to be escaped.
 */
static void
write_json(struct json_object *headers, char *out)
{
	char	   *start = out;

	*out++ = '{';
	json_object_object_foreach(headers, name, value)
	{
		const char *text = json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN);

		out += sprintf(out, "%s\"%s\":%s", out - start > 1 ? "," : "", name,
					   text == NULL ? "\"\"" : text);
		if (text != NULL)
			wipe(text, strlen(text));
		wipe_string(value);
	}
	strcpy(out, "}");
}

char *
message_headers(struct MHD_Connection *connection, const Options *options,
				const char *target_host)
{
	struct json_object *headers = json_object_new_object();
	char	   *json;

	if (headers == NULL)
		return NULL;
	add(headers, "expect", "no-wait");
	MHD_get_connection_values(connection, MHD_HEADER_KIND, add_header, headers);
	add_origin(headers, connection, options, target_host);
	json = malloc(longest_json(headers));
	if (json != NULL)
		write_json(headers, json);
	json_object_put(headers);
	return json;
}

/* Blanks between its members mean nothing in JSON. */
void
message_let_wait(char *headers)
{
	if (strncmp(headers + 1, EXPECTATION, strlen(EXPECTATION)) == 0)
		memset(headers + 1, ' ', strlen(EXPECTATION));
}
