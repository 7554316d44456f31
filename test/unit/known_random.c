/*
 * known_random.c
 *		The form of random identifiers; no test can tell how random they are.
 */
#include "postgres_fe.h"

#include "crypto/random.h"
#include "known.h"
#include "tap.h"

#define ROUNDS 256
#define HEX_BYTES 16

static void
hexadecimal(void)
{
	char		text[2 * HEX_BYTES + 2];
	char		other[2 * HEX_BYTES + 2];

	memset(text, '!', sizeof(text));
	random_hex(text, HEX_BYTES);
	random_hex(other, HEX_BYTES);
	is_number(strspn(text, "0123456789abcdef"), 2 * HEX_BYTES, "digits");
	is_number(text[2 * HEX_BYTES], '\0', "a NUL behind them");
	is_number(text[2 * HEX_BYTES + 1], '!', "and nothing behind that");
	ok(strcmp(text, other) != 0, "never the same");
}

/* RFC 9562 section 5.4: version and variant are fixed, the rest varies. */
static void
uuids(void)
{
	uint8		uuid[RANDOM_UUID_LENGTH];
	uint8		ever_set[RANDOM_UUID_LENGTH] = {0};
	uint8		ever_clear[RANDOM_UUID_LENGTH] = {0};
	int			nwrong = 0;
	int			nfixed = 0;
	int			i,
				j;

	for (i = 0; i < ROUNDS; i++)
	{
		random_uuid(uuid);
		if (uuid[6] >> 4 != 4 || uuid[8] >> 6 != 2)
			nwrong++;
		for (j = 0; j < RANDOM_UUID_LENGTH; j++)
		{
			ever_set[j] |= uuid[j];
			ever_clear[j] |= (uint8) ~uuid[j];
		}
	}
	is_number(nwrong, 0, "version 4, variant 10");

	for (j = 0; j < 8 * RANDOM_UUID_LENGTH; j++)
		nfixed += (ever_set[j / 8] & ever_clear[j / 8] & 1 << j % 8) == 0;
	is_number(nfixed, 6, "no other bit is fixed");
}

void
known_random(void)
{
	tap_group("random hex");
	hexadecimal();
	tap_group("random UUID");
	uuids();
}
