/*
 * known_jws.c
 *		JWS compact serialization: taking apart and putting together.
 */
#include "postgres_fe.h"

#include "bytes.h"
#include "known.h"
#include "tap.h"
#include "vectors.h"
#include "wire/jws.h"

static void
is_segment(JwsSegment segment, const char *expected, const char *name)
{
	is_bytes(segment.text, segment.len, expected, strlen(expected), name);
}

/* RFC 7515 appendix A.3.1 */
static void
split(void)
{
	static const char token[] =
	RFC7515_A3_HEADER "." RFC7515_PAYLOAD "." RFC7515_A3_SIGNATURE;
	Jws			jws;

	ok(jws_split(token, strlen(token), &jws), "three segments");
	is_segment(jws.header, RFC7515_A3_HEADER, "header");
	is_segment(jws.payload, RFC7515_PAYLOAD, "payload");
	is_segment(jws.signature, RFC7515_A3_SIGNATURE, "signature");
	is_segment(jws.signing_input, RFC7515_A3_HEADER "." RFC7515_PAYLOAD,
			   "signing input");
}

static void
split_refused(void)
{
	static const char *const cases[] = {
		"", ".", "..", "...", "a", "a.b", "a.b.", ".b.c", "a..c", "a..", ".b.",
		"..c", "a.b.c.d", "a.b.c.", ".a.b.c", "a.b..c",
		/* five segments are JWE, RFC 7516 section 3.1 */
		"a.b.c.d.e"
	};
	Jws			jws;
	size_t		i;

	for (i = 0; i < lengthof(cases); i++)
		ok(!jws_split(cases[i], strlen(cases[i]), &jws), cases[i]);
}

/* The length given counts, not a terminator. */
static void
split_length(void)
{
	char		token[JWS_MAX_LENGTH + 1];
	Jws			jws;

	memset(token, 'x', sizeof(token));
	token[1] = token[3] = '.';
	ok(jws_split(token, JWS_MAX_LENGTH, &jws), "the longest");
	is_number(jws.signature.len, JWS_MAX_LENGTH - 4, "its signature");
	ok(!jws_split(token, JWS_MAX_LENGTH + 1, &jws), "a byte longer");
	ok(jws_split(token, 5, &jws), "the shortest");
	ok(!jws_split(token, 4, &jws), "a byte shorter");
	ok(!jws_split(token, 3, &jws), "one dot within the length");
}

/* RFC 7515 appendix A.3.1 again, the other way round */
static void
put_together(void)
{
	static const char payload[] =
	"{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n"
	" \"http://example.com/is_root\":true}";
	Bytes		signature = bytes_base64url(RFC7515_A3_SIGNATURE);
	char	   *token;
	size_t		len;

	token = jws_signing_input(RFC7515_A3_HEADER, payload, strlen(payload),
							  signature.len, &len);
	is_text(token, RFC7515_A3_HEADER "." RFC7515_PAYLOAD, "signing input");
	is_number(len, strlen(token), "its length");
	jws_append_signature(token, len, signature.data, signature.len);
	is_text(token,
			RFC7515_A3_HEADER "." RFC7515_PAYLOAD "." RFC7515_A3_SIGNATURE,
			"token");
}

void
known_jws(void)
{
	tap_group("jws_split");
	split();
	tap_group("jws_split refused");
	split_refused();
	tap_group("jws_split length");
	split_length();
	tap_group("jws_signing_input");
	put_together();
}
