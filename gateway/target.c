/*
 * target.c
 *		What a request is for: a host, and a path on it.
 *
 * RFC 3986 has more characters in a host than any name has that is in use; what
 * they would mean in a link is not worth knowing.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "target.h"

#define DIGITS "0123456789"
#define NAME_CHARACTERS \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" DIGITS "-._~"
#define LITERAL_CHARACTERS "abcdefABCDEF" DIGITS ":."

#define MAX_PORT 65535

/* Nothing, or a colon and a number; "x:" is allowed, and means no port. */
static bool
is_port(const char *text)
{
	if (text[0] == '\0')
		return true;
	return text[0] == ':' && strlen(text) <= sizeof(":65535") - 1 &&
		text[1 + strspn(text + 1, DIGITS)] == '\0' && atoi(text + 1) <= MAX_PORT;
}

bool
target_is_host(const char *host)
{
	size_t		len;

	if (host[0] == '[')
	{
		len = strspn(host + 1, LITERAL_CHARACTERS);
		return len > 0 && host[1 + len] == ']' && is_port(host + len + 2);
	}
	len = strspn(host, NAME_CHARACTERS);
	return len > 0 && is_port(host + len);
}

/* What follows the scheme; NULL when there is none. */
static char *
behind_scheme(char *target)
{
	if (strncasecmp(target, "http://", 7) == 0)
		return target + 7;
	return strncasecmp(target, "https://", 8) == 0 ? target + 8 : NULL;
}

char *
target_cut_host(char *target)
{
	char	   *authority = behind_scheme(target);
	size_t		len = strlen(target);
	char	   *path = target;
	char	   *rest;
	char	   *host;

	if (authority == NULL)
		return NULL;
	rest = authority + strcspn(authority, "/?");
	host = strndup(authority, (size_t) (rest - authority));
	if (host == NULL)
		return NULL;

	/* What is cut off is longer than a slash, and may leave a secret behind. */
	if (*rest != '/')
		*path++ = '/';
	memmove(path, rest, strlen(rest) + 1);
	explicit_bzero(target + strlen(target), len - strlen(target));
	return host;
}
