/*
 * refusal.c
 *		Requests that no database needs to see.
 *
 * The HTTP library takes more than RFC 9112 allows.  Where a proxy before us
 * reads a message differently than we do, one client's bytes become the next
 * one's request: what is doubtful is refused here.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "refusal.h"

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

static enum MHD_Result
look_at_header(void *arg, enum MHD_ValueKind kind, const char *name,
			   const char *value)
{
	Framing    *framing = arg;

	if (name[0] == '\0' || name[strspn(name, TOKEN_CHARACTERS)] != '\0')
		framing->is_malformed = true;
	else if (strcasecmp(name, "Host") == 0)
		framing->nhosts++;
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
		framing->nlengths > 1 || framing->ncodings > 1)
		return true;
	return framing->coding != NULL &&
		(framing->length != NULL || strcmp(version, "HTTP/1.1") != 0 ||
		 strcasecmp(framing->coding, "chunked") != 0);
}

/*
 * The library ends a target at a NUL.  The version, which follows it in the
 * same buffer, is then farther off than the target is long.
 */
static bool
hides_nul(const char *target, size_t target_len, const char *version,
		  size_t header_size)
{
	uintptr_t	distance = (uintptr_t) version - (uintptr_t) target;

	return distance < header_size && distance > target_len + 1;
}

int
refusal_of(struct MHD_Connection *connection, const char *target,
		   size_t target_len, const char *version, const Options *options)
{
	const union MHD_ConnectionInfo *info =
	MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
	size_t		header_size = info == NULL ? 0 : info->header_size;
	Framing		framing = {0};

	MHD_get_connection_values(connection, MHD_HEADER_KIND, look_at_header,
							  &framing);
	if (is_ambiguous(&framing, version) ||
		hides_nul(target, target_len, version, header_size))
		return 400;
	if (header_size > (size_t) options->max_header)
		return 431;
	if (framing.length != NULL &&
		strtoull(framing.length, NULL, 10) > (unsigned long long) options->max_body)
		return 413;
	return 0;
}
