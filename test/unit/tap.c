/*
 * tap.c
 *		Test Anything Protocol, as prove reads it: the plan comes last.
 */
#include "postgres_fe.h"

#include "tap.h"

static const char *group = "";
static int	ntests = 0;
static int	nfailed = 0;

/* Names are often the input; no byte of it may look like protocol. */
static void
put_escaped(const char *string)
{
	for (; *string != '\0'; string++)
	{
		unsigned char c = *string;

		if (c < ' ' || c > '~' || c == '#')
			printf("\\x%02x", c);
		else
			putchar(c);
	}
}

static void
put_text(const char *label, const char *string)
{
	printf("#   %s ", label);
	put_escaped(string == NULL ? "(none)" : string);
	putchar('\n');
}

static void
put_bytes(const char *label, const uint8 *bytes, size_t len)
{
	size_t		i;

	printf("#   %s ", label);
	for (i = 0; i < len; i++)
		printf("%02x", bytes[i]);
	putchar('\n');
}

void
tap_group(const char *name)
{
	group = name;
}

void
ok(bool passed, const char *name)
{
	ntests++;
	if (!passed)
		nfailed++;
	printf("%s %d - %s: ", passed ? "ok" : "not ok", ntests, group);
	put_escaped(name);
	putchar('\n');
}

void
is_number(int64 got, int64 expected, const char *name)
{
	ok(got == expected, name);
	if (got != expected)
		printf("#   got      %lld\n#   expected %lld\n",
			   (long long) got, (long long) expected);
}

void
is_text(const char *got, const char *expected, const char *name)
{
	bool		same = got == expected;

	if (got != NULL && expected != NULL)
		same = strcmp(got, expected) == 0;
	ok(same, name);
	if (!same)
	{
		put_text("got     ", got);
		put_text("expected", expected);
	}
}

void
is_bytes(const void *got, size_t got_len,
		 const void *expected, size_t expected_len, const char *name)
{
	bool		same = got_len == expected_len &&
		(got_len == 0 || memcmp(got, expected, got_len) == 0);

	ok(same, name);
	if (!same)
	{
		put_bytes("got     ", got, got_len);
		put_bytes("expected", expected, expected_len);
	}
}

int
tap_finish(void)
{
	printf("1..%d\n", ntests);
	if (nfailed > 0)
		printf("# %d of %d tests failed\n", nfailed, ntests);
	return nfailed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
