/*
 * media_type.c
 *		What a client may send and may ask for (RFC 9110 sections 8.3, 12.5.1).
 *
 * Parameters are ignored, but for a weight of zero, which forbids.  Types are
 * compared without case.
 */
#include "postgres.h"

#include "api/media_type.h"

#define BLANKS " \t"

/* Whether "text", up to a parameter or the next range, is this type. */
static bool
is_type(const char *string, const char *type)
{
	Size		len = strcspn(string, ";," BLANKS);

	return len == strlen(type) && pg_strncasecmp(string, type, len) == 0;
}

bool
media_type_is_readable(const char *content_type, const char *own)
{
	if (content_type == NULL)
		return true;
	content_type += strspn(content_type, BLANKS);
	if (strchr(content_type, ',') != NULL)
		return false;
	return content_type[0] == '\0' ||
		is_type(content_type, own) ||
		(strcmp(own, MEDIA_TYPE_JSON_API) == 0 &&
		 is_type(content_type, MEDIA_TYPE_JSON));
}

/* "q=0", "q=0.000": section 12.4.2 */
static bool
is_zero_weight(const char *parameter)
{
	Size		zeros;

	if (pg_strncasecmp(parameter, "q=0", 3) != 0)
		return false;
	zeros = parameter[3] == '.' ? 4 + strspn(parameter + 4, "0") : 3;
	return parameter[zeros] == '\0' || strchr(";," BLANKS, parameter[zeros]);
}

static bool
is_forbidden(const char *range)
{
	const char *end = range + strcspn(range, ",");
	const char *parameter = range;

	while ((parameter = strpbrk(parameter, ";,")) != NULL && parameter < end)
	{
		parameter += 1 + strspn(parameter + 1, BLANKS);
		if (is_zero_weight(parameter))
			return true;
	}
	return false;
}

bool
media_type_is_acceptable(const char *accept, const char *own)
{
	const char *types[] = {
		"*/*", "application/*", MEDIA_TYPE_JSON, MEDIA_TYPE_JSON_API, own
	};
	const char *range = accept;
	size_t		i;

	if (accept == NULL || accept[strspn(accept, BLANKS)] == '\0')
		return true;
	while (range != NULL)
	{
		range += strspn(range, "," BLANKS);
		for (i = 0; i < lengthof(types); i++)
			if (is_type(range, types[i]) && !is_forbidden(range))
				return true;
		range = strchr(range, ',');
	}
	return false;
}
