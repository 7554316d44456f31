/*
 * username.c
 *		When two user names are the same.
 *
 * Normalization is idempotent and depends on nothing that a session can set,
 * since a unique index is built on it.  Case folds through lower case, so that
 * letters with several upper-case forms (sharp s) become one, and then through
 * upper case, for those with several lower-case forms (Greek sigma).
 */
#include "compat.h"

#include "catalog/namespace.h"
#include "catalog/pg_collation.h"
#include "common/unicode_norm.h"
#include "mb/pg_wchar.h"
#include "nodes/makefuncs.h"
#include "nodes/value.h"
#include "utils/builtins.h"
#include "utils/formatting.h"

#include "identity/username.h"

SQL_FUNCTION(agent_auth_normalize_username);

/* White space (property White_Space of the Unicode character database). */
static bool
is_blank(pg_wchar c)
{
	return c == 0x20 || (c >= 0x09 && c <= 0x0D) || c == 0x85 || c == 0xA0 ||
		c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 ||
		c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

/* Controls, and characters that show nothing or turn the text around. */
static bool
is_unprintable(pg_wchar c)
{
	return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0xAD ||
		(c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
		(c >= 0x2060 && c <= 0x206F) || c == 0xFEFF;
}

static pg_wchar *
decode(const char *string)
{
	Size		len = strlen(string);
	pg_wchar   *chars = palloc((len + 1) * sizeof(pg_wchar));
	pg_wchar   *out = chars;

	while (*string != '\0')
	{
		*out++ = utf8_to_unicode((const unsigned char *) string);
		string += pg_utf_mblen((const unsigned char *) string);
	}
	*out = 0;
	return chars;
}

static char *
encode(const pg_wchar *chars, Size nchars)
{
	char	   *string = palloc(nchars * 4 + 1);
	unsigned char *out = (unsigned char *) string;
	Size		i;

	for (i = 0; i < nchars; i++)
	{
		unicode_to_utf8(chars[i], out);
		out += pg_utf_mblen(out);
	}
	*out = '\0';
	return string;
}

static char *
compose(const char *string)
{
	pg_wchar   *composed = unicode_normalize(UNICODE_NFC, decode(string));
	Size		nchars = 0;

	while (composed[nchars] != 0)
		nchars++;
	return encode(composed, nchars);
}

static char *
trim(const char *string)
{
	pg_wchar   *start = decode(string);
	Size		nchars = 0;

	while (is_blank(*start))
		start++;
	while (start[nchars] != 0)
		nchars++;
	while (nchars > 0 && is_blank(start[nchars - 1]))
		nchars--;
	return encode(start, nchars);
}

/* The root locale where the server was built with ICU, as Debian's is. */
static Oid
case_collation(void)
{
	List	   *name = list_make2(makeString(pstrdup("pg_catalog")),
								  makeString(pstrdup("und-x-icu")));
	Oid			collation = get_collation_oid(name, true);

	return OidIsValid(collation) ? collation : DEFAULT_COLLATION_OID;
}

static char *
fold_case(const char *string)
{
	Oid			collation = case_collation();
	char	   *lower = str_tolower(string, strlen(string), collation);
	char	   *upper = str_toupper(lower, strlen(lower), collation);

	return str_tolower(upper, strlen(upper), collation);
}

static bool
is_plain_ascii(const char *string)
{
	for (; *string != '\0'; string++)
		if ((unsigned char) *string <= 0x20 || (unsigned char) *string >= 0x7F)
			return false;
	return true;
}

/*
 * No name is written longer, blanks and all; normalizing takes time that grows
 * with the square of the length, and comes before any password.
 */
#define WRITTEN_MAX_LENGTH (4 * USERNAME_MAX_LENGTH)

/* What no agent can be called, since it does not show. */
#define NOBODY "\x7F"

char *
username_normalize(const char *username)
{
	if (strlen(username) > WRITTEN_MAX_LENGTH)
		return pstrdup(NOBODY);

	/* Nearly every name there is; the long way gives the same. */
	if (is_plain_ascii(username))
		return asc_tolower(username, strlen(username));
	return compose(fold_case(compose(trim(username))));
}

const char *
username_weakness(const char *username)
{
	char	   *trimmed = trim(username);
	pg_wchar   *chars;

	if (strlen(username) > USERNAME_MAX_LENGTH)
		return "A user name has at most 255 bytes.";
	if (trimmed[0] == '\0')
		return "A user name is not empty.";
	for (chars = decode(trimmed); *chars != 0; chars++)
		if (is_unprintable(*chars))
			return "A user name has no control or invisible characters.";
	return NULL;
}

/* normalize_username(text) returns text, IMMUTABLE: the key of agent's index */
Datum
agent_auth_normalize_username(PG_FUNCTION_ARGS)
{
	char	   *username = text_to_cstring(PG_GETARG_TEXT_PP(0));

	PG_RETURN_TEXT_P(cstring_to_text(username_normalize(username)));
}
