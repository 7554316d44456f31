/*
 * statistics.c
 *		What happened since the server started, in numbers.
 *
 * They count what was done, also in transactions that rolled back later.  To
 * count is never worth an error: without shared memory it is not done.
 */
#include "compat.h"

#include "access/htup_details.h"
#include "funcapi.h"
#include "utils/timestamp.h"

#include "identity/shared.h"
#include "identity/statistics.h"

SQL_FUNCTION(agent_auth_read_statistics);

void
statistics_init(Statistics *statistics)
{
	int			i;

	statistics->since = GetCurrentTimestamp();
	for (i = 0; i < NSTATISTICS; i++)
		pg_atomic_init_u64(&statistics->counts[i], 0);
}

void
statistics_count(Statistic statistic)
{
	Shared	   *state = shared_if_there();

	if (state != NULL)
		pg_atomic_fetch_add_u64(&state->statistics.counts[statistic], 1);
}

/*
 * read_statistics() returns record: one column for each Statistic, in order,
 * then the time since when
 */
Datum
agent_auth_read_statistics(PG_FUNCTION_ARGS)
{
	Statistics *statistics = &shared()->statistics;
	Datum		values[NSTATISTICS + 1];
	bool		nulls[NSTATISTICS + 1] = {false};
	TupleDesc	tupdesc;
	int			i;

	if (get_call_result_type(fcinfo, NULL, &tupdesc) != TYPEFUNC_COMPOSITE ||
		tupdesc->natts != NSTATISTICS + 1)
		elog(ERROR, "read_statistics() has an unexpected result type");
	for (i = 0; i < NSTATISTICS; i++)
		values[i] = Int64GetDatum((int64)
								  pg_atomic_read_u64(&statistics->counts[i]));
	values[NSTATISTICS] = TimestampTzGetDatum(statistics->since);
	tupdesc = BlessTupleDesc(tupdesc);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(tupdesc, values, nulls)));
}
