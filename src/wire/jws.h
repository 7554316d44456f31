/*
 * jws.h
 *		JSON Web Signature, compact serialization (RFC 7515 section 3.1).
 */
#ifndef AGENT_AUTH_JWS_H
#define AGENT_AUTH_JWS_H

typedef struct JwsSegment
{
	const char *text;
	size_t		len;
} JwsSegment;

/* The three segments of a token, still encoded; they point into it. */
typedef struct Jws
{
	JwsSegment	header;
	JwsSegment	payload;
	JwsSegment	signature;
	JwsSegment	signing_input;	/* header "." payload */
} Jws;

/* Longest token that anything here looks at. */
#define JWS_MAX_LENGTH 8192

/*
 * False when the text is not exactly three non-empty segments, or longer than
 * JWS_MAX_LENGTH.  The segments' characters are not looked at.
 */
extern bool jws_split(const char *token, size_t len, Jws *jws);

/*
 * Returns header_segment "." base64url(payload), NUL-terminated and palloc'd,
 * with room for "." and a signature of signature_len bytes behind it.
 */
extern char *jws_signing_input(const char *header_segment,
							   const char *payload, size_t payload_len,
							   size_t signature_len, size_t *len);

/* Appends "." base64url(signature) to such a text, in place. */
extern void jws_append_signature(char *signing_input, size_t len,
								 const uint8 *signature, size_t signature_len);

#endif							/* AGENT_AUTH_JWS_H */
