/*
 * argument.c
 *		Arguments of SQL functions.
 */
#include "compat.h"

#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "api/argument.h"
#include "owned.h"

char *
argument_text(FunctionCallInfo fcinfo, int n)
{
	return PG_ARGISNULL(n) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(n));
}

char *
argument_secret(FunctionCallInfo fcinfo, int n)
{
	char	   *secret = argument_text(fcinfo, n);

	if (secret != NULL)
		owned_secret(secret, strlen(secret));
	return secret;
}

void
argument_refuse_null(FunctionCallInfo fcinfo, int n)
{
	if (PG_ARGISNULL(n))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument %d of function \"%s\" must not be null",
						n + 1, get_func_name(fcinfo->flinfo->fn_oid))));
}
