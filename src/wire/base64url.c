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

static int
digit_value(unsigned char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '-')
		return 62;
	if (c == '_')
		return 63;
	return -1;
}

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

ssize_t
base64url_decode(const char *src, size_t len, uint8 *dst)
{
	uint8	   *out = dst;
	uint32		bits = 0;
	int			nbits = 0;
	size_t		i;

	for (i = 0; i < len; i++)
	{
		int			value = digit_value(src[i]);

		if (value < 0)
			return -1;
		bits = (bits << 6) | value;
		nbits += 6;
		if (nbits >= 8)
		{
			nbits -= 8;
			*out++ = (bits >> nbits) & 0xFF;
		}
	}

	/* Six left-over bits are half a byte's worth; others must be zero. */
	if (nbits == 6 || (bits & ((1U << nbits) - 1)) != 0)
		return -1;
	return out - dst;
}
