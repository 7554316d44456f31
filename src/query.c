/*
 * query.c
 *		SQL from C, prepared once per backend.
 */
#include "postgres.h"

#include "utils/snapmgr.h"

#include "query.h"

static void
prepare(Query *query)
{
	int			nargs = 0;
	SPIPlanPtr	plan;

	if (query->plan != NULL)
		return;
	while (nargs < QUERY_MAX_ARGS && OidIsValid(query->argtypes[nargs]))
		nargs++;
	plan = SPI_prepare(query->sql, nargs, query->argtypes);
	if (plan == NULL)
		elog(ERROR, "could not prepare \"%s\": %s",
			 query->sql, SPI_result_code_string(SPI_result));
	SPI_keepplan(plan);
	query->plan = plan;
}

static uint64
rows(Query *query, int result)
{
	if (result < 0)
		elog(ERROR, "could not run \"%s\": %s",
			 query->sql, SPI_result_code_string(result));
	return SPI_processed;
}

uint64
query_run(Query *query, Datum *values, const char *nulls)
{
	prepare(query);
	return rows(query, SPI_execute_plan(query->plan, values, nulls, false, 0));
}

uint64
query_read_latest(Query *query, Datum *values)
{
	prepare(query);
	return rows(query, SPI_execute_snapshot(query->plan, values, NULL,
											GetLatestSnapshot(),
											InvalidSnapshot,
											true, false, 0));
}

Datum
query_value(uint64 row, int column, bool *isnull)
{
	bool		null;
	Datum		value;

	value = SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc,
						  column, &null);
	if (isnull != NULL)
		*isnull = null;
	return value;
}
