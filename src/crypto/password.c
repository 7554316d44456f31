/*
 * password.c
 *		Password hashes: bcrypt, computed by pgcrypto.
 *
 * pgcrypto knows "$2a$" alone and takes "$2b$" and "$2y$" for DES; the three
 * name the same algorithm, so the prefix is mapped before every call.
 *
 * What is computed takes as long as the cost says whatever the password is;
 * password_spend() is how a caller makes two outcomes take equally long.
 */
#include "postgres.h"

#include <openssl/crypto.h>

#include "crypto/common_passwords.h"
#include "crypto/password.h"
#include "crypto/pgcrypto.h"

#define PREFIX_LENGTH 4			/* "$2b$" */
#define SALT_END 29				/* prefix, cost, "$" and 22 characters */
#define PASSWORD_MIN_LENGTH 12

/* As a palloc'd C string; a fault when pgcrypto gives no bcrypt. */
static char *
compute_hash(const char *password, const char *setting)
{
	char	   *hash = pgcrypto_crypt(password, setting);

	if (strlen(hash) != PASSWORD_HASH_LENGTH)
		elog(ERROR, "pgcrypto did not compute a bcrypt hash");
	return hash;
}

static bool
is_alphabet(const char *string)
{
	static const char alphabet[] =
	"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

	return string[strspn(string, alphabet)] == '\0';
}

/* The last digit holds four bits: another would never be computed again. */
static bool
is_canonical_end(char c)
{
	return strchr(".CGKOSWaeimquy26", c) != NULL;
}

bool
password_hash_is_bcrypt(const char *hash)
{
	int			cost;

	if (strlen(hash) != PASSWORD_HASH_LENGTH ||
		hash[0] != '$' || hash[1] != '2' || strchr("aby", hash[2]) == NULL ||
		hash[3] != '$' || hash[6] != '$' ||
		hash[4] < '0' || hash[4] > '9' || hash[5] < '0' || hash[5] > '9' ||
		!is_alphabet(hash + 7) || !is_canonical_end(hash[PASSWORD_HASH_LENGTH - 1]))
		return false;
	cost = password_hash_cost(hash);
	return cost >= PASSWORD_MIN_COST && cost <= PASSWORD_MAX_COST;
}

int
password_hash_cost(const char *hash)
{
	return (hash[4] - '0') * 10 + (hash[5] - '0');
}

char *
password_hash(const char *password, int cost)
{
	return compute_hash(password, pgcrypto_gen_salt(cost));
}

/*
 * The salt's last character has four bits that do not count and that some
 * writers leave set, so only what follows the salt is compared.
 */
bool
password_verify(const char *password, const char *hash)
{
	char		setting[PASSWORD_HASH_LENGTH + 1];
	char	   *computed;

	strlcpy(setting, hash, sizeof(setting));
	setting[2] = 'a';
	computed = compute_hash(password, setting);
	return CRYPTO_memcmp(computed + SALT_END, hash + SALT_END,
						 PASSWORD_HASH_LENGTH - SALT_END) == 0;
}

static void
spend_one(int cost)
{
	char		setting[SALT_END + 1];

	snprintf(setting, sizeof(setting), "$2a$%02d$abcdefghijklmnopqrstuu", cost);
	pfree(compute_hash("", setting));
}

/* A hash takes 2^cost; 2^from + 2^(from + 1) + ... + 2^(to - 1) = 2^to - 2^from. */
void
password_spend(int from, int to)
{
	int			cost;

	if (from == 0)
		spend_one(to);
	else
		for (cost = from; cost < to; cost++)
			spend_one(cost);
}

static bool
contains(const char *string, const char *part)
{
	Size		len = strlen(part);

	for (; *string != '\0'; string++)
		if (pg_strncasecmp(string, part, len) == 0)
			return true;
	return false;
}

const char *
password_weakness(const char *password, const char *username)
{
	Size		len = strlen(password);

	if (len < PASSWORD_MIN_LENGTH)
		return "A password has at least 12 bytes.";
	if (len > PASSWORD_MAX_LENGTH)
		return "A password has at most 72 bytes; bcrypt would ignore the rest.";
	if (contains(password, username))
		return "A password does not contain the user name.";
	if (password_is_common(password))
		return "It is one of the passwords that are tried first.";
	return NULL;
}
