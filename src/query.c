/*
 * query.c
 *		SQL from C, prepared once per backend.
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"

#include "installed.h"
#include "query.h"

static void
prepare(PreparedQuery *query)
{
	int			nargs = 0;
	SPIPlanPtr	plan;

	if (query->plan != NULL)
		return;
	installed_check();
	while (nargs < QUERY_MAX_ARGS && OidIsValid(query->argtypes[nargs]))
		nargs++;
	plan = SPI_prepare(query->sql, nargs, query->argtypes);
	if (plan == NULL)
		elog(ERROR, "could not prepare \"%s\": %s",
			 query->sql, SPI_result_code_string(SPI_result));
	SPI_keepplan(plan);
	query->plan = plan;
}

static bool
plans_are_shown(void)
{
	return Debug_print_parse || Debug_print_rewritten || Debug_print_plan;
}

void
query_hide_plans_locally(void)
{
	static const char *const names[] = {
		"debug_print_parse", "debug_print_rewritten", "debug_print_plan"
	};
	size_t		i;

	for (i = 0; i < lengthof(names) && plans_are_shown(); i++)
		(void) set_config_option(names[i], "off", PGC_USERSET, PGC_S_SESSION,
								 GUC_ACTION_SAVE, true, 0, false);
}

/* Returns what show_plans() takes. */
static int
hide_plans(void)
{
	int			level;

	if (!plans_are_shown())
		return 0;
	level = NewGUCNestLevel();
	query_hide_plans_locally();
	return level;
}

static void
show_plans(int level)
{
	if (level != 0)
		AtEOXact_GUC(true, level);
}

/* SPI leaves its own memory context current; callers keep theirs. */
static uint64
execute(PreparedQuery *query, Datum *values, const char *nulls,
		bool read_only, Snapshot snapshot)
{
	MemoryContext caller = CurrentMemoryContext;
	int			level = hide_plans();
	int			result;

	prepare(query);
	result = SPI_execute_snapshot(query->plan, values, nulls, snapshot,
								  InvalidSnapshot, read_only, !read_only, 0);
	MemoryContextSwitchTo(caller);
	show_plans(level);
	if (result < 0)
		elog(ERROR, "could not run \"%s\": %s",
			 query->sql, SPI_result_code_string(result));
	return SPI_processed;
}

uint64
query_run(PreparedQuery *query, Datum *values, const char *nulls)
{
	return execute(query, values, nulls, false, InvalidSnapshot);
}

/* A parallel query has the snapshot of its statement, and no other. */
Snapshot
query_latest_snapshot(void)
{
	return IsInParallelMode() ? GetActiveSnapshot() : GetLatestSnapshot();
}

uint64
query_read(PreparedQuery *query, Datum *values, Snapshot snapshot)
{
	return execute(query, values, NULL, true, snapshot);
}

uint64
query_read_latest_nulls(PreparedQuery *query, Datum *values,
						const char *nulls)
{
	return execute(query, values, nulls, true, query_latest_snapshot());
}

uint64
query_read_latest(PreparedQuery *query, Datum *values)
{
	return query_read_latest_nulls(query, values, NULL);
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

char *
query_text(uint64 row, int column)
{
	bool		isnull;
	Datum		value = query_value(row, column, &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}

Datum
query_text_argument(const char *string, char *null)
{
	*null = string == NULL ? 'n' : ' ';
	return string == NULL ? (Datum) 0 : CStringGetTextDatum(string);
}

Datum
query_array_argument(Oid type, const int64 *values, int n)
{
	Datum	   *elements = palloc(sizeof(Datum) * Max(n, 1));
	int16		len;
	bool		byval;
	char		align;

	get_typlenbyvalalign(type, &len, &byval, &align);
	for (int i = 0; i < n; i++)
		elements[i] = Int64GetDatum(values[i]);
	return PointerGetDatum(construct_array(elements, n, type, len, byval,
										   align));
}

Datum
query_bytes_argument(const uint8 *bytes, Size len)
{
	bytea	   *value = palloc(VARHDRSZ + len);

	SET_VARSIZE(value, VARHDRSZ + len);
	memcpy(VARDATA(value), bytes, len);
	return PointerGetDatum(value);
}
