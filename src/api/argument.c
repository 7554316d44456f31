/*
 * argument.c
 *		Arguments of SQL functions.
 */
#include "compat.h"

#include "utils/builtins.h"

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
