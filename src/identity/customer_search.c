/*
 * customer_search.c
 *		Finding customers by what an agent knows of them.
 *
 * Which customers match is told by one of two ways that always agree: from the
 * index of trigrams, which is fast when they are few, or along the primary
 * key, which is when they are many, since more than the count limit are not
 * looked for.  A sample says how many to expect.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "executor/spi.h"
#include "identity/audit.h"
#include "identity/customer.h"
#include "identity/customer_search.h"
#include "identity/search_estimate.h"
#include "identity/search_term.h"
#include "settings.h"

typedef struct Ids
{
	int64	   *ids;
	int64		n;
} Ids;

/* The first column of the only row, a bigint[] without nulls, or null. */
static Ids
read_ids(void)
{
	Ids			result = {NULL, 0};
	bool		isnull;
	Datum		value = query_value(0, 1, &isnull);
	Datum	   *elements;
	int			n;

	if (isnull)
		return result;
	deconstruct_array(DatumGetArrayTypeP(value), INT8OID, sizeof(int64),
					  FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, &elements, NULL, &n);
	result.ids = palloc(Max(n, 1) * sizeof(int64));
	for (result.n = 0; result.n < n; result.n++)
		result.ids[result.n] = DatumGetInt64(elements[result.n]);
	return result;
}

static Datum
ids_datum(const int64 *ids, int64 n)
{
	Datum	   *values = palloc(Max(n, 1) * sizeof(Datum));
	int64		i;

	for (i = 0; i < n; i++)
		values[i] = Int64GetDatum(ids[i]);
	return PointerGetDatum(construct_array(values, (int) n, INT8OID,
										   sizeof(int64), FLOAT8PASSBYVAL,
										   TYPALIGN_DOUBLE));
}

#define PAGE_OF_IDS \
	"SELECT pg_catalog.array_agg(m.id::pg_catalog.int8) FROM (SELECT c.id" SEARCH_TERM_MATCHES \
	" ORDER BY c.id USING OPERATOR(pg_catalog.<) OFFSET $4 LIMIT $5) m"

/* Matches "offset" to "offset" + "n" in the order of ids. */
static Ids
ids_in_order(const Term *term, int64 offset, int64 n, const Estimate *e)
{
	static CustomerQuery walk = {
		CUSTOMERS_IN_ORDER, PAGE_OF_IDS,
		{TEXTARRAYOID, INT8ARRAYOID, TEXTOID, INT8OID, INT8OID}
	};
	static CustomerQuery sort = {
		CUSTOMERS_BY_INDEX, PAGE_OF_IDS,
		{TEXTARRAYOID, INT8ARRAYOID, TEXTOID, INT8OID, INT8OID}
	};
	double		last = (double) offset + (double) n;
	bool		walks = search_cost_in_order(e, last) <= search_cost_by_index(e, e->rows);
	Datum		values[5];

	values[0] = walks ? term->patterns : term->part;
	values[1] = term->references;
	values[2] = walks ? CStringGetTextDatum("%") : term->rest;
	values[3] = Int64GetDatum(offset);
	values[4] = Int64GetDatum(n);
	customer_query_run(walks ? &walk : &sort, values, NULL);
	return read_ids();
}

static int
compare_ids(const void *a, const void *b)
{
	int64		left = *(const int64 *) a;
	int64		right = *(const int64 *) b;

	return left < right ? -1 : left > right;
}

/* Any "n" matches, or all when there are fewer, in order. */
static Ids
any_ids(const Term *term, int64 n)
{
	static CustomerQuery query = {
		CUSTOMERS_BY_INDEX,
		"SELECT pg_catalog.array_agg(m.id::pg_catalog.int8) FROM (SELECT c.id" SEARCH_TERM_MATCHES
		" LIMIT $4) m",
		{TEXTARRAYOID, INT8ARRAYOID, TEXTOID, INT8OID}
	};
	Datum		values[4];
	Ids			result;

	values[0] = term->part;
	values[1] = term->references;
	values[2] = term->rest;
	values[3] = Int64GetDatum(n);
	customer_query_run(&query, values, NULL);
	result = read_ids();
	qsort(result.ids, result.n, sizeof(int64), compare_ids);
	return result;
}

static Ids
slice(Ids ids, int64 offset, int64 n)
{
	Ids			result = {NULL, 0};

	if (offset < ids.n)
	{
		result.ids = ids.ids + offset;
		result.n = Min(n, ids.n - offset);
	}
	return result;
}

/*
 * The ids of a page, and one more when more follow.  Counted first: as many
 * as are counted at all are the first ones where they were found in order.
 */
static Ids
find_page(const Term *term, int64 offset, int64 n, CustomerPage *page)
{
	int64		countable = setting_search_count_limit;
	Estimate	e;
	bool		in_order;
	Ids			counted;

	search_estimate(term, &e);
	page->total = countable;
	page->exact = false;
	if (search_surely_exceeds(term, &e, countable))
		return ids_in_order(term, offset, n, &e);
	in_order = search_cost_in_order(&e, (double) countable + 1) <=
		search_cost_by_index(&e, (double) countable + 1);
	counted = in_order ? ids_in_order(term, 0, countable + 1, &e) :
		any_ids(term, countable + 1);
	page->exact = counted.n <= countable;
	page->total = Min(counted.n, countable);
	if (page->exact || (in_order && offset + n <= counted.n))
		return slice(counted, offset, n);
	return ids_in_order(term, offset, n, &e);
}

static void
fetch(const Ids *ids, CustomerPage *page)
{
	static CustomerQuery query = {
		CUSTOMERS_BY_INDEX,
		"SELECT c.customer_reference, c.email, c.first_name, c.last_name"
		" FROM {customers} WHERE c.id OPERATOR(pg_catalog.=) ANY ($1)"
		" ORDER BY c.id USING OPERATOR(pg_catalog.<) LIMIT $2",
		{INT8ARRAYOID, INT8OID}
	};
	Datum		values[2];
	int			i;

	values[0] = ids_datum(ids->ids, ids->n);
	values[1] = Int64GetDatum(ids->n);
	page->n = (int) customer_query_run(&query, values, NULL);
	page->customers = palloc(Max(page->n, 1) * sizeof(FoundCustomer));
	for (i = 0; i < page->n; i++)
	{
		page->customers[i].reference = query_text(i, 1);
		page->customers[i].email = query_text(i, 2);
		page->customers[i].first_name = query_text(i, 3);
		page->customers[i].last_name = query_text(i, 4);
	}
}

static void
search(const char *string, int64 offset, int64 limit, CustomerPage *page)
{
	Term		term;
	Ids			ids;

	memset(page, 0, sizeof(CustomerPage));
	page->exact = true;
	if (!search_term_read(string, &term))
		return;
	ids = find_page(&term, offset, limit + 1, page);
	page->more = ids.n > limit;
	ids.n = Min(ids.n, limit);
	if (ids.n > 0)
		fetch(&ids, page);
}

Outcome
customer_search(const char *term, int64 offset, int64 limit,
				const Actor *agent, const Client *client, CustomerPage *page)
{
	MemoryContext caller = CurrentMemoryContext;

	if (offset < 0 || limit < 1 || limit > CUSTOMER_SEARCH_MAX_LIMIT)
		return OUTCOME_PAGINATION_INVALID;
	SPI_connect();
	MemoryContextSwitchTo(caller);
	search(term, Min(offset, PG_INT64_MAX / 2), limit, page);
	audit_search(agent->agent_id, &agent->session_id, page->total,
				 page->exact, setting_audit_search_terms ? term : NULL, client);
	SPI_finish();
	return OUTCOME_OK;
}
