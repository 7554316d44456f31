/*
 * grants.c
 *		Granting exactly what a client may call.
 *
 * That is every function of the extension in the client schema: what belongs
 * there is decided where it is created, and nowhere else.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/acl.h"
#include "utils/builtins.h"

#include "api/argument.h"
#include "identity/audit.h"
#include "query.h"

SQL_FUNCTION(agent_auth_grant_client);
SQL_FUNCTION(agent_auth_revoke_client);

static PreparedQuery client_functions = {
	"SELECT p.oid::pg_catalog.regprocedure::pg_catalog.text,"
	"  p.pronamespace::pg_catalog.regnamespace::pg_catalog.text"
	" FROM pg_catalog.pg_extension e"
	" JOIN pg_catalog.pg_depend d"
	"   ON d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass"
	"  AND d.refobjid OPERATOR(pg_catalog.=) e.oid"
	"  AND d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass"
	"  AND d.deptype OPERATOR(pg_catalog.=) 'e'"
	" JOIN pg_catalog.pg_proc p ON p.oid OPERATOR(pg_catalog.=) d.objid"
	" WHERE e.extname OPERATOR(pg_catalog.=) 'agent_auth'"
	"  AND p.pronamespace OPERATOR(pg_catalog.=) e.extnamespace"
	" ORDER BY 1",
	{InvalidOid}
};

static char *
role_argument(FunctionCallInfo fcinfo)
{
	Oid			role;
	char	   *name;

	argument_refuse_null(fcinfo, 0);
	role = PG_GETARG_OID(0);
	name = GetUserNameFromId(role, true);
	if (name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("role with OID %u does not exist", role)));
	return name;
}

static void
execute(const char *command)
{
	int			result = SPI_execute(command, false, 0);

	if (result != SPI_OK_UTILITY)
		elog(ERROR, "could not run \"%s\": %s",
			 command, SPI_result_code_string(result));
}

/*
 * The verb and its preposition: GRANT ... TO, REVOKE ... FROM.  Using the schema is granted
 * too; it is not taken back, since the role may need it for other things.
 */
static void
for_each_function(const char *verb, const char *preposition, const char *role,
				  bool use_schema)
{
	uint64		n = query_run(&client_functions, NULL, NULL);
	SPITupleTable *rows = SPI_tuptable;
	uint64		i;

	for (i = 0; i < n; i++)
		execute(psprintf("%s EXECUTE ON FUNCTION %s %s %s", verb,
						 SPI_getvalue(rows->vals[i], rows->tupdesc, 1),
						 preposition, role));
	if (use_schema && n > 0)
		execute(psprintf("%s USAGE ON SCHEMA %s %s %s", verb,
						 SPI_getvalue(rows->vals[0], rows->tupdesc, 2),
						 preposition, role));
}

/* grant_client(role regrole) returns void */
Datum
agent_auth_grant_client(PG_FUNCTION_ARGS)
{
	char	   *role = role_argument(fcinfo);

	SPI_connect();
	for_each_function("GRANT", "TO", quote_identifier(role), true);
	audit_administration("client_granted", 0, NULL, "to", role);
	SPI_finish();
	PG_RETURN_VOID();
}

/* revoke_client(role regrole) returns void */
Datum
agent_auth_revoke_client(PG_FUNCTION_ARGS)
{
	char	   *role = role_argument(fcinfo);

	SPI_connect();
	for_each_function("REVOKE", "FROM", quote_identifier(role), false);
	audit_administration("client_revoked", 0, NULL, "from", role);
	SPI_finish();
	PG_RETURN_VOID();
}
