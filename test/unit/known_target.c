/*
 * known_target.c
 *		Request targets: what a route may see, and what none does.
 */
#include "postgres_fe.h"

#include "known.h"
#include "tap.h"
#include "wire/target.h"

static void
parsed(void)
{
	static const struct
	{
		const char *raw;
		const char *segments[TARGET_MAX_SEGMENTS];
		const char *query;
		const char *decoded;
	}			cases[] = {
		{"/a", {"a"}, NULL, "/a"},
		{"/a/b/c/d", {"a", "b", "c", "d"}, NULL, "/a/b/c/d"},
		/* empty segments are segments, so that no route is found */
		{"/", {""}, NULL, "/"},
		{"//", {"", ""}, NULL, "//"},
		{"/a/", {"a", ""}, NULL, "/a/"},
		{"/a//b", {"a", "", "b"}, NULL, "/a//b"},
		/* nothing is normalized (RFC 3986 section 6.2.2 would be) */
		{"/a/../b", {"a", "..", "b"}, NULL, "/a/../b"},
		{"/A", {"A"}, NULL, "/A"},
		/* queries stay as they are */
		{"/a?", {"a"}, "", "/a?"},
		{"/a?b=c&d=%20", {"a"}, "b=c&d=%20", "/a?b=c&d= "},
		{"/a?b?c/d", {"a"}, "b?c/d", "/a?b?c/d"},
		{"/?q", {""}, "q", "/?q"},
		/* a bad escape in the query is not the path's fault */
		{"/a?%zz", {"a"}, "%zz", "/a?%zz"},
		{"/a?%00", {"a"}, "%00", "/a?%00"},
		/* RFC 3986 section 2.1: escapes, decoded once and after splitting */
		{"/%61%62", {"ab"}, NULL, "/ab"},
		{"/a%2fb%2Fc", {"a/b/c"}, NULL, "/a/b/c"},
		{"/a%3Fb", {"a?b"}, NULL, "/a?b"},
		{"/%252F", {"%2F"}, NULL, "/%2F"},
		{"/a+b", {"a+b"}, NULL, "/a+b"},
		/* RFC 3629 section 3: the first and last character of each length */
		{"/%7f", {"\x7f"}, NULL, "/\x7f"},
		{"/%C2%80%df%bf", {"\xc2\x80\xdf\xbf"}, NULL, "/\xc2\x80\xdf\xbf"},
		{"/%E0%A0%80", {"\xe0\xa0\x80"}, NULL, "/\xe0\xa0\x80"},
		{"/%EF%BF%BF", {"\xef\xbf\xbf"}, NULL, "/\xef\xbf\xbf"},
		{"/%F0%90%80%80", {"\xf0\x90\x80\x80"}, NULL, "/\xf0\x90\x80\x80"},
		{"/%F4%8F%BF%BF", {"\xf4\x8f\xbf\xbf"}, NULL, "/\xf4\x8f\xbf\xbf"},
		{"/\xc3\xa9", {"\xc3\xa9"}, NULL, "/\xc3\xa9"},
		/* RFC 9112 section 3.2.2: absolute form */
		{"http://h/a/b?c", {"a", "b"}, "c", "/a/b?c"},
		{"https://h:8443/a", {"a"}, NULL, "/a"},
		{"http://[::1]:80/a", {"a"}, NULL, "/a"},
		{"http://h/a?u=http://i/b", {"a"}, "u=http://i/b", "/a?u=http://i/b"},
		{"http:///a", {"a"}, NULL, "/a"},
		{"/a?u=http://i/b", {"a"}, "u=http://i/b", "/a?u=http://i/b"}
	};
	Target		target;
	size_t		i;
	int			j;

	for (i = 0; i < lengthof(cases); i++)
	{
		ok(target_parse(cases[i].raw, &target), cases[i].raw);
		for (j = 0; j < TARGET_MAX_SEGMENTS; j++)
			is_text(target.segments[j], cases[i].segments[j], "segment");
		for (j = 0; j < target.nsegments && target.segments[j] != NULL;)
			j++;
		is_number(target.nsegments, j, "number of segments");
		is_text(target.query, cases[i].query, "query");
		is_text(target.decoded, cases[i].decoded, "decoded");
	}
}

static void
refused(void)
{
	static const char *const cases[] = {
		/* no path at all; RFC 9112 sections 3.2.3 and 3.2.4 */
		"", "?", "?a", "*", "a", "a/b", "h:443", " /a", "http:/a", "://",
		"http://h", "http://h?a", "http://", "http://?/a",
		/* "://" within a query is no origin */
		"?u=http://h/a", "a?u=http://h/a",
		/* too many segments */
		"/a/b/c/d/e", "/a/b/c/d/", "/////", "http://h/a/b/c/d/e",
		/* malformed escapes */
		"/%", "/%4", "/%4g", "/%g4", "/%%34", "/%u0041", "/% 4", "/%-1",
		"/%+1", "/%0x41", "/a%/b", "/a%4/1",
		/* NUL */
		"/%00", "/a%00b", "/a/%00",
		/* RFC 3629 section 3: continuation bytes alone or missing */
		"/%80", "/%bf", "/%c3", "/%c3/%a9", "/%c3%28", "/%e2%82", "/%f0%9f%98",
		"/\x80", "/\xc3",
		/* overlong forms of "/", "." and NUL */
		"/%c0%af", "/%c0%ae", "/%c1%bf", "/%e0%80%af", "/%f0%80%80%af",
		"/%c0%80", "/%e0%9f%bf", "/%f0%8f%bf%bf",
		/* surrogates, what is beyond U+10FFFF, and bytes that never occur */
		"/%ed%a0%80", "/%ed%bf%bf", "/%f4%90%80%80", "/%f8%88%80%80%80",
		"/%fe", "/%ff",
		/* a good segment does not excuse another */
		"/a/%ff/b", "http://h/a/%zz"
	};
	Target		target;
	size_t		i;

	for (i = 0; i < lengthof(cases); i++)
		ok(!target_parse(cases[i], &target), cases[i]);
}

/* The length counts: an escape must not be read beyond it. */
static void
decoded(void)
{
	is_text(target_decode("a%20b", 5), "a b", "all");
	is_text(target_decode("a%20b", 4), "a ", "up to an escape");
	is_text(target_decode("a%20b", 3), NULL, "within an escape");
	is_text(target_decode("a%20b", 2), NULL, "within an escape");
	is_text(target_decode("a%20b", 1), "a", "before it");
	is_text(target_decode("a%20b", 0), "", "nothing");
	is_text(target_decode("a\0b", 3), NULL, "NUL");
}

void
known_target(void)
{
	tap_group("target_parse");
	parsed();
	tap_group("target_parse refused");
	refused();
	tap_group("target_decode");
	decoded();
}
