/*
 * jws.c
 *		JSON Web Signature, compact serialization (RFC 7515 section 3.1).
 *
 * Nothing here decodes a header.  A token of ours is recognized by comparing
 * its first segment with those we write, so that no header member of another
 * author's choosing is ever interpreted (RFC 8725 sections 3.1 and 3.2).
 */
#ifndef FRONTEND
#include "postgres.h"
#else
#include "postgres_fe.h"
#endif

#include "base64url.h"
#include "jws.h"

bool
jws_split(const char *token, size_t len, Jws *jws)
{
	const char *end = token + len;
	const char *first;
	const char *second;

	if (len > JWS_MAX_LENGTH)
		return false;
	first = memchr(token, '.', len);
	if (first == NULL)
		return false;
	second = memchr(first + 1, '.', end - first - 1);
	if (second == NULL || memchr(second + 1, '.', end - second - 1) != NULL)
		return false;

	jws->header.text = token;
	jws->header.len = first - token;
	jws->payload.text = first + 1;
	jws->payload.len = second - first - 1;
	jws->signature.text = second + 1;
	jws->signature.len = end - second - 1;
	jws->signing_input.text = token;
	jws->signing_input.len = second - token;

	return jws->header.len > 0 && jws->payload.len > 0 &&
		jws->signature.len > 0;
}

char *
jws_signing_input(const char *header_segment,
				  const char *payload, size_t payload_len,
				  size_t signature_len, size_t *len)
{
	size_t		header_len = strlen(header_segment);
	char	   *string;

	string = palloc(header_len + 1 + BASE64URL_LENGTH(payload_len) +
					1 + BASE64URL_LENGTH(signature_len) + 1);
	memcpy(string, header_segment, header_len);
	string[header_len] = '.';
	*len = header_len + 1 +
		base64url_encode((const uint8 *) payload, payload_len,
						 string + header_len + 1);
	return string;
}

void
jws_append_signature(char *signing_input, size_t len,
					 const uint8 *signature, size_t signature_len)
{
	signing_input[len] = '.';
	base64url_encode(signature, signature_len, signing_input + len + 1);
}
