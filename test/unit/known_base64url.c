/*
 * known_base64url.c
 *		base64url: vectors of RFC 4648 and RFC 7515, and what is refused.
 */
#include "postgres_fe.h"

#include "known.h"
#include "tap.h"
#include "wire/base64url.h"

static void
vectors(void)
{
	static const struct
	{
		const char *plain;
		const char *encoded;
	}			cases[] = {
		/* RFC 4648 section 10, without its padding */
		{"", ""},
		{"f", "Zg"},
		{"fo", "Zm8"},
		{"foo", "Zm9v"},
		{"foob", "Zm9vYg"},
		{"fooba", "Zm9vYmE"},
		{"foobar", "Zm9vYmFy"},
		/* RFC 7515 appendix C: both characters that base64 has not */
		{"\x03\xec\xff\xe0\xc1", "A-z_4ME"}
	};
	char		encoded[16];
	uint8		decoded[16];
	size_t		i;

	for (i = 0; i < lengthof(cases); i++)
	{
		size_t		len = strlen(cases[i].plain);
		ssize_t		decoded_len;

		is_number(base64url_encode((const uint8 *) cases[i].plain, len, encoded),
				  strlen(cases[i].encoded), "length");
		is_number(BASE64URL_LENGTH(len), strlen(cases[i].encoded),
				  "length foretold");
		is_text(encoded, cases[i].encoded, cases[i].encoded);

		decoded_len = base64url_decode(cases[i].encoded,
									   strlen(cases[i].encoded), decoded);
		is_bytes(decoded, decoded_len < 0 ? 0 : decoded_len,
				 cases[i].plain, len, "decoded");
	}
}

static void
refused(void)
{
	static const char *const cases[] = {
		/* padding */
		"Zg==", "Zm8=", "=", "Zm9v=",
		/* base64, not base64url */
		"A+z/4ME", "+AAA", "/AAA",
		/* no byte has six bits */
		"A", "Zm9vY",
		/* RFC 4648 section 3.5: bits that are left over are zero */
		"Zh", "Zm9", "Zv", "Zm-", "Zm9vYh", "Zm9vYmF",
		/* white space and others */
		" Zg", "Zg ", "Zg\n", "Z g", "Zm9v\r\n", "Zm.v", "Zm9*", "Zm\xc3\xa9"
	};
	uint8		decoded[16];
	size_t		i;

	for (i = 0; i < lengthof(cases); i++)
		is_number(base64url_decode(cases[i], strlen(cases[i]), decoded), -1,
				  cases[i]);
	is_number(base64url_decode("Zg\0v", 4, decoded), -1, "NUL");
}

/* Were a text accepted for no bytes of its own, there would be more of them. */
static void
one_text_for_each_value(void)
{
	char		text[] = "AAAA";
	uint8		decoded[4];
	int			naccepted = 0;
	int			i;

	for (i = 0; i < 256; i++)
	{
		text[3] = (char) i;
		naccepted += base64url_decode(text, 4, decoded) == 3;
	}
	is_number(naccepted, 64, "64 characters");

	for (naccepted = i = 0; i < 1 << 16; i++)
	{
		text[0] = (char) (i >> 8);
		text[1] = (char) i;
		naccepted += base64url_decode(text, 2, decoded) == 1;
	}
	is_number(naccepted, 1 << 8, "256 texts of two characters");

	for (naccepted = i = 0; i < 1 << 24; i++)
	{
		text[0] = (char) (i >> 16);
		text[1] = (char) (i >> 8);
		text[2] = (char) i;
		naccepted += base64url_decode(text, 3, decoded) == 2;
	}
	is_number(naccepted, 1 << 16, "65536 texts of three characters");
}

void
known_base64url(void)
{
	tap_group("base64url");
	vectors();
	tap_group("base64url refused");
	refused();
	tap_group("base64url canonical");
	one_text_for_each_value();
}
