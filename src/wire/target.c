/*
 * target.c
 *		The request target (RFC 9112 section 3.2, RFC 3986).
 *
 * The path is split before it is decoded, so that an escaped slash stays
 * inside its segment.
 */
#ifndef FRONTEND
#include "postgres.h"
#else
#include "postgres_fe.h"
#endif

#include "mb/pg_wchar.h"

#include "target.h"

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

char *
target_decode(const char *string, size_t len)
{
	char	   *result = palloc(len + 1);
	char	   *out = result;
	size_t		i;

	for (i = 0; i < len; i++)
	{
		int			high,
					low;

		if (string[i] != '%')
		{
			*out++ = string[i];
			continue;
		}
		if (len - i < 3 || (high = hex_value(string[i + 1])) < 0 ||
			(low = hex_value(string[i + 2])) < 0)
			return NULL;
		*out++ = (char) (high << 4 | low);
		i += 2;
	}
	*out = '\0';

	/* The verifier stops at a NUL, so this refuses those too. */
	if (pg_encoding_verifymbstr(PG_UTF8, result, out - result) != out - result)
		return NULL;
	return result;
}

char *
target_encode(const char *string)
{
	static const char hex[] = "0123456789ABCDEF";
	char	   *result = palloc(3 * strlen(string) + 1);
	char	   *out = result;

	for (; *string != '\0'; string++)
	{
		unsigned char c = (unsigned char) *string;

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			(c >= '0' && c <= '9') || strchr("-._~", c) != NULL)
		{
			*out++ = (char) c;
			continue;
		}
		*out++ = '%';
		*out++ = hex[c >> 4];
		*out++ = hex[c & 15];
	}
	*out = '\0';
	return result;
}

/* Skips "scheme://authority" of an absolute-form target. */
static const char *
skip_origin(const char *raw)
{
	const char *scheme_end = raw + strcspn(raw, ":/?");

	if (strncmp(scheme_end, "://", 3) != 0)
		return raw;
	return scheme_end + 3 + strcspn(scheme_end + 3, "/?");
}

bool
target_parse(const char *raw, Target *target)
{
	const char *start = skip_origin(raw);
	size_t		path_len = strcspn(start, "?");
	const char *end = start + path_len;
	const char *segment = start;

	memset(target, 0, sizeof(Target));
	if (*end == '?')
		target->query = pstrdup(end + 1);
	target->decoded = target_decode(start, strlen(start));
	if (target->decoded == NULL)
		target->decoded = pstrdup(start);

	while (segment < end)
	{
		size_t		len;

		if (*segment != '/' || target->nsegments == TARGET_MAX_SEGMENTS)
			return false;
		segment++;
		for (len = 0; segment + len < end && segment[len] != '/';)
			len++;
		target->segments[target->nsegments] = target_decode(segment, len);
		if (target->segments[target->nsegments++] == NULL)
			return false;
		segment += len;
	}
	return target->nsegments > 0;
}
