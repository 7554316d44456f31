/*
 * claims.c
 *		JWT claims sets (RFC 7519 section 4) as jsonb.
 *
 * Made for verify(), where parsing is what costs most after the signature:
 * the text is read once, straight into what verify() returns.  jsonb's own
 * input function would raise an error for what is malformed.
 */
#include "compat.h"

#include <limits.h>

#include "utils/builtins.h"
#include "utils/numeric.h"

#include "wire/claims.h"
#include "wire/json_lexer.h"

/* Ours have a handful. */
#define MAX_BRACKETS 64

typedef struct Builder
{
	JSONB_BUILDER jsonb;
	bool		refused;
} Builder;

static void
push(void *builder, JsonbIteratorToken token, JsonbValue *value)
{
	Builder    *b = builder;

	JSONB_PUSH(&b->jsonb, token, value);
}

static JsonCallbackResult
object_start(void *builder)
{
	push(builder, WJB_BEGIN_OBJECT, NULL);
	JSON_CALLBACK_RETURN;
}

static JsonCallbackResult
object_end(void *builder)
{
	push(builder, WJB_END_OBJECT, NULL);
	JSON_CALLBACK_RETURN;
}

static JsonCallbackResult
array_start(void *builder)
{
	push(builder, WJB_BEGIN_ARRAY, NULL);
	JSON_CALLBACK_RETURN;
}

static JsonCallbackResult
array_end(void *builder)
{
	push(builder, WJB_END_ARRAY, NULL);
	JSON_CALLBACK_RETURN;
}

static void
set_string(JsonbValue *value, char *string)
{
	value->type = jbvString;
	value->val.string.val = string;
	value->val.string.len = (int) strlen(string);
}

static JsonCallbackResult
member_start(void *builder, char *name, bool isnull)
{
	JsonbValue	value;

	set_string(&value, name);
	push(builder, WJB_KEY, &value);
	JSON_CALLBACK_RETURN;
}

static bool
set_integer(JsonbValue *value, const char *token)
{
	char	   *end;
	long long	integer;

	errno = 0;
	integer = strtoll(token, &end, 10);
	value->type = jbvNumeric;
	value->val.numeric = int64_to_numeric(integer);
	return errno == 0 && *end == '\0';
}

static JsonCallbackResult
scalar(void *builder, char *token, JsonTokenType type)
{
	Builder    *b = builder;
	JsonbValue	value;

	value.type = jbvNull;
	if (type == JSON_TOKEN_STRING)
		set_string(&value, token);
	else if (type == JSON_TOKEN_TRUE || type == JSON_TOKEN_FALSE)
	{
		value.type = jbvBool;
		value.val.boolean = type == JSON_TOKEN_TRUE;
	}
	else if (type == JSON_TOKEN_NUMBER && !set_integer(&value, token))
		b->refused = true;

	if (b->jsonb.parseState == NULL)
		b->refused = true;		/* not in an object */
	else
		push(b, b->jsonb.parseState->contVal.type == jbvObject ? WJB_VALUE : WJB_ELEM,
			 &value);
	JSON_CALLBACK_RETURN;
}

/* The parser recurses, and raises an error when the stack runs out. */
static bool
may_be_deep(const char *string, Size len)
{
	int			nbrackets = 0;
	Size		i;

	for (i = 0; i < len; i++)
		nbrackets += string[i] == '{' || string[i] == '[';
	return nbrackets > MAX_BRACKETS;
}

Jsonb *
claims_read(const char *string, Size len)
{
	Builder		builder = {0};
	JsonSemAction actions = {
		.semstate = &builder,
		.object_start = object_start,
		.object_end = object_end,
		.array_start = array_start,
		.array_end = array_end,
		.object_field_start = member_start,
		.scalar = scalar
	};

	if (len > INT_MAX || may_be_deep(string, len) ||
		pg_encoding_verifymbstr(PG_UTF8, string, (int) len) != (int) len ||
		pg_parse_json(make_lexer(string, (int) len), &actions) != JSON_SUCCESS ||
		builder.refused || builder.jsonb.result->type != jbvObject)
		return NULL;
	return JsonbValueToJsonb(builder.jsonb.result);
}

static JsonbValue *
find(const Jsonb *claims, const char *name, enum jbvType type)
{
	JsonbValue *value = getKeyJsonValueFromContainer(&unconstify(Jsonb *, claims)->root,
													 name, strlen(name), NULL);

	return value == NULL || value->type != type ? NULL : value;
}

char *
claims_text(const Jsonb *claims, const char *name)
{
	JsonbValue *value = find(claims, name, jbvString);

	return value == NULL ? NULL :
		pnstrdup(value->val.string.val, value->val.string.len);
}

bool
claims_int(const Jsonb *claims, const char *name, int64 *value)
{
	JsonbValue *found = find(claims, name, jbvNumeric);

	if (found == NULL)
		return false;
	*value = DatumGetInt64(DirectFunctionCall1(numeric_int8,
											   NumericGetDatum(found->val.numeric)));
	return true;
}
