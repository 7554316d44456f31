/*
 * base64url.h
 *		base64url without padding (RFC 4648 section 5, RFC 7515 appendix C).
 */
#ifndef AGENT_AUTH_BASE64URL_H
#define AGENT_AUTH_BASE64URL_H

/* Characters that "n" bytes become, without a terminator. */
#define BASE64URL_LENGTH(n) (((n) * 4 + 2) / 3)

/* Bytes that "n" characters become, at most. */
#define BASE64URL_DECODED_LENGTH(n) ((n) * 3 / 4)

/* Writes BASE64URL_LENGTH(len) characters and a NUL; returns their number. */
extern size_t base64url_encode(const uint8 *src, size_t len, char *dst);

/*
 * Returns the number of bytes written to dst, or -1 when src is not the one
 * canonical encoding of any bytes: foreign characters, padding, white space,
 * an impossible length or bits that no encoder would set.
 */
extern ssize_t base64url_decode(const char *src, size_t len, uint8 *dst);

#endif							/* AGENT_AUTH_BASE64URL_H */
