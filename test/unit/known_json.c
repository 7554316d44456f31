/*
 * known_json.c
 *		JSON: what is read, what is refused, and how trees are written.
 */
#include "postgres_fe.h"

#include "known.h"
#include "tap.h"
#include "wire/json.h"

/* Between the literal strings of a table, which may hold a NUL. */
#define TEXT(literal) {literal, sizeof(literal) - 1}

typedef struct JsonText
{
	const char *string;
	size_t		len;
} JsonText;

/* What is read is written back compactly, members in their order. */
static void
accepted(void)
{
	static const struct
	{
		const char *text;
		const char *written;
	}			cases[] = {
		/* RFC 8259 section 2: white space, and any value at the top */
		{"{}", "{}"},
		{"[]", "[]"},
		{" \t\r\n{ \t\r\n} \t\r\n", "{}"},
		{"\"a\"", "\"a\""},
		{"true", "true"},
		{"false ", "false"},
		{"0", "0"},
		{" 12 ", "12"},
		{"[1 , 2]", "[1,2]"},
		/* section 4 */
		{"{\"b\":1,\"a\":{\"a\":null},\"\":[]}",
		"{\"b\":1,\"a\":{\"a\":null},\"\":[]}"},
		{"[{\"a\":1},{\"a\":2}]", "[{\"a\":1},{\"a\":2}]"},
		/* section 6 */
		{"-0", "0"},
		{"[-1,10,0.5,1e2,1E+2,1e-2]", "[-1,10,0.5,1e2,1E+2,1e-2]"},
		{"9223372036854775807", "9223372036854775807"},
		{"-9223372036854775808", "-9223372036854775808"},
		/* section 7 */
		{"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\\"\\\\/\\b\\f\\n\\r\\t\""},
		{"\"\\u0041\\u00e9\\u20AC\"", "\"A\xc3\xa9\xe2\x82\xac\""},
		{"\"\\ud83d\\ude00\"", "\"\xf0\x9f\x98\x80\""},
		{"\"\\u0001\\u001f\"", "\"\\u0001\\u001f\""},
		{"\"\xc3\xa9\x7f\xf4\x8f\xbf\xbf\"", "\"\xc3\xa9\x7f\xf4\x8f\xbf\xbf\""},
		{"\"//{[:,\"", "\"//{[:,\""}
	};
	size_t		i;

	for (i = 0; i < lengthof(cases); i++)
	{
		JsonNode   *node = json_read(cases[i].text, strlen(cases[i].text));
		size_t		len;
		char	   *written;

		ok(node != NULL, cases[i].text);
		if (node == NULL)
			continue;
		written = json_write(node, &len);
		is_text(written, cases[i].written, "written");
		is_number(len, strlen(written), "length");
		json_free(node);
	}
}

