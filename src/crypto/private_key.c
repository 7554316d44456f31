/*
 * private_key.c
 *		Private keys as PKCS #8 (RFC 5958), DER.
 *
 * OpenSSL's encoder and decoder free copies of P-256 and Ed25519 keys as they
 * are.  These have one form each, which is the same for all keys but for the
 * key itself (RFC 5915, RFC 8410), so that it is written and read here; whatever
 * has another form, and RSA, is left to OpenSSL.
 */
#ifndef FRONTEND
#include "postgres.h"
#else
#include "postgres_fe.h"
#endif

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include "crypto/private_key.h"

#define SECRET_LENGTH 32		/* of both kinds */
#define POINT_LENGTH 65			/* of P-256, not compressed */

static const uint8 ed25519_prefix[] = {
	0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70,
	0x04, 0x22, 0x04, 0x20
};

#define ED25519_LENGTH (sizeof(ed25519_prefix) + SECRET_LENGTH)

/* The secret is followed by the point, as a bit string under tag [1]. */
static const uint8 p256_prefix[] = {
	0x30, 0x81, 0x87, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86,
	0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d,
	0x03, 0x01, 0x07, 0x04, 0x6d, 0x30, 0x6b, 0x02, 0x01, 0x01, 0x04, 0x20
};
static const uint8 p256_middle[] = {0xa1, 0x44, 0x03, 0x42, 0x00};

#define P256_POINT_AT \
	(sizeof(p256_prefix) + SECRET_LENGTH + sizeof(p256_middle))
#define P256_LENGTH (P256_POINT_AT + POINT_LENGTH)

/* OpenSSL hands numbers over in the machine's order of bytes. */
static bool
reorder(uint8 number[SECRET_LENGTH], bool from_machine)
{
	BIGNUM	   *bn = from_machine ? BN_native2bn(number, SECRET_LENGTH, NULL) :
	BN_bin2bn(number, SECRET_LENGTH, NULL);
	bool		ok;

	if (bn == NULL)
		return false;
	ok = (from_machine ? BN_bn2binpad(bn, number, SECRET_LENGTH) :
		  BN_bn2nativepad(bn, number, SECRET_LENGTH)) == SECRET_LENGTH;
	BN_clear_free(bn);
	return ok;
}

static bool
write_ed25519(EVP_PKEY *key, uint8 *der)
{
	size_t		len = SECRET_LENGTH;

	memcpy(der, ed25519_prefix, sizeof(ed25519_prefix));
	return EVP_PKEY_get_raw_private_key(key, der + sizeof(ed25519_prefix),
										&len) == 1 && len == SECRET_LENGTH;
}

static bool
write_p256(EVP_PKEY *key, uint8 *der)
{
	uint8	   *secret = der + sizeof(p256_prefix);
	OSSL_PARAM	params[3];

	memcpy(der, p256_prefix, sizeof(p256_prefix));
	memcpy(secret + SECRET_LENGTH, p256_middle, sizeof(p256_middle));
	params[0] = OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, secret,
										SECRET_LENGTH);
	params[1] = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY,
												  der + P256_POINT_AT,
												  POINT_LENGTH);
	params[2] = OSSL_PARAM_construct_end();
	return EVP_PKEY_get_params(key, params) == 1 &&
		params[1].return_size == POINT_LENGTH && reorder(secret, true);
}

/* Allocates what a form takes, and fills it in. */
static size_t
write_form(EVP_PKEY *key, bool (*write) (EVP_PKEY *, uint8 *), size_t len,
		   uint8 **der)
{
	*der = OPENSSL_malloc(len);
	if (*der == NULL)
		return 0;
	if (write(key, *der))
		return len;
	OPENSSL_clear_free(*der, len);
	*der = NULL;
	return 0;
}

static size_t
write_by_openssl(EVP_PKEY *key, uint8 **der)
{
	PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
	int			len = 0;

	*der = NULL;
	if (info != NULL)
		len = i2d_PKCS8_PRIV_KEY_INFO(info, der);
	PKCS8_PRIV_KEY_INFO_free(info);
	return len > 0 ? (size_t) len : 0;
}

size_t
private_key_write(EVP_PKEY *key, uint8 **der)
{
	ERR_clear_error();
	if (EVP_PKEY_is_a(key, "ED25519"))
		return write_form(key, write_ed25519, ED25519_LENGTH, der);
	if (EVP_PKEY_is_a(key, "EC"))
		return write_form(key, write_p256, P256_LENGTH, der);
	return write_by_openssl(key, der);
}

static EVP_PKEY *
make_p256(uint8 number[SECRET_LENGTH], const uint8 *point)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY   *key = NULL;
	OSSL_PARAM	params[4];

	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
												 (char *) "P-256", 0);
	params[1] = OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, number,
										SECRET_LENGTH);
	params[2] = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY,
												  (void *) point,
												  POINT_LENGTH);
	params[3] = OSSL_PARAM_construct_end();
	if (context == NULL || EVP_PKEY_fromdata_init(context) != 1 ||
		EVP_PKEY_fromdata(context, &key, EVP_PKEY_KEYPAIR, params) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(context);
	return key;
}

static EVP_PKEY *
read_p256(const uint8 *der)
{
	uint8		number[SECRET_LENGTH];
	EVP_PKEY   *key = NULL;

	memcpy(number, der + sizeof(p256_prefix), SECRET_LENGTH);
	if (reorder(number, false))
		key = make_p256(number, der + P256_POINT_AT);
	OPENSSL_cleanse(number, sizeof(number));
	return key;
}

static bool
is_ed25519(const uint8 *der, size_t len)
{
	return len == ED25519_LENGTH &&
		memcmp(der, ed25519_prefix, sizeof(ed25519_prefix)) == 0;
}

static bool
is_p256(const uint8 *der, size_t len)
{
	return len == P256_LENGTH &&
		memcmp(der, p256_prefix, sizeof(p256_prefix)) == 0 &&
		memcmp(der + sizeof(p256_prefix) + SECRET_LENGTH, p256_middle,
			   sizeof(p256_middle)) == 0;
}

EVP_PKEY *
private_key_read(const uint8 *der, size_t len)
{
	ERR_clear_error();
	if (is_ed25519(der, len))
		return EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL,
											der + sizeof(ed25519_prefix),
											SECRET_LENGTH);
	if (is_p256(der, len))
		return read_p256(der);
	return d2i_AutoPrivateKey(NULL, &der, (long) len);
}
