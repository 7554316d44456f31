/*
 * known_mac.c
 *		HMAC-SHA-256: vectors of RFC 4231.  SipHash: those of its authors.
 */
#include "postgres_fe.h"

#include "bytes.h"
#include "crypto/mac.h"
#include "known.h"
#include "tap.h"

/*
 * RFC 4231 sections 4.2 to 4.8.  Our keys have 32 bytes always.  HMAC itself
 * puts zeros behind shorter keys, so these tables do; and it takes the SHA-256
 * of keys longer than a block, so that hash is the key of the last two.
 */
static void
hmac_vectors(void)
{
	static const struct
	{
		const char *key;
		const char *data;
		const char *mac;
	}			cases[] = {
		{
			"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
			"Hi There",
			"b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
		},
		{
			"4a656665",
			"what do ya want for nothing?",
			"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
		},
		{
			"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
			"\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd"
			"\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd"
			"\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd",
			"773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
		},
		{
			"0102030405060708090a0b0c0d0e0f10111213141516171819",
			"\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd"
			"\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd"
			"\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd",
			"82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"
		},
		/* section 4.6 has the first 128 bits alone */
		{
			"0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c",
			"Test With Truncation",
			"a3b6167473100ee06e0c796c2955552b"
		},
		{
			"45ad4b37c6e2fc0a2cfcc1b5da524132ec707615c2cae1dbbc43c97aa521db81",
			"Test Using Larger Than Block-Size Key - Hash Key First",
			"60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
		},
		{
			"45ad4b37c6e2fc0a2cfcc1b5da524132ec707615c2cae1dbbc43c97aa521db81",
			"This is a test using a larger than block-size key and a larger than"
			" block-size data. The key needs to be hashed before being used by"
			" the HMAC algorithm.",
			"9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"
		}
	};
	uint8		mac[MAC_LENGTH];
	size_t		i;

	for (i = 0; i < lengthof(cases); i++)
	{
		Bytes		key = bytes_hex(cases[i].key);
		Bytes		expected = bytes_hex(cases[i].mac);

		ok(mac_hmac_sha256(key.data, cases[i].data, strlen(cases[i].data), mac),
		   "computed");
		is_bytes(mac, expected.len, expected.data, expected.len,
				 cases[i].data);
	}
}

/*
 * vectors.h of the SipHash reference implementation: the key is 00 to 0f, the
 * data are 00 to len - 1, the codes are as bytes.
 */
static void
siphash_vectors(void)
{
	static const struct
	{
		int			len;
		const char *hash;
	}			cases[] = {
		{0, "310e0edd47db6f72"},
		{1, "fd67dc93c539f874"},
		{2, "5a4fa9d909806c0d"},
		{3, "2d7efbd796666785"},
		{4, "b7877127e09427cf"},
		{5, "8da699cd64557618"},
		{6, "cee3fe586e46c9cb"},
		{7, "37d1018bf50002ab"},
		{8, "6224939a79f5f593"},
		{9, "b0e4a90bdf82009e"},
		{10, "f3b9dd94c5bb5d7a"},
		{11, "a7ad6b22462fb3f4"},
		{12, "fbe50e86bc8f1e75"},
		{13, "903d84c02756ea14"},
		{14, "eef27a8e90ca23f7"},
		{15, "e545be4961ca29a1"},
		{16, "db9bc2577fcc2a3f"},
		{31, "42c341d8fa92d832"},
		{32, "ce7cf2722f512771"},
		{63, "724506eb4c328a95"}
	};
	uint8		key[SIPHASH_KEY_LENGTH];
	uint8		data[64];
	uint64		hash;
	size_t		i;

	for (i = 0; i < sizeof(data); i++)
		data[i] = (uint8) i;
	memcpy(key, data, sizeof(key));

	for (i = 0; i < lengthof(cases); i++)
	{
		Bytes		expected = bytes_hex(cases[i].hash);

		ok(mac_siphash(key, data, cases[i].len, &hash), "computed");
		is_bytes(&hash, sizeof(hash), expected.data, expected.len,
				 cases[i].hash);
	}
}

void
known_mac(void)
{
	tap_group("HMAC-SHA-256");
	hmac_vectors();
	tap_group("SipHash");
	siphash_vectors();
}
