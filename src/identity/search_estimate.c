/*
 * search_estimate.c
 *		How many customers a term matches, by a sample.
 */
#include "postgres.h"

#include <float.h>
#include <math.h>

#include "catalog/pg_type.h"

#include "identity/customer.h"
#include "identity/search_estimate.h"

/*
 * Microseconds, about, of what the two ways do most; only their ratios matter.
 * Rows that an index finds lie scattered.
 */
#define COST_OF_NEXT_ROW 0.4
#define COST_OF_INDEX_ENTRY 0.2
#define COST_OF_FOUND_ROW 1.6

/* How many ids are in each range of the random sample. */
#define RANGE_IDS 20

/* How far what is sure is from what is likely, in standard errors. */
#define STANDARD_ERRORS 4.5

/* How many times a number has to be likely before a sample is to prove it. */
#define WORTH_SAMPLING 1.6

/* The first id, and how many there could be. */
#define RANGE_OF_IDS \
	"SELECT b.lo::pg_catalog.float8 AS lo, b.hi::pg_catalog.float8" \
	"  OPERATOR(pg_catalog.-) b.lo::pg_catalog.float8" \
	"  OPERATOR(pg_catalog.+) 1.0::pg_catalog.float8 AS span" \
	" FROM (SELECT (SELECT pg_catalog.min(c.id) FROM {customers}) AS lo," \
	"  (SELECT pg_catalog.max(c.id) FROM {customers}) AS hi OFFSET 0) b"

/* An id so far from the first; below the last that a bigint has. */
#define FRACTION_OF_IDS(fraction) \
	" LEAST(r.lo OPERATOR(pg_catalog.+) pg_catalog.floor(" \
	"   r.span OPERATOR(pg_catalog.*) (" fraction "))," \
	"  9.2e18::pg_catalog.float8)::pg_catalog.int8"

/* A few rows from each tenth of the directory. */
void
search_estimate(const Term *term, Estimate *result)
{
	static CustomerQuery query = {
		CUSTOMERS_IN_ORDER,
		"SELECT COALESCE(pg_catalog.sum(s.n), 0)::pg_catalog.float8,"
		"  COALESCE(pg_catalog.sum(s.hits), 0)::pg_catalog.float8,"
		"  COALESCE(pg_catalog.sum(s.span), 0)::pg_catalog.float8,"
		"  COALESCE(pg_catalog.max(r.span), 0)::pg_catalog.float8"
		" FROM (" RANGE_OF_IDS ") r,"
		"  pg_catalog.generate_series(0, 9) k,"
		"  LATERAL (SELECT pg_catalog.count(*) AS n,"
		"    pg_catalog.count(*) FILTER (WHERE t.hit) AS hits,"
		"    pg_catalog.max(t.id)::pg_catalog.float8"
		"     OPERATOR(pg_catalog.-) pg_catalog.min(t.id)::pg_catalog.float8"
		"     OPERATOR(pg_catalog.+) 1.0::pg_catalog.float8 AS span"
		"   FROM (SELECT c.id, c.search_text OPERATOR(pg_catalog.~~) ANY ($1) AS hit"
		"    FROM {customers} WHERE c.id OPERATOR(pg_catalog.>=)"
		FRACTION_OF_IDS("k::pg_catalog.float8 OPERATOR(pg_catalog./) 10.0")
		"    ORDER BY c.id USING OPERATOR(pg_catalog.<) LIMIT 50) t) s",
		{TEXTARRAYOID}
	};
	Datum		value = term->patterns;
	double		sampled;
	double		hits;
	double		span;

	customer_query_run(&query, &value, NULL);
	sampled = DatumGetFloat8(query_value(0, 1, NULL));
	hits = DatumGetFloat8(query_value(0, 2, NULL));
	span = DatumGetFloat8(query_value(0, 3, NULL));
	result->rows = span == 0 ? 0 :
		DatumGetFloat8(query_value(0, 4, NULL)) * sampled / span;
	result->fraction = (hits + 0.5) / (sampled + 1);
	result->by_index = term->has_trigrams;
}

/*
 * How many matches there are at least, beyond doubt, and how many most likely.
 * Ranges of ids are looked at, not numbers of rows, so that gaps between ids do
 * no harm.  As one range says little about the next, what is counted in each
 * scatters about the mean, and that tells how far this can be off.
 */
static void
sample(const Term *term, int ranges, double *at_least, double *likely)
{
	static CustomerQuery query = {
		CUSTOMERS_IN_ORDER,
		"SELECT pg_catalog.avg(h.hits)::pg_catalog.float8,"
		"  pg_catalog.stddev_samp(h.hits)::pg_catalog.float8,"
		"  pg_catalog.max(h.span)"
		" FROM (SELECT (SELECT pg_catalog.count(*) FROM {customers}"
		"    WHERE c.id OPERATOR(pg_catalog.>=) s.start"
		"     AND c.id OPERATOR(pg_catalog.<)"
		"      (s.start OPERATOR(pg_catalog.+) $2)"
		"     AND c.search_text OPERATOR(pg_catalog.~~) ANY ($1)) AS hits, s.span"
		"  FROM (SELECT r.span," FRACTION_OF_IDS("pg_catalog.random()") " AS start"
		"   FROM (" RANGE_OF_IDS ") r, pg_catalog.generate_series(1, $3)"
		"   OFFSET 0) s OFFSET 0) h",
		{TEXTARRAYOID, INT8OID, INT4OID}
	};
	Datum		values[3];
	double		mean;
	double		error;
	double		all_ranges;
	bool		isnull;

	values[0] = term->patterns;
	values[1] = Int64GetDatum(RANGE_IDS);
	values[2] = Int32GetDatum(ranges);
	customer_query_run(&query, values, NULL);
	mean = DatumGetFloat8(query_value(0, 1, &isnull));
	error = DatumGetFloat8(query_value(0, 2, NULL)) / sqrt(ranges);
	all_ranges = isnull ? 0 :
		DatumGetFloat8(query_value(0, 3, NULL)) / RANGE_IDS;
	*at_least = (mean - STANDARD_ERRORS * error) * all_ranges;
	*likely = mean * all_ranges;
}

/* A small sample first; a larger one where that is worth it. */
bool
search_surely_exceeds(const Term *term, const Estimate *e, int64 n)
{
	static const int ranges[] = {150, 400};
	double		likely = e->rows * e->fraction;
	double		at_least = 0;
	size_t		i;

	for (i = 0; i < lengthof(ranges); i++)
	{
		if (likely < WORTH_SAMPLING * (double) n)
			return false;
		sample(term, ranges[i], &at_least, &likely);
		if (at_least > (double) n)
			return true;
	}
	return false;
}

double
search_cost_in_order(const Estimate *e, double n)
{
	return COST_OF_NEXT_ROW * Min(e->rows, n / e->fraction);
}

double
search_cost_by_index(const Estimate *e, double n)
{
	double		matches = e->rows * e->fraction;

	if (!e->by_index)
		return DBL_MAX;
	return COST_OF_INDEX_ENTRY * matches +
		COST_OF_FOUND_ROW * Min(matches, n);
}
