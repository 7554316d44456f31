/*
 * pem.c
 *		Keys as text (RFC 7468).
 *
 * GnuTLS would read them too, and leave a copy of the text behind in memory.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "pem.h"

#define BEGIN "-----BEGIN "
#define KEY_LABEL "PRIVATE KEY-----"

/* The text behind the line that begins a key; NULL when there is none. */
static const char *
find_key(const char *text)
{
	while ((text = strstr(text, BEGIN)) != NULL)
	{
		const char *label = text + strlen(BEGIN);
		const char *end = label + strcspn(label, "\r\n");
		size_t		len = strlen(KEY_LABEL);

		if ((size_t) (end - label) >= len &&
			memcmp(end - len, KEY_LABEL, len) == 0)
			return end;
		text = end;
	}
	return NULL;
}

/* Without a table: what is looked up is secret (RFC 4648 section 4). */
static int
digit_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Up to the line that ends it; false when anything else comes before. */
static bool
decode(const char *text, unsigned char *out, size_t *len)
{
	uint32_t	bits = 0;
	int			nbits = 0;

	for (*len = 0; *text != '-' && *text != '='; text++)
	{
		int			value = digit_value(*text);

		if (strchr("\r\n \t", *text) != NULL && *text != '\0')
			continue;
		if (value < 0)
			return false;
		bits = bits << 6 | (uint32_t) value;
		nbits += 6;
		if (nbits >= 8)
		{
			nbits -= 8;
			out[(*len)++] = (unsigned char) (bits >> nbits);
		}
	}
	explicit_bzero(&bits, sizeof(bits));
	return *len > 0 && text[strspn(text, "=\r\n")] == '-';
}

unsigned char *
pem_private_key(const char *text, size_t *len)
{
	const char *key = find_key(text);
	size_t		size = key == NULL ? 0 : strlen(key);
	unsigned char *bytes = key == NULL ? NULL : malloc(size);

	if (bytes == NULL)
		return NULL;
	if (decode(key, bytes, len))
		return bytes;
	wipe_and_free(bytes, size);
	return NULL;
}
