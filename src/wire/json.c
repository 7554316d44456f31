/*
 * json.c
 *		JSON trees: read strictly, written in the order they were built
 *		(RFC 8259; duplicate names and NUL refused as RFC 7493 advises).
 *
 * The server's parser judges the text, since json-c is lenient even when told
 * to be strict (single quotes, NaN, duplicates), and when told to be strict
 * json-c 0.18 refuses every letter that is not ASCII; json-c then makes the
 * tree, and is not told to be strict.
 * Strings in a tree may be passwords or tokens: json_free() wipes them.
 */
#ifndef FRONTEND
#include "postgres.h"
#else
#include "postgres_fe.h"
#endif

#include <limits.h>

#include <json-c/json.h>
#include <json-c/printbuf.h>

#include "json.h"
#include "json_lexer.h"

#define WRITE_FLAGS (JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)

/*
 * True when brackets outside strings nest deeper than allowed.  The parser
 * recurses, and in the server it would raise an error when the stack runs
 * out; up to the first syntax error this scan sees the same tokens.
 */
static bool
too_deep(const char *string, size_t len)
{
	bool		in_string = false;
	int			depth = 0;
	size_t		i;

	for (i = 0; i < len; i++)
	{
		char		c = string[i];

		if (in_string && c == '\\')
			i++;
		else if (c == '"')
			in_string = !in_string;
		else if (in_string)
			continue;
		else if (c == '{' || c == '[')
		{
			if (++depth > JSON_MAX_DEPTH)
				return true;
		}
		else if (c == '}' || c == ']')
			depth--;
	}
	return false;
}

static JsonCallbackResult
count_member(void *state, char *name, bool isnull)
{
	(*(int *) state)++;
	JSON_CALLBACK_RETURN;
}

/*
 * True when the text is strict JSON; counts its members.  The parser has put
 * each string, unescaped, into the same buffer.
 */
static bool
judge(const char *string, size_t len, int *nmembers)
{
	JsonSemAction actions;
	JsonLexContext *lexer;
	bool		strict;

	if (len > INT_MAX ||
		pg_encoding_verifymbstr(PG_UTF8, string, (int) len) != (int) len ||
		too_deep(string, len))
		return false;

	memset(&actions, 0, sizeof(actions));
	actions.semstate = nmembers;
	actions.object_field_start = count_member;
	*nmembers = 0;
	lexer = make_lexer(string, (int) len);
	strict = pg_parse_json(lexer, &actions) == JSON_SUCCESS;
	explicit_bzero(lexer->strval->data, lexer->strval->maxlen);
	return strict;
}

static int
count_members(JsonNode *node)
{
	int			count = 0;
	size_t		i;

	if (json_object_is_type(node, json_type_object))
	{
		json_object_object_foreach(node, name, value)
		{
			(void) name;
			count += 1 + count_members(value);
		}
	}
	else if (json_object_is_type(node, json_type_array))
	{
		for (i = 0; i < json_object_array_length(node); i++)
			count += count_members(json_object_array_get_idx(node, i));
	}
	return count;
}

/*
 * json-c collects each string in a buffer while it reads, and would leave parts
 * of it behind whenever that grows: it is made as large as it can ever be.
 */
static struct json_tokener *
tokener_new(size_t len)
{
	/* json-c counts scalars as a level too. */
	struct json_tokener *tokener = json_tokener_new_ex(JSON_MAX_DEPTH + 2);

	if (tokener != NULL && printbuf_memset(tokener->pb, 0, '\0', (int) len) < 0)
	{
		json_tokener_free(tokener);
		return NULL;
	}
	if (tokener != NULL)
		printbuf_reset(tokener->pb);
	return tokener;
}

static void
tokener_free(struct json_tokener *tokener)
{
	if (tokener->pb != NULL && tokener->pb->buf != NULL)
		explicit_bzero(tokener->pb->buf, tokener->pb->size);
	json_tokener_free(tokener);
}