static void
refused(void)
{
	static const JsonText cases[] = {
		/* nothing, or not all of it */
		TEXT(""), TEXT(" "), TEXT("{"), TEXT("["), TEXT("\"a"), TEXT("{\"a\""),
		TEXT("{\"a\":"), TEXT("{\"a\":1"), TEXT("tru"), TEXT("-"), TEXT("\\"),
		TEXT("\"\\"), TEXT("\"\\\""),
		/* more than one */
		TEXT("{}x"), TEXT("{} {}"), TEXT("{}}"), TEXT("1 2"), TEXT("1,2"),
		TEXT("\"a\"\"b\""), TEXT("[]]"), TEXT("truefalse"),
		/* what JavaScript or json-c would take */
		TEXT("{'a':1}"), TEXT("'a'"), TEXT("{a:1}"), TEXT("{\"a\":1,}"),
		TEXT("[1,]"), TEXT("[,1]"), TEXT("[1 2]"), TEXT("{\"a\" 1}"),
		TEXT("{,}"), TEXT("{1:1}"), TEXT("{\"a\"}"), TEXT("[}"), TEXT("{]"),
		TEXT("NaN"), TEXT("-NaN"), TEXT("Infinity"), TEXT("-Infinity"),
		TEXT("nan"), TEXT("True"), TEXT("NULL"), TEXT("undefined"),
		TEXT("// a\n1"), TEXT("/* a */ 1"), TEXT("1 // a"), TEXT("#\n1"),
		TEXT("\v1"), TEXT("\f1"), TEXT("\xc2\xa0" "1"),
		/* RFC 8259 section 6 */
		TEXT("01"), TEXT("-01"), TEXT("+1"), TEXT("1."), TEXT(".5"), TEXT("1e"),
		TEXT("1e+"), TEXT("0x10"), TEXT("1_000"), TEXT("--1"), TEXT("1.e1"),
		/* section 7: control characters and escapes */
		TEXT("\"\n\""), TEXT("\"\t\""), TEXT("\"\x1f\""), TEXT("\"\\x41\""),
		TEXT("\"\\'\""), TEXT("\"\\0\""), TEXT("\"\\u\""), TEXT("\"\\u12\""),
		TEXT("\"\\u123g\""), TEXT("\"\\U0041\""), TEXT("\"\\\n\""),
		/* NUL, in any disguise */
		TEXT("\0"), TEXT("{}\0"), TEXT("\"\0\""), TEXT("\"a\0b\""),
		TEXT("\"\\u0000\""), TEXT("\"a\\u0000b\""), TEXT("{\"\\u0000\":1}"),
		TEXT("{\"a\\u0000\":1}"),
		/* section 8.2: surrogates alone or the wrong way round */
		TEXT("\"\\ud800\""), TEXT("\"\\udc00\""), TEXT("\"\\ud800a\""),
		TEXT("\"\\ud800\\ud800\""), TEXT("\"\\udc00\\ud800\""),
		TEXT("\"\\ud800\\u0041\""), TEXT("\"\\udfff\""), TEXT("\"\\udbff\\n\""),
		/* section 8.1: a byte order mark, and other encodings */
		TEXT("\xef\xbb\xbf{}"), TEXT("\xff\xfe{\0}\0"), TEXT("{\0}\0"),
		/* invalid UTF-8: cut off, overlong, surrogate, too high */
		TEXT("\"\x80\""), TEXT("\"\xc3\""), TEXT("\"\xc3"), TEXT("\"\xc0\xa2\""),
		TEXT("\"\xe0\x80\xaf\""), TEXT("\"\xed\xa0\x80\""),
		TEXT("\"\xf4\x90\x80\x80\""), TEXT("\"\xff\""), TEXT("{\"\xe9\":1}"),
		/* RFC 7493 section 2.3: duplicate names, however they are written */
		TEXT("{\"a\":1,\"a\":1}"), TEXT("{\"a\":1,\"b\":2,\"a\":3}"),
		TEXT("{\"a\":1,\"\\u0061\":2}"), TEXT("{\"\\u0061\":1,\"\\u0061\":2}"),
		TEXT("{\"\":1,\"\":2}"), TEXT("{\"a\":null,\"a\":null}"),
		TEXT("{\"/\":1,\"\\/\":2}"), TEXT("{\"\xc3\xa9\":1,\"\\u00E9\":2}"),
		TEXT("{\"a\":{\"b\":1,\"b\":2}}"), TEXT("[[{\"a\":1,\"a\":2}]]"),
		TEXT("{\"a\":{\"x\":1},\"a\":2}"), TEXT("{\"a\":1,\"a\":{\"x\":1}}"),
		TEXT("{\"a\":1,\"a\":{\"x\":1,\"y\":2}}")
	};
	size_t		i;

	for (i = 0; i < lengthof(cases); i++)
	{
		JsonNode   *node = json_read(cases[i].string, cases[i].len);

		ok(node == NULL, cases[i].string);
		json_free(node);
	}
}

/*
 * Numbers that no int64 holds: refusing them is fine, and so is saying that
 * they are no integer, but another value is not.
 */
static void
huge_integers(void)
{
	static const char *const cases[] = {
		"9223372036854775808", "-9223372036854775809", "18446744073709551615",
		"18446744073709551616", "100000000000000000000000000000", "1e30", "1.5",
		"1.0", "\"1\"", "null", "true", "[1]"
	};
	size_t		i;

	for (i = 0; i < lengthof(cases); i++)
	{
		char		text[64];
		JsonNode   *node;
		int64		value;

		snprintf(text, sizeof(text), "{\"n\":%s}", cases[i]);
		node = json_read(text, strlen(text));
		ok(!json_int_member(node, "n", &value), text);
		json_free(node);
	}
}

/* Brackets around nothing; each of "depth" levels is one of them. */
static bool
reads_nested(const char *open, const char *close, int depth)
{
	char		text[8 * (JSON_MAX_DEPTH + 2)] = "";
	JsonNode   *node;
	int			i;

	for (i = 0; i < depth; i++)
		strlcat(text, i == depth - 1 ? (open[0] == '[' ? "[" : "{") : open,
				sizeof(text));
	for (i = 0; i < depth; i++)
		strlcat(text, close, sizeof(text));
	node = json_read(text, strlen(text));
	json_free(node);
	return node != NULL;
}

