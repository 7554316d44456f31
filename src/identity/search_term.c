/*
 * search_term.c
 *		What an agent searches for, as patterns of LIKE.
 *
 * A term is contained in the e-mail address or the whole name, or is the
 * reference; one of a letter or two is the beginning of a word.
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/formatting.h"

#include "identity/customer.h"
#include "identity/search_term.h"

/* Terms of no more characters match only at the beginning of a word. */
#define SHORT_TERM 2

/* What is before each word in what is searched, and what divides words. */
#define WORD_BEGINS '\x1e'
#define WORD_BEGINS_STRING "\x1e"
#define SEPARATORS " .@-_+'\x1f"

static Datum
ids_by_reference(const char *string)
{
	static CustomerQuery query = {
		CUSTOMERS_BY_INDEX,
		"SELECT COALESCE(pg_catalog.array_agg(c.id::pg_catalog.int8), '{}') FROM {customers}"
		" WHERE pg_catalog.lower(c.customer_reference)"
		"  OPERATOR(pg_catalog.=) pg_catalog.lower($1) AND c.id IS NOT NULL",
		{TEXTOID}
	};
	Datum		value = CStringGetTextDatum(string);

	customer_query_run(&query, &value, NULL);
	return PointerGetDatum(DatumGetArrayTypePCopy(query_value(0, 1, NULL)));
}

/* The term as it is in what is searched, and means nothing else to LIKE. */
static void
append_escaped(StringInfo pattern, const char *lower, Size len, bool marked)
{
	Size		i;

	for (i = 0; i < len; i++)
	{
		if (strchr("%_\\", lower[i]) != NULL)
			appendStringInfoChar(pattern, '\\');
		appendStringInfoChar(pattern, lower[i]);
		if (marked && strchr(SEPARATORS, lower[i]) != NULL)
			appendStringInfoChar(pattern, WORD_BEGINS);
	}
}

static Datum
make_pattern(const char *before, const char *lower, Size len, bool marked)
{
	StringInfoData pattern;

	initStringInfo(&pattern);
	appendStringInfoString(&pattern, before);
	append_escaped(&pattern, lower, len, marked);
	appendStringInfoChar(&pattern, '%');
	return PointerGetDatum(cstring_to_text_with_len(pattern.data, pattern.len));
}

static Datum
text_array(Datum *texts, int n)
{
	return PointerGetDatum(n == 0 ? construct_empty_array(TEXTOID) :
						   construct_array(texts, n, TEXTOID, -1, false,
										   TYPALIGN_INT));
}

/* Contained anywhere. */
static Datum
anywhere(const char *lower, Size len, bool marked)
{
	Datum		pattern = make_pattern("%", lower, len, marked);

	return text_array(&pattern, 1);
}

/* The beginning of a word: where these are not marked, after what divides. */
static Datum
at_words(const char *lower, bool marked)
{
	Datum		patterns[lengthof(SEPARATORS)];
	const char *separator = SEPARATORS;
	Size		len = strlen(lower);
	int			n = 0;

	if (marked)
		patterns[n++] = make_pattern("%" WORD_BEGINS_STRING, lower, len, true);
	else
	{
		patterns[n++] = make_pattern("", lower, len, false);
		for (; *separator != '\0'; separator++)
			patterns[n++] = make_pattern(psprintf("%%%s%c", *separator == '_' ? "\\" : "",
												  *separator),
										 lower, len, false);
	}
	return text_array(patterns, n);
}

/* Whether any but ASCII's are letters: not in locale C. */
static bool
locale_has_letters(void)
{
	static const char upper[] = "\xc3\x84"; /* A with diaeresis */

	return strcmp(str_tolower(upper, strlen(upper), DEFAULT_COLLATION_OID),
				  upper) != 0;
}

/* What pg_trgm takes for a letter or digit, in this database's locale. */
static bool
is_word_character(unsigned char c)
{
	if (c >= 0x80)
		return locale_has_letters();
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/*
 * Whether three characters of the term are known to follow one another in what
 * it matches: at either end of a word, blanks count.
 */
static bool
has_trigrams(const char *lower, bool begins_word)
{
	int			known = begins_word ? 2 : 0;

	for (; *lower != '\0'; lower += pg_mblen(lower))
	{
		if (is_word_character((unsigned char) *lower))
			known++;
		else if (known >= 2)
			return true;
		else
			known = 2;
		if (known >= 3)
			return true;
	}
	return false;
}

/* ASCII, and neither letter nor digit: by this, nobody looks for a word. */
static bool
begins_no_word(char c)
{
	return (unsigned char) c < 0x80 && !is_word_character((unsigned char) c);
}

/*
 * Of an e-mail address the part before the "@" is enough for an index: the
 * domain is that of many, and its trigrams only cost.
 */
static Size
selective_length(const char *lower)
{
	const char *at = strchr(lower, '@');

	return at == NULL || at - lower < 2 * SHORT_TERM ? strlen(lower) :
		(Size) (at - lower) + 1;
}

/* What marks and divides the texts that are searched is in no name. */
static bool
can_match(const char *term)
{
	return term[strcspn(term, "\x1e\x1f")] == '\0';
}

bool
search_term_read(const char *string, Term *term)
{
	int			len = (int) strlen(string);
	char	   *lower = str_tolower(string, len, DEFAULT_COLLATION_OID);
	int			characters = pg_mbstrlen_with_len(string, len);
	bool		is_short = characters > 0 && characters <= SHORT_TERM;
	Size		lower_len = strlen(lower);
	Size		part_len = selective_length(lower);
	bool		marked = customer_words_are_marked();

	term->patterns = is_short ?
		(begins_no_word(lower[0]) ? text_array(NULL, 0) :
		 at_words(lower, marked)) :
		anywhere(lower, lower_len, marked);
	term->part = part_len == lower_len ? term->patterns :
		anywhere(lower, part_len, marked);
	term->rest = part_len == lower_len ? CStringGetTextDatum("%") :
		make_pattern("%", lower, lower_len, marked);
	term->references = ids_by_reference(string);
	term->has_trigrams = has_trigrams(lower, is_short) ||
		(is_short && begins_no_word(lower[0]));
	return can_match(string);
}