JsonNode *
json_read(const char *string, size_t len)
{
	struct json_tokener *tokener;
	JsonNode   *node;
	int			nmembers;
	bool		complete;

	if (!judge(string, len, &nmembers))
		return NULL;

	tokener = tokener_new(len);
	if (tokener == NULL)
		return NULL;
	node = json_tokener_parse_ex(tokener, string, (int) len);

	/* A bare number is only known to be complete at a terminator. */
	if (node == NULL && json_tokener_get_error(tokener) == json_tokener_continue)
		node = json_tokener_parse_ex(tokener, "", 1);
	complete = json_tokener_get_error(tokener) == json_tokener_success;
	tokener_free(tokener);

	/* json-c keeps the last of duplicate members: then some are missing. */
	if (!complete || count_members(node) != nmembers)
	{
		json_free(node);
		return NULL;
	}
	return node;
}

static JsonNode *
member(const JsonNode *object, const char *name, enum json_type type)
{
	JsonNode   *value;

	if (!json_object_is_type(object, json_type_object) ||
		!json_object_object_get_ex(object, name, &value) ||
		!json_object_is_type(value, type))
		return NULL;
	return value;
}

JsonNode *
json_object_member(const JsonNode *object, const char *name)
{
	return member(object, name, json_type_object);
}

bool
json_has_member(const JsonNode *object, const char *name)
{
	return json_object_is_type(object, json_type_object) &&
		json_object_object_get_ex(object, name, NULL);
}

const char *
json_text_member(const JsonNode *object, const char *name)
{
	JsonNode   *value = member(object, name, json_type_string);

	return value == NULL ? NULL : json_object_get_string(value);
}

char *
json_join_texts(const JsonNode *object, const char *name, char separator)
{
	JsonNode   *array = member(object, name, json_type_array);
	char	   *joined = NULL;
	size_t		i;

	for (i = 0; array != NULL && i < json_object_array_length(array); i++)
	{
		const char *string = json_object_get_string(json_object_array_get_idx(array, i));

		joined = joined == NULL ? pstrdup(string) :
			psprintf("%s%c%s", joined, separator, string);
	}
	return joined;
}

bool
json_int_member(const JsonNode *object, const char *name, int64 *value)
{
	JsonNode   *node = member(object, name, json_type_int);

	if (node == NULL)
		return false;
	*value = json_object_get_int64(node);

	/* What does not fit comes back as one of the ends. */
	return *value > INT64_MIN && *value < INT64_MAX;
}

JsonNode *
json_new_object(void)
{
	return json_object_new_object();
}

JsonNode *
json_new_array(void)
{
	return json_object_new_array();
}

void
json_add(JsonNode *object, const char *name, JsonNode *value)
{
	json_object_object_add(object, name, value);
}

void
json_add_text(JsonNode *object, const char *name, const char *value)
{
	json_add(object, name,
			 value == NULL ? NULL : json_object_new_string(value));
}

void
json_add_int(JsonNode *object, const char *name, int64 value)
{
	json_add(object, name, json_object_new_int64(value));
}

void
json_add_bool(JsonNode *object, const char *name, bool value)
{
	json_add(object, name, json_object_new_boolean(value));
}

void
json_add_members(JsonNode *object, const JsonNode *other)
{
	json_object_object_foreach((JsonNode *) other, name, value)
	{
		json_add(object, name, json_object_get(value));
	}
}

void
json_append(JsonNode *array, JsonNode *value)
{
	json_object_array_add(array, value);
}

void
json_append_text(JsonNode *array, const char *value)
{
	json_append(array, json_object_new_string(value));
}

char *
json_write(JsonNode *node, size_t *len)
{
	size_t		length;
	const char *string;
	char	   *copy;

	string = json_object_to_json_string_length(node, WRITE_FLAGS, &length);
	copy = palloc(length + 1);
	memcpy(copy, string, length + 1);
	explicit_bzero((char *) string, length);
	if (len != NULL)
		*len = length;
	return copy;
}

/* The tree owns its strings, so that writing over them is ours to do. */
static void
wipe(JsonNode *node)
{
	size_t		i;

	switch (json_object_get_type(node))
	{
		case json_type_string:
			explicit_bzero((char *) json_object_get_string(node),
						   json_object_get_string_len(node));
			break;
		case json_type_array:
			for (i = 0; i < json_object_array_length(node); i++)
				wipe(json_object_array_get_idx(node, i));
			break;
		case json_type_object:
			{
				json_object_object_foreach(node, name, value)
				{
					(void) name;
					wipe(value);
				}
			}
			break;
		default:
			break;
	}
}

void
json_free(JsonNode *node)
{
	if (node == NULL)
		return;
	wipe(node);
	json_object_put(node);
}
