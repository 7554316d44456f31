/*
 * bytes.c
 *		Bytes written as text, for the tables of known answers.
 */
#include "postgres_fe.h"

#include "bytes.h"
#include "wire/base64url.h"

static void
give_up(const char *text)
{
	printf("Bail out! not bytes: %s\n", text);
	exit(EXIT_FAILURE);
}

Bytes
bytes_hex(const char *hex)
{
	Bytes		result = {0};
	const char *at;
	unsigned int byte;

	for (at = hex; *at != '\0'; at += 2)
	{
		if (result.len == BYTES_MAX || at[1] == '\0' ||
			sscanf(at, "%2x", &byte) != 1)
			give_up(hex);
		result.data[result.len++] = (uint8) byte;
	}
	return result;
}

Bytes
bytes_base64url(const char *string)
{
	Bytes		result = {0};
	size_t		len = strlen(string);
	ssize_t		decoded = -1;

	if (BASE64URL_DECODED_LENGTH(len) <= BYTES_MAX)
		decoded = base64url_decode(string, len, result.data);
	if (decoded < 0)
		give_up(string);
	result.len = decoded;
	return result;
}

Bytes
bytes_join(Bytes first, Bytes second)
{
	if (first.len + second.len > BYTES_MAX)
		give_up("too long");
	memcpy(first.data + first.len, second.data, second.len);
	first.len += second.len;
	return first;
}
