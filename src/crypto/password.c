/*
 * password.c
 *		Password hashes: bcrypt, computed by pgcrypto.
 *
 * pgcrypto's functions are called by OID, never through a search path, and
 * directly, so that no password becomes a query parameter that a module may
 * log.  pgcrypto knows "$2a$" alone and takes "$2b$" and "$2y$" for DES; the
 * three name the same algorithm, so the prefix is mapped before every call.
 *
 * What is computed takes as long as the cost says whatever the password is;
 * password_spend() is how a caller makes two outcomes take equally long.
 */
#include "compat.h"

#include <openssl/crypto.h>

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/syscache.h"

#include "crypto/common_passwords.h"
#include "crypto/password.h"
#include "query.h"

#define PREFIX_LENGTH 4			/* "$2b$" */
#define SALT_END 29				/* prefix, cost, "$" and 22 characters */
#define PASSWORD_MIN_LENGTH 12

/* Found in the catalogues once; a change to any function drops them. */
static Oid	crypt_function = InvalidOid;
static Oid	gen_salt_function = InvalidOid;

static void
forget_functions(Datum arg, int cacheid, uint32 hashvalue)
{
	crypt_function = gen_salt_function = InvalidOid;
}

/* By membership in the extension: another function may have the name. */
static Oid
find_function(const char *signature)
{
	static PreparedQuery query = {
		"SELECT f.oid FROM pg_catalog.pg_proc f"
		" JOIN pg_catalog.pg_depend d"
		"   ON d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass"
		"  AND d.objid OPERATOR(pg_catalog.=) f.oid"
		"  AND d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass"
		"  AND d.deptype OPERATOR(pg_catalog.=) 'e'"
		" JOIN pg_catalog.pg_extension e"
		"   ON e.oid OPERATOR(pg_catalog.=) d.refobjid"
		" WHERE e.extname OPERATOR(pg_catalog.=) 'pgcrypto' AND"
		"  pg_catalog.format('%s(%s)', f.proname, pg_catalog.oidvectortypes(f.proargtypes))"
		"   OPERATOR(pg_catalog.=) $1",
		{TEXTOID}
	};
	static bool registered = false;
	Datum		argument = CStringGetTextDatum(signature);
	Oid			function = InvalidOid;

	if (!registered)
	{
		CacheRegisterSyscacheCallback(PROCOID, forget_functions, (Datum) 0);
		registered = true;
	}
	SPI_connect();
	if (query_read_latest(&query, &argument) == 1)
		function = DatumGetObjectId(query_value(0, 1, NULL));
	SPI_finish();
	if (!OidIsValid(function))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("function %s of extension \"pgcrypto\" does not exist",
						signature),
				 errhint("DROP EXTENSION pgcrypto and CREATE EXTENSION pgcrypto again.")));
	return function;
}

/* crypt(), as a palloc'd C string; a fault when pgcrypto gives no bcrypt. */
static char *
compute_hash(const char *password, const char *setting)
{
	Datum		secret = CStringGetTextDatum(password);
	Datum		hash;
	char	   *result;

	if (!OidIsValid(crypt_function))
		crypt_function = find_function("crypt(text, text)");
	hash = OidFunctionCall2(crypt_function, secret,
							CStringGetTextDatum(setting));
	explicit_bzero(VARDATA_ANY(DatumGetPointer(secret)), strlen(password));

	result = TextDatumGetCString(hash);
	if (strlen(result) != PASSWORD_HASH_LENGTH)
		elog(ERROR, "pgcrypto did not compute a bcrypt hash");
	return result;
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
	Datum		salt;

	if (!OidIsValid(gen_salt_function))
		gen_salt_function = find_function("gen_salt(text, integer)");
	salt = OidFunctionCall2(gen_salt_function, CStringGetTextDatum("bf"),
							Int32GetDatum(cost));
	return compute_hash(password, TextDatumGetCString(salt));
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
