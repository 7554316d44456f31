/*
 * pem.h
 *		Keys as text (RFC 7468).
 */
#ifndef GATEWAY_PEM_H
#define GATEWAY_PEM_H

#include <stddef.h>

/*
 * The bytes of the first private key in the text, to be wiped and freed by the
 * caller; NULL when there is none, or no memory.
 */
extern unsigned char *pem_private_key(const char *text, size_t *len);

#endif							/* GATEWAY_PEM_H */
