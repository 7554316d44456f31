/*
 * vectors.c
 *		Keys, tokens and thumbprints that RFCs print, and keys made of them.
 *
 * All that comes before the numbers is the same in every such key.
 */
#include "postgres_fe.h"

#include "bytes.h"
#include "crypto/private_key.h"
#include "vectors.h"

/* RFC 3279 section 2.3.1: rsaEncryption, a modulus of 257 bytes */
#define RSA_HEAD \
	"30820122300d06092a864886f70d01010105000382010f003082010a0282010100"
#define RSA_EXPONENT "0203010001"

/* RFC 5480 section 2: id-ecPublicKey, secp256r1, an uncompressed point */
#define P256_HEAD \
	"3059301306072a8648ce3d020106082a8648ce3d03010703420004"

/* RFC 8410 sections 4 and 7 */
#define ED25519_HEAD "302a300506032b6570032100"
#define ED25519_PRIVATE_HEAD "302e020100300506032b657004220420"

EVP_PKEY *
vector_rsa(const char *n)
{
	Bytes		der = bytes_join(bytes_join(bytes_hex(RSA_HEAD),
											bytes_base64url(n)),
								 bytes_hex(RSA_EXPONENT));

	return signature_read_public(der.data, der.len);
}

EVP_PKEY *
vector_p256(const char *x, const char *y)
{
	Bytes		der = bytes_join(bytes_join(bytes_hex(P256_HEAD),
											bytes_base64url(x)),
								 bytes_base64url(y));

	return signature_read_public(der.data, der.len);
}

EVP_PKEY *
vector_ed25519(const char *x)
{
	Bytes		der = bytes_join(bytes_hex(ED25519_HEAD), bytes_base64url(x));

	return signature_read_public(der.data, der.len);
}

EVP_PKEY *
vector_ed25519_private(const char *d)
{
	Bytes		der = bytes_join(bytes_hex(ED25519_PRIVATE_HEAD),
								 bytes_base64url(d));

	return private_key_read(der.data, der.len);
}
