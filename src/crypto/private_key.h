/*
 * private_key.h
 *		Private keys as PKCS #8 (RFC 5958), DER.
 *
 * Pure: NULL or 0 is returned when OpenSSL fails, nothing is raised.
 */
#ifndef AGENT_AUTH_PRIVATE_KEY_H
#define AGENT_AUTH_PRIVATE_KEY_H

#include <openssl/evp.h>

/*
 * Writing returns the length and sets *der, to be freed with
 * OPENSSL_clear_free(); 0 on failure.  Reading returns a key that the caller
 * frees.  Neither leaves a copy behind.
 */
extern size_t private_key_write(EVP_PKEY *key, uint8 **der);
extern EVP_PKEY *private_key_read(const uint8 *der, size_t len);

#endif							/* AGENT_AUTH_PRIVATE_KEY_H */
