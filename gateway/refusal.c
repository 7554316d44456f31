/*
 * refusal.c
 *		Requests that no database needs to see.
 *
 * The HTTP library takes more than RFC 9112 allows.  Where a proxy before us
 * reads a message differently than we do, one client's bytes become the next
 * one's request: what is doubtful is refused here.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "refusal.h"
#include "target.h"

/* A header's name (RFC 9110 section 5.6.2); a space before the colon is none. */
#define TOKEN_CHARACTERS \
	"!#$%&'*+-.^_`|~0123456789" \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

typedef struct Framing
{
	int			nhosts;
	int			nlengths;
	int			ncodings;
	const char *length;
	const char *coding;
	bool		is_malformed;
} Framing;

static bool
is_token(const char *text)
{
	return text[0] != '\0' && text[strspn(text, TOKEN_CHARACTERS)] == '\0';
}

static enum MHD_Result
look_at_header(void *arg, enum MHD_ValueKind kind, const char *name,
			   const char *value)
{
	Framing    *framing = arg;

	if (!is_token(name) ||
		(value != NULL && value[strcspn(value, "\r\n")] != '\0'))
		framing->is_malformed = true;
	else if (strcasecmp(name, "Host") == 0)
	{
		framing->nhosts++;
		framing->is_malformed |= value == NULL || !target_is_host(value);
	}
	else if (strcasecmp(name, "Content-Length") == 0)
	{
		framing->nlengths++;
		framing->length = value == NULL ? "" : value;
	}
	else if (strcasecmp(name, "Transfer-Encoding") == 0)
	{
		framing->ncodings++;
		framing->coding = value == NULL ? "" : value;
	}
	return MHD_YES;
}

/* RFC 9112 section 6.3; the library hangs on codings that it does not know. */
static bool
is_ambiguous(const Framing *framing, const char *version)
{
	if (framing->is_malformed || framing->nhosts > 1 ||
		(framing->nhosts == 0 && strcmp(version, "HTTP/1.0") != 0) ||
		framing->nlengths > 1 || framing->ncodings > 1)
		return true;
	return framing->coding != NULL &&
		(framing->length != NULL || strcmp(version, "HTTP/1.1") != 0 ||
		 strcasecmp(framing->coding, "chunked") != 0);
}

/* One blank on either side of a target that has none inside. */
static bool
is_plain_line(const RequestLine *line)
{
	const unsigned char *c;

	if (!is_token(line->method) ||
		line->received != line->method + strlen(line->method) + 1)
		return false;
	for (c = (const unsigned char *) line->target; *c != '\0'; c++)
		if (*c <= ' ' || *c == 0x7F)
			return false;

	/* The library ends the target at a NUL, and has the version behind it. */
	return line->version == line->received + strlen(line->target) + 1;
}

/*
 * Whether all lines up to "end" end with CR LF, none is folded (RFC 9112
 * section 5.2) and none holds a NUL.
 *
 * The library takes a bare line feed for the end of a line, joins folded
 * lines, cuts a value at a NUL and the headers at a line that begins with a
 * colon, and drops a Content-Length that was folded.  But it leaves the bytes
 * where it found them, and writes NUL over each CR and LF that ended a line
 * for it and over the first colon of each header.  Versions from 0.9.77 on
 * refuse all this by themselves, and write in other places.
 */
static bool
are_plain_lines(const char *version, const char *end)
{
#if MHD_VERSION < 0x00097700
	const char *c = version + strlen(version);

	for (;;)
	{
		if (end - c < 4 || c[0] != '\0' || c[1] != '\0')
			return false;
		c += 2;
		if (*c == '\0')			/* the last, which is empty */
			return end - c == 2 && c[1] == '\0';
		if (*c == ' ' || *c == '\t')
			return false;
		c += strnlen(c, (size_t) (end - c)) + 1;
		c += c < end ? strnlen(c, (size_t) (end - c)) : 0;
	}
#else
	return true;
#endif
}

int
refusal_of(struct MHD_Connection *connection, const RequestLine *line,
		   const Options *options)
{
	const union MHD_ConnectionInfo *info =
	MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
	size_t		header_size = info == NULL ? 0 : info->header_size;
	Framing		framing = {0};

	MHD_get_connection_values(connection, MHD_HEADER_KIND, look_at_header,
							  &framing);
	if (is_ambiguous(&framing, line->version) || !is_plain_line(line) ||
		!are_plain_lines(line->version, line->method + header_size))
		return 400;
	if (header_size > (size_t) options->max_header)
		return 431;
	if (framing.length != NULL &&
		strtoull(framing.length, NULL, 10) > (unsigned long long) options->max_body)
		return 413;
	return 0;
}
