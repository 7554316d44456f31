/*
 * log_json.c
 *		A line of logfmt as an object in JSON.
 *
 * Callers write logfmt, in one place and form, and need not know of JSON.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "log_json.h"
#include "utf8.h"

#define REPLACEMENT "\xEF\xBF\xBD"	/* U+FFFD */

/* Values that are always numbers; an SQLSTATE may look like one. */
static const char *const number_names[] = {
	"status", "duration_ms", "bytes", "port", "limit", "wanted",
	"max_connections"
};

static bool
is_number_name(const char *name, size_t len)
{
	size_t		i;

	for (i = 0; i < sizeof(number_names) / sizeof(number_names[0]); i++)
		if (strlen(number_names[i]) == len &&
			memcmp(number_names[i], name, len) == 0)
			return true;
	return false;
}

/* The length of the character in UTF-8 there; 0 when it is none. */
static int
character_length(const char *text)
{
	char		one[5] = "";
	int			len;

	for (len = 1; len <= 4 && text[len - 1] != '\0'; len++)
	{
		one[len - 1] = text[len - 1];
		if (utf8_is_valid(one))
			return len;
	}
	return 0;
}

/* Copies one character, escaped as JSON wants it, and steps over it. */
static char *
write_character(const char **text, char *out)
{
	unsigned char c = (unsigned char) **text;
	int			len = character_length(*text);

	if (c == '"' || c == '\\')
		*out++ = '\\';
	if (c < 0x20)
		out += sprintf(out, "\\u%04x", c);
	else if (len == 0)
		out = stpcpy(out, REPLACEMENT);
	else
		out = mempcpy(out, *text, (size_t) len);
	*text += len == 0 ? 1 : len;
	return out;
}

/* Steps to the end of a value in quotes, or of the line. */
static char *
write_quoted(const char **text, char *out)
{
	*out++ = '"';
	for ((*text)++; **text != '\0' && **text != '"';)
	{
		if (**text == '\\' && (*text)[1] != '\0')
			(*text)++;
		out = write_character(text, out);
	}
	if (**text == '"')
		(*text)++;
	*out++ = '"';
	return out;
}

static char *
write_bare(const char **text, const char *end, bool is_number, char *out)
{
	if (!is_number)
		*out++ = '"';
	while (*text < end)
		out = write_character(text, out);
	if (!is_number)
		*out++ = '"';
	return out;
}

/* "12", "0.5": no other numbers are written. */
static bool
is_number(const char *text, size_t len)
{
	size_t		digits = strspn(text, "0123456789");

	if (digits == 0 || digits > len || (digits > 1 && text[0] == '0'))
		return false;
	return digits == len ||
		(text[digits] == '.' && digits + 1 < len &&
		 strspn(text + digits + 1, "0123456789") == len - digits - 1);
}

int
log_json(const char *line, char *json)
{
	char	   *out = json;

	*out++ = '{';
	while (*(line += strspn(line, " ")) != '\0')
	{
		const char *name = line;
		size_t		name_len = strcspn(line, "= ");

		if (out > json + 1)
			*out++ = ',';
		out = write_bare(&line, name + name_len, false, out);
		*out++ = ':';
		if (*line == '=')
			line++;
		if (*line == '"')
			out = write_quoted(&line, out);
		else
		{
			size_t		len = strcspn(line, " ");

			out = write_bare(&line, line + len,
							 is_number_name(name, name_len) && is_number(line, len),
							 out);
		}
	}
	out = stpcpy(out, "}\n");
	return (int) (out - json);
}
