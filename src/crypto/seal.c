/*
 * seal.c
 *		Secrets at rest: AES-256-GCM under the master key (NIST SP 800-38D).
 *
 * Layout: version (1 byte), nonce (12), ciphertext, tag (16).
 */
#ifndef FRONTEND
#include "postgres.h"
#else
#include "postgres_fe.h"
#endif

#include <openssl/err.h>
#include <openssl/evp.h>

#include "crypto/seal.h"

#define VERSION 1
#define TAG_LENGTH 16

bool
seal(const uint8 key[SEAL_KEY_LENGTH], const uint8 nonce[SEAL_NONCE_LENGTH],
	 const char *label, const uint8 *plain, size_t len, uint8 *sealed)
{
	EVP_CIPHER_CTX *context;
	uint8	   *cipher = sealed + 1 + SEAL_NONCE_LENGTH;
	int			n;
	bool		ok;

	ERR_clear_error();
	sealed[0] = VERSION;
	memcpy(sealed + 1, nonce, SEAL_NONCE_LENGTH);

	context = EVP_CIPHER_CTX_new();
	ok = context != NULL &&
		EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), NULL, key, nonce) == 1 &&
		EVP_EncryptUpdate(context, NULL, &n, (const uint8 *) label,
						  (int) strlen(label)) == 1 &&
		EVP_EncryptUpdate(context, cipher, &n, plain, (int) len) == 1 &&
		EVP_EncryptFinal_ex(context, cipher + n, &n) == 1 &&
		EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, TAG_LENGTH,
							cipher + len) == 1;
	EVP_CIPHER_CTX_free(context);
	return ok;
}

bool
seal_open(const uint8 key[SEAL_KEY_LENGTH], const char *label,
		  const uint8 *sealed, size_t len, uint8 *plain)
{
	EVP_CIPHER_CTX *context;
	const uint8 *nonce = sealed + 1;
	const uint8 *cipher = nonce + SEAL_NONCE_LENGTH;
	size_t		plain_len = len - SEAL_OVERHEAD;
	int			n;
	bool		ok;

	if (len <= SEAL_OVERHEAD)
		return false;

	ERR_clear_error();
	context = EVP_CIPHER_CTX_new();
	ok = context != NULL && sealed[0] == VERSION &&
		EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), NULL, key, nonce) == 1 &&
		EVP_DecryptUpdate(context, NULL, &n, (const uint8 *) label,
						  (int) strlen(label)) == 1 &&
		EVP_DecryptUpdate(context, plain, &n, cipher, (int) plain_len) == 1 &&
		EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, TAG_LENGTH,
							(void *) (cipher + plain_len)) == 1 &&
		EVP_DecryptFinal_ex(context, plain + n, &n) == 1;
	EVP_CIPHER_CTX_free(context);
	if (!ok)
		explicit_bzero(plain, plain_len);
	return ok;
}
