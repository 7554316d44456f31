/*
 * base64url.c
 *		base64url without padding (RFC 4648 section 5, RFC 7515 appendix C).
 *
 * The decoder takes the canonical form alone: were two texts to decode to one
 * token, a token could be told apart from its own revoked copy.
 */
#ifndef FRONTEND
#include "postgres.h"
#else
#include "postgres_fe.h"
#endif

#include "base64url.h"

static const char alphabet[] =
"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* Of each character, with IS_DIGIT; 0 for what is none. */
#define IS_DIGIT 64

static const uint8 digit_values[256] = {
	['A'] = 64, 65, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79,
	80, 81, 82, 83, 84, 85, 86, 87, 88, 89,
	['a'] = 90, 91, 92, 93, 94, 95, 96, 97, 98, 99, 100, 101, 102, 103, 104,
	105, 106, 107, 108, 109, 110, 111, 112, 113, 114, 115,
	['0'] = 116, 117, 118, 119, 120, 121, 122, 123, 124, 125,
	['-'] = 126,
	['_'] = 127
};

size_t
base64url_encode(const uint8 *src, size_t len, char *dst)
{
	char	   *out = dst;
	uint32		bits = 0;
	int			nbits = 0;
	size_t		i;

	for (i = 0; i < len; i++)
	{
		bits = (bits << 8) | src[i];
		for (nbits += 8; nbits >= 6; nbits -= 6)
			*out++ = alphabet[(bits >> (nbits - 6)) & 0x3F];
	}
	if (nbits > 0)
		*out++ = alphabet[(bits << (6 - nbits)) & 0x3F];
	*out = '\0';
	return out - dst;
}

/*
 * The last one or two bytes, from two or three characters; left-over bits
 * must be zero.  Returns their number, -1 when it is none of that.
 */
static int
decode_tail(const char *src, size_t len, uint8 *dst)
{
	uint32		bits = 0;
	size_t		i;

	for (i = 0; i < len; i++)
	{
		uint8		value = digit_values[(uint8) src[i]];

		if (value == 0)
			return -1;
		bits = (bits << 6) | (value & 63);
	}
	switch (len)
	{
		case 0:
			return 0;
		case 2:
			dst[0] = (uint8) (bits >> 4);
			return (bits & 0x0F) == 0 ? 1 : -1;
		case 3:
			dst[0] = (uint8) (bits >> 10);
			dst[1] = (uint8) (bits >> 2);
			return (bits & 0x03) == 0 ? 2 : -1;
		default:
			return -1;
	}
}

ssize_t
base64url_decode(const char *src, size_t len, uint8 *dst)
{
	const uint8 *in = (const uint8 *) src;
	uint8	   *out = dst;
	int			tail;

	for (; len >= 4; len -= 4, in += 4, out += 3)
	{
		uint8		a = digit_values[in[0]];
		uint8		b = digit_values[in[1]];
		uint8		c = digit_values[in[2]];
		uint8		d = digit_values[in[3]];

		if ((a & b & c & d & IS_DIGIT) == 0)
			return -1;
		out[0] = (uint8) (a << 2 | (b & 63) >> 4);
		out[1] = (uint8) (b << 4 | (c & 63) >> 2);
		out[2] = (uint8) (c << 6 | (d & 63));
	}
	tail = decode_tail((const char *) in, len, out);
	return tail < 0 ? -1 : out + tail - dst;
}