static void
depth_limit(void)
{
	static const char braces[] =
	"[\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[[[[{{{{\"]";
	char		flood[100000];
	JsonNode   *node;

	ok(reads_nested("[", "]", JSON_MAX_DEPTH), "32 arrays");
	ok(!reads_nested("[", "]", JSON_MAX_DEPTH + 1), "33 arrays refused");
	ok(reads_nested("{\"a\":", "}", JSON_MAX_DEPTH), "32 objects");
	ok(!reads_nested("{\"a\":", "}", JSON_MAX_DEPTH + 1), "33 objects refused");

	node = json_read(braces, strlen(braces));
	ok(node != NULL, "brackets in a string do not count");
	json_free(node);

	memset(flood, '[', sizeof(flood));
	ok(json_read(flood, sizeof(flood)) == NULL, "a flood of brackets refused");
}

/* A scalar in the innermost of 32 levels is a level to json-c, not to us. */
static void
scalar_at_the_limit(void)
{
	char		text[2 * JSON_MAX_DEPTH + 2];
	JsonNode   *node;

	memset(text, '[', JSON_MAX_DEPTH);
	text[JSON_MAX_DEPTH] = '1';
	memset(text + JSON_MAX_DEPTH + 1, ']', JSON_MAX_DEPTH);
	node = json_read(text, 2 * JSON_MAX_DEPTH + 1);
	ok(node != NULL, "a number in 32 arrays");
	json_free(node);
}

static void
members(void)
{
	static const char text[] =
	"{\"t\":\"text\",\"e\":\"\",\"i\":-5,\"n\":null,\"b\":true,"
	"\"o\":{\"i\":6},\"a\":[1]}";
	static const char limits_text[] =
	"{\"high\":9223372036854775806,\"low\":-9223372036854775807}";
	JsonNode   *node = json_read(text, strlen(text));
	JsonNode   *array = json_read("[1]", 3);
	JsonNode   *limits = json_read(limits_text, strlen(limits_text));
	int64		value = 1;

	is_text(json_text_member(node, "t"), "text", "text");
	is_text(json_text_member(node, "e"), "", "empty text");
	is_text(json_text_member(node, "i"), NULL, "a number is no text");
	is_text(json_text_member(node, "n"), NULL, "null is no text");
	is_text(json_text_member(node, "T"), NULL, "case matters");
	is_text(json_text_member(node, "x"), NULL, "absent");
	ok(json_int_member(node, "i", &value), "integer");
	is_number(value, -5, "its value");
	ok(!json_int_member(node, "t", &value), "text is no integer");
	ok(!json_int_member(node, "b", &value), "true is no integer");
	ok(!json_int_member(node, "x", &value), "absent");
	is_number(value, -5, "value left alone");
	ok(json_int_member(json_object_member(node, "o"), "i", &value), "object");
	is_number(value, 6, "its member");
	ok(json_int_member(limits, "high", &value), "the greatest integer");
	is_number(value, PG_INT64_MAX - 1, "its value");
	ok(json_int_member(limits, "low", &value), "the least integer");
	is_number(value, PG_INT64_MIN + 1, "its value");
	ok(json_object_member(node, "a") == NULL, "an array is no object");
	ok(json_object_member(node, "x") == NULL, "absent");
	ok(json_text_member(NULL, "t") == NULL, "no tree");
	ok(json_text_member(array, "t") == NULL, "an array has no members");
	json_free(limits);
	json_free(array);
	json_free(node);
	json_free(NULL);
}

static void
written(void)
{
	JsonNode   *object = json_new_object();
	JsonNode   *array = json_new_array();
	JsonNode   *inner = json_new_object();

	json_add_text(object, "z", "last letter first");
	json_add_int(object, "a", PG_INT64_MIN);
	json_add_text(object, "none", NULL);
	json_add(object, "list", array);
	json_append_text(array, "/\"\\\n\x01\xc3\xa9");
	json_append(array, inner);
	json_add_int(inner, "b", PG_INT64_MAX);
	json_add_text(inner, "a", "");
	json_add(inner, "empty", json_new_array());
	is_text(json_write(object, NULL),
			"{\"z\":\"last letter first\",\"a\":-9223372036854775808,"
			"\"none\":null,\"list\":[\"/\\\"\\\\\\n\\u0001\xc3\xa9\","
			"{\"b\":9223372036854775807,\"a\":\"\",\"empty\":[]}]}",
			"in the order it was built");
	json_free(object);
}

void
known_json(void)
{
	tap_group("json_read");
	accepted();
	tap_group("json_read refused");
	refused();
	tap_group("json_read depth");
	depth_limit();
	scalar_at_the_limit();
	tap_group("json_int_member refused");
	huge_integers();
	tap_group("json members");
	members();
	tap_group("json_write");
	written();
}
