/*
 * random.c
 *		Unpredictable bytes and identifiers.
 */
#include "postgres.h"

#include "crypto/random.h"

void
random_bytes(void *dst, Size len)
{
	if (!pg_strong_random(dst, len))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not generate random values")));
}

void
random_hex(char *dst, Size nbytes)
{
	static const char digits[] = "0123456789abcdef";
	uint8	   *bytes = palloc(nbytes);
	Size		i;

	random_bytes(bytes, nbytes);
	for (i = 0; i < nbytes; i++)
	{
		*dst++ = digits[bytes[i] >> 4];
		*dst++ = digits[bytes[i] & 0x0F];
	}
	*dst = '\0';
	pfree(bytes);
}

void
random_uuid(uint8 uuid[RANDOM_UUID_LENGTH])
{
	random_bytes(uuid, RANDOM_UUID_LENGTH);
	uuid[6] = (uuid[6] & 0x0F) | 0x40;
	uuid[8] = (uuid[8] & 0x3F) | 0x80;
}
