/*
 * known_seal.c
 *		AES-256-GCM: a known answer, and what must not open.
 */
#include "postgres_fe.h"

#include "bytes.h"
#include "crypto/seal.h"
#include "known.h"
#include "tap.h"

#define LABEL "signing key 1"

static const char plain_text[] = "what is sealed";

/*
 * Test case 16 of McGrew and Viega's specification of GCM, which NIST took
 * over: its associated data have no zero byte, so that they can be a label.
 */
static void
vector(void)
{
	Bytes		key = bytes_hex("feffe9928665731c6d6a8f9467308308"
								"feffe9928665731c6d6a8f9467308308");
	Bytes		nonce = bytes_hex("cafebabefacedbaddecaf888");
	Bytes		label = bytes_hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
	Bytes		plain = bytes_hex("d9313225f88406e5a55909c5aff5269a"
								  "86a7a9531534f7da2e4c303d8a318a72"
								  "1c3c0c95956809532fcf0e2449a6b525"
								  "b16aedf5aa0de657ba637b39");
	Bytes		expected = bytes_hex("01cafebabefacedbaddecaf888"
									 "522dc1f099567d07f47f37a32a84427d"
									 "643a8cdcbfe5c0c97598a2bd2555d1aa"
									 "8cb08e48590dbb3da7b08b1056828838"
									 "c5f61e6393ba7a0abcc9f662"
									 "76fc6ece0f4e1768cddf8853bb2d551b");
	Bytes		sealed = {0};
	Bytes		opened = {0};

	ok(seal(key.data, nonce.data, (char *) label.data, plain.data, plain.len,
			sealed.data), "sealed");
	is_bytes(sealed.data, plain.len + SEAL_OVERHEAD,
			 expected.data, expected.len, "version, nonce, ciphertext, tag");
	ok(seal_open(key.data, (char *) label.data, expected.data, expected.len,
				 opened.data), "opened");
	is_bytes(opened.data, plain.len, plain.data, plain.len, "the same");
}

static Bytes
sealed_text(const uint8 *key)
{
	static const uint8 nonce[SEAL_NONCE_LENGTH] = {7};
	Bytes		sealed = {0};

	ok(seal(key, nonce, LABEL, (const uint8 *) plain_text,
			sizeof(plain_text), sealed.data), "sealed");
	sealed.len = sizeof(plain_text) + SEAL_OVERHEAD;
	return sealed;
}

/* True when it does not open and leaves zeros where the plain text would be. */
static bool
stays_shut(const uint8 *key, const char *label, Bytes sealed)
{
	Bytes		opened;
	size_t		i;

	memset(&opened, 0xA5, sizeof(opened));
	if (seal_open(key, label, sealed.data, sealed.len, opened.data))
		return false;
	for (i = 0; sealed.len > SEAL_OVERHEAD && i < sealed.len - SEAL_OVERHEAD; i++)
		if (opened.data[i] != 0)
			return false;
	return true;
}

static void
every_bit(const uint8 *key, Bytes sealed)
{
	char		name[32];
	size_t		i;
	int			bit;

	for (i = 0; i < sealed.len; i++)
	{
		int			nshut = 0;

		for (bit = 0; bit < 8; bit++)
		{
			sealed.data[i] ^= 1 << bit;
			nshut += stays_shut(key, LABEL, sealed);
			sealed.data[i] ^= 1 << bit;
		}
		snprintf(name, sizeof(name), "a bit of byte %d", (int) i);
		is_number(nshut, 8, name);
	}
}

static void
every_length(const uint8 *key, Bytes sealed)
{
	size_t		full = sealed.len;
	int			nshut = 0;

	for (sealed.len = 0; sealed.len < full; sealed.len++)
		nshut += stays_shut(key, LABEL, sealed);
	is_number(nshut, full, "every shorter text");
	sealed.len = full + 1;
	ok(stays_shut(key, LABEL, sealed), "a byte more");
}

static void
refused(void)
{
	uint8		key[SEAL_KEY_LENGTH] = {1, 2, 3};
	Bytes		sealed = sealed_text(key);
	Bytes		opened;

	ok(seal_open(key, LABEL, sealed.data, sealed.len, opened.data), "opened");
	is_bytes(opened.data, sizeof(plain_text), plain_text, sizeof(plain_text),
			 "the same");

	ok(stays_shut(key, "signing key 2", sealed), "another label");
	ok(stays_shut(key, "signing key", sealed), "a shorter label");
	ok(stays_shut(key, "", sealed), "no label");
	every_length(key, sealed);
	every_bit(key, sealed);

	key[SEAL_KEY_LENGTH - 1] ^= 1;
	ok(stays_shut(key, LABEL, sealed), "another key");
}

void
known_seal(void)
{
	tap_group("seal");
	vector();
	tap_group("seal refused");
	refused();
}
