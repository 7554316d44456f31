/*
 * message.c
 *		What the database is told of a request, and what it is not.
 */
#include <ctype.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "answer.h"
#include "message.h"

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

#define lengthof(array) (sizeof(array) / sizeof((array)[0]))

typedef struct Count
{
	const char *name;
	int			n;
} Count;

static enum MHD_Result
count_header(void *arg, enum MHD_ValueKind kind, const char *name,
			 const char *value)
{
	Count	   *count = arg;

	if (strcasecmp(name, count->name) == 0)
		count->n++;
	return MHD_YES;
}

static int
occurrences(struct MHD_Connection *connection, const char *name)
{
	Count		count = {name, 0};

	MHD_get_connection_values(connection, MHD_HEADER_KIND, count_header, &count);
	return count.n;
}

static const char *
header(struct MHD_Connection *connection, const char *name)
{
	return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

int
message_refusal(struct MHD_Connection *connection, const Options *options)
{
	const char *length = header(connection, "Content-Length");

	if (occurrences(connection, "Content-Length") > 1 ||
		occurrences(connection, "Host") > 1 ||
		(length != NULL && header(connection, "Transfer-Encoding") != NULL))
		return 400;
	if (length != NULL && strtoull(length, NULL, 10) > (unsigned long long) options->max_body)
		return 413;
	return 0;
}

bool
message_is_utf8(const char *text)
{
	const unsigned char *c = (const unsigned char *) text;

	while (*c != '\0')
	{
		int			more = *c < 0x80 ? 0 : *c < 0xC2 ? -1 : *c < 0xE0 ? 1 :
			*c < 0xF0 ? 2 : *c < 0xF5 ? 3 : -1;
		unsigned char low = *c == 0xE0 ? 0xA0 : *c == 0xF0 ? 0x90 : 0x80;
		unsigned char high = *c == 0xED ? 0x9F : *c == 0xF4 ? 0x8F : 0xBF;

		if (more < 0)
			return false;
		for (c++; more > 0; more--, c++, low = 0x80, high = 0xBF)
			if (*c < low || *c > high)
				return false;
	}
	return true;
}

/* What is not UTF-8 is Latin-1 (RFC 9110 section 5.5); malloc'ed. */
static char *
to_utf8(const char *text)
{
	char	   *result = malloc(2 * strlen(text) + 1);
	char	   *out = result;

	if (result == NULL)
		return NULL;
	if (message_is_utf8(text))
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

static bool
is_withheld(const char *name)
{
	size_t		i;

	for (i = 0; i < lengthof(proxy_headers); i++)
		if (strcmp(name, proxy_headers[i]) == 0)
			return true;
	for (i = 0; i < lengthof(hop_headers); i++)
		if (strcmp(name, hop_headers[i]) == 0)
			return true;
	for (i = 0; i < lengthof(proxy_prefixes); i++)
		if (strncmp(name, proxy_prefixes[i], strlen(proxy_prefixes[i])) == 0)
			return true;
	return false;
}

static void
add(struct json_object *headers, const char *name, const char *value)
{
	char	   *text = to_utf8(value);

	if (text == NULL)
		return;
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
		   const Options *options)
{
	const char *host = header(connection, "Host");
	const char *scheme = "http";

	if (is_from_proxy(connection, options))
	{
		const char *proxy_host = last_of_list(header(connection, "X-Forwarded-Host"));
		const char *proxy_scheme = last_of_list(header(connection, "X-Forwarded-Proto"));

		if (proxy_host != NULL)
			host = proxy_host;
		if (proxy_scheme != NULL && strcasecmp(proxy_scheme, "https") == 0)
			scheme = "https";
	}
	if (options->host != NULL)
	{
		host = options->host;
		scheme = options->scheme;
	}
	if (host != NULL)
		add(headers, "host", host);
	add(headers, "x-forwarded-proto", scheme);
}

/* Several headers of a name are one list (RFC 9110 section 5.3). */
typedef struct Joined
{
	char		list[1024];
	size_t		len;
} Joined;

static enum MHD_Result
join_forwarded(void *arg, enum MHD_ValueKind kind, const char *name,
			   const char *value)
{
	Joined	   *joined = arg;
	size_t		len = value == NULL ? 0 : strlen(value);

	if (strcasecmp(name, "X-Forwarded-For") != 0)
		return MHD_YES;

	/* What is left of the last thousand characters was not set by a proxy. */
	if (joined->len + len + 2 > sizeof(joined->list))
	{
		joined->len = 0;
		if (len + 2 > sizeof(joined->list))
			return MHD_YES;
	}
	memcpy(joined->list + joined->len, value == NULL ? "" : value, len);
	joined->len += len;
	joined->list[joined->len++] = ',';
	joined->list[joined->len] = '\0';
	return MHD_YES;
}

bool
message_peer(struct MHD_Connection *connection, const Options *options,
			 Address *peer)
{
	Joined		joined = {"", 0};

	if (!socket_peer(connection, peer))
		return false;
	if (!network_list_contains(&options->trusted_proxies, peer))
		return true;
	MHD_get_connection_values(connection, MHD_HEADER_KIND, join_forwarded, &joined);
	if (joined.len > 0)
		joined.list[joined.len - 1] = '\0';
	address_forwarded(peer, &options->trusted_proxies, joined.list);
	return true;
}

char *
message_headers(struct MHD_Connection *connection, const Options *options)
{
	struct json_object *headers = json_object_new_object();
	const char *text;
	char	   *copy;

	MHD_get_connection_values(connection, MHD_HEADER_KIND, add_header, headers);
	add_origin(headers, connection, options);
	text = json_object_to_json_string_ext(headers, JSON_C_TO_STRING_PLAIN);
	copy = text == NULL ? NULL : strdup(text);
	if (text != NULL)
		explicit_bzero((char *) (size_t) text, strlen(text));
	json_object_put(headers);
	return copy;
}
