/*
 * audit.c
 *		What an operator asks of the audit trail.
 */
#include "compat.h"

#include "access/xlog.h"
#include "executor/spi.h"
#include "tcop/utility.h"
#include "utils/timestamp.h"

#include "api/argument.h"
#include "identity/audit.h"
#include "identity/audit_rest.h"
#include "identity/audit_seal.h"

SQL_FUNCTION(agent_auth_audit_adopt);
SQL_FUNCTION(agent_auth_audit_unsealed_since);

/* audit_adopt(system_identifier bigint) returns bigint: how many rows were sealed */
Datum
agent_auth_audit_adopt(PG_FUNCTION_ARGS)
{
	int64		system;
	int64		rows;

	argument_refuse_null(fcinfo, 0);
	system = PG_GETARG_INT64(0);
	PreventCommandIfReadOnly("agent_auth.audit_adopt()");
	if (system == (int64) GetSystemIdentifier())
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("system identifier " INT64_FORMAT " is this server's own",
						system),
				 errhint("Its rows are sealed by agent_auth.audit_seal().")));
	rows = audit_seal_foreign(system);
	if (rows > 0)
	{
		SPI_connect();
		audit_administration("rows_adopted", 0, NULL, "system_identifier",
							 psprintf(INT64_FORMAT, system));
		SPI_finish();
	}
	PG_RETURN_INT64(rows);
}

/* audit_unsealed_since() returns timestamptz: NULL when all rows are sealed */
Datum
agent_auth_audit_unsealed_since(PG_FUNCTION_ARGS)
{
	TimestampTz since;
	bool		any;

	SPI_connect();
	any = audit_rest_since(&since);
	SPI_finish();
	if (!any)
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(since);
}
