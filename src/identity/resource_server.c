/*
 * resource_server.c
 *		Services that may ask whether a token is good (RFC 7662 section 2.1).
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "crypto/client_secret.h"
#include "identity/resource_server.h"
#include "owned.h"
#include "query.h"

#define NAME_MAX_LENGTH 64

/* Such that no encoding changes it. */
static void
check_name(const char *name)
{
	static const char allowed[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

	if (name[0] == '\0' || strlen(name) > NAME_MAX_LENGTH ||
		name[strspn(name, allowed)] != '\0')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the name of the resource server is not acceptable"),
				 errdetail("It has 1 to %d letters, digits, dots, hyphens and underscores.",
						   NAME_MAX_LENGTH)));
}

char *
resource_server_create(const char *name)
{
	static PreparedQuery query = {
		"INSERT INTO agent_auth.resource_server (name, secret_digest)"
		" VALUES ($1, $2) ON CONFLICT DO NOTHING",
		{TEXTOID, BYTEAOID}
	};
	char	   *secret = palloc(CLIENT_SECRET_SIZE);
	bytea	   *digest = palloc(VARHDRSZ + CLIENT_SECRET_DIGEST_LENGTH);
	Datum		values[2];

	check_name(name);
	owned_secret(secret, CLIENT_SECRET_SIZE);
	client_secret_make(secret);
	SET_VARSIZE(digest, VARHDRSZ + CLIENT_SECRET_DIGEST_LENGTH);
	client_secret_digest(secret, (uint8 *) VARDATA(digest));
	values[0] = CStringGetTextDatum(name);
	values[1] = PointerGetDatum(digest);
	if (query_run(&query, values, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNIQUE_VIOLATION),
				 errmsg("resource server \"%s\" already exists", name),
				 errhint("For a new secret, drop it first: agent_auth.drop_resource_server().")));
	return secret;
}

bool
resource_server_drop(const char *name)
{
	static PreparedQuery query = {
		"DELETE FROM agent_auth.resource_server"
		" WHERE name OPERATOR(pg_catalog.=) $1",
		{TEXTOID}
	};
	Datum		value = CStringGetTextDatum(name);

	return query_run(&query, &value, NULL) > 0;
}

bool
resource_server_knows(const char *name, const char *secret)
{
	static PreparedQuery query = {
		"SELECT secret_digest FROM agent_auth.resource_server"
		" WHERE name OPERATOR(pg_catalog.=) $1",
		{TEXTOID}
	};
	Datum		value = CStringGetTextDatum(name);
	bytea	   *digest;
	bool		known = false;

	SPI_connect();
	if (query_read_latest(&query, &value) > 0)
	{
		digest = DatumGetByteaPP(query_value(0, 1, NULL));
		known = VARSIZE_ANY_EXHDR(digest) == CLIENT_SECRET_DIGEST_LENGTH &&
			client_secret_matches(secret, (uint8 *) VARDATA_ANY(digest));
	}
	SPI_finish();
	return known;
}
