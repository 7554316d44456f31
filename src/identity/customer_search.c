/*
 * customer_search.c
 *		Finding customers by what an agent knows of them.
 *
 * A term is contained in the e-mail address or the whole name, or is the
 * reference; one of a letter or two is the beginning of a word.  Which matches
 * there are is told by one of two ways that always agree: from the index of
 * trigrams, which is fast when they are few, or along the primary key, which
 * is when they are many, since more than the count limit are not looked for.
 * A sample says how many to expect.
 */
#include "postgres.h"

#include <float.h>

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/formatting.h"
#include "utils/pg_locale.h"

#include "executor/spi.h"
#include "identity/audit.h"
#include "identity/customer.h"
#include "identity/customer_search.h"
#include "settings.h"

/* Terms of no more characters match only at the beginning of a word. */
#define SHORT_TERM 2

/* What divides e-mail address and name in what is searched. */
#define DIVIDER '\x1f'

/* The characters before a word, as a regular expression. */
#define WORD_BEGINS "(^|[ .@_+'\x1f-])"

#define SPECIAL_IN_LIKE "%_\\"
#define SPECIAL_IN_REGEX "^$.[]|()*+?{}\\"

/*
 * Microseconds, about, of what the two ways do most; only their ratios matter.
 * Rows that an index finds lie scattered.
 */
#define COST_OF_NEXT_ROW 0.4
#define COST_OF_INDEX_ENTRY 0.2
#define COST_OF_FOUND_ROW 1.6

typedef struct Term
{
	bool		is_short;
	bool		has_trigrams;	/* else no index finds it */
	Datum		pattern;		/* text: of LIKE, or when short, of ~ */
	Datum		references;		/* bigint[]: ids of those whose reference it
								 * is */
} Term;

/* What a sample says about a term. */
typedef struct Estimate
{
	double		rows;			/* of the directory */
	double		fraction;		/* of these that match */
	bool		by_index;		/* whether one can tell which */
} Estimate;

typedef struct Ids
{
	int64	   *ids;
	int64		n;
} Ids;

/* Each statement once for LIKE and once for ~, since an index needs to know. */
typedef struct Statement
{
	CustomerQuery like;
	CustomerQuery word;
} Statement;

#define LIKE "OPERATOR(pg_catalog.~~)"
#define MATCH "OPERATOR(pg_catalog.~)"

#define MATCHING(operator) \
	" FROM {customers} WHERE (c.search_text " operator " $1" \
	"  OR c.id OPERATOR(pg_catalog.=) ANY ($2)) AND c.id IS NOT NULL"

static uint64
run(Statement *statement, const Term *term, Datum *values)
{
	values[0] = term->pattern;
	return customer_query_run(term->is_short ? &statement->word :
							  &statement->like, values, NULL);
}

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

static Datum
ids_by_reference(const char *term)
{
	static CustomerQuery query =
	{
		CUSTOMERS_BY_INDEX,
		"SELECT pg_catalog.array_agg(c.id) FROM {customers}"
		" WHERE pg_catalog.lower(c.customer_reference)"
		"  OPERATOR(pg_catalog.=) pg_catalog.lower($1) AND c.id IS NOT NULL",
		{
			TEXTOID
		}
	};
	Datum		value = CStringGetTextDatum(term);
	Ids			found;

	customer_query_run(&query, &value, NULL);
	found = read_ids();
	return ids_datum(found.ids, found.n);
}

/* A backslash before all that may mean something in a pattern. */
static char *
escape(const char *string, const char *special)
{
	StringInfoData result;

	initStringInfo(&result);
	for (; *string != '\0'; string++)
	{
		if (strchr(special, *string) != NULL)
			appendStringInfoChar(&result, '\\');
		appendStringInfoChar(&result, *string);
	}
	return result.data;
}

/* What pg_trgm takes for a letter or digit, in this database's locale. */
static bool
is_word_character(unsigned char c)
{
	if (c >= 0x80)
		return !lc_ctype_is_c(DEFAULT_COLLATION_OID);
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/*
 * Whether three characters of the term are known to follow one another in what
 * it matches: at either end of a word, blanks count.
 */
static bool
has_trigrams(const char *lower, bool begins_word)
{
	int			known = begins_word ? 2 : 0;

	for (; *lower != '\0'; lower += pg_mblen(lower))
	{
		if (is_word_character((unsigned char) *lower))
			known++;
		else if (known >= 2)
			return true;
		else
			known = 2;
		if (known >= 3)
			return true;
	}
	return false;
}

static void
read_term(const char *string, Term *term)
{
	Size		len = strlen(string);
	char	   *lower = str_tolower(string, len, DEFAULT_COLLATION_OID);
	int			characters = pg_mbstrlen_with_len(string, (int) len);

	term->is_short = characters > 0 && characters <= SHORT_TERM;
	term->has_trigrams = has_trigrams(lower, term->is_short);
	term->pattern =
		CStringGetTextDatum(term->is_short ?
							psprintf(WORD_BEGINS "%s", escape(lower, SPECIAL_IN_REGEX)) :
							psprintf("%%%s%%", escape(lower, SPECIAL_IN_LIKE)));
	term->references = ids_by_reference(string);
}

/* A few rows from each tenth of the directory. */
#define SAMPLE(operator) { \
	CUSTOMERS_IN_ORDER, \
	"SELECT COALESCE(pg_catalog.sum(s.n), 0)::pg_catalog.float8," \
	"  COALESCE(pg_catalog.sum(s.hits), 0)::pg_catalog.float8," \
	"  COALESCE(pg_catalog.sum(s.span), 0)::pg_catalog.float8," \
	"  COALESCE(pg_catalog.max(r.span), 0)::pg_catalog.float8" \
	" FROM (SELECT lo, hi::pg_catalog.float8" \
	"   OPERATOR(pg_catalog.-) lo::pg_catalog.float8" \
	"   OPERATOR(pg_catalog.+) 1.0::pg_catalog.float8 AS span FROM (" \
	"   SELECT (SELECT pg_catalog.min(c.id) FROM {customers}) AS lo," \
	"    (SELECT pg_catalog.max(c.id) FROM {customers}) AS hi OFFSET 0) b) r," \
	"  pg_catalog.generate_series(0, 9) k," \
	"  LATERAL (SELECT pg_catalog.count(*) AS n," \
	"    pg_catalog.count(*) FILTER (WHERE t.hit) AS hits," \
	"    pg_catalog.max(t.id)::pg_catalog.float8" \
	"     OPERATOR(pg_catalog.-) pg_catalog.min(t.id)::pg_catalog.float8" \
	"     OPERATOR(pg_catalog.+) 1.0::pg_catalog.float8 AS span" \
	"   FROM (SELECT c.id, c.search_text " operator " $1 AS hit" \
	"    FROM {customers} WHERE c.id OPERATOR(pg_catalog.>=)" \
	"     (r.lo OPERATOR(pg_catalog.+) (r.span OPERATOR(pg_catalog.*)" \
	"       k::pg_catalog.float8 OPERATOR(pg_catalog./)" \
	"       10.0::pg_catalog.float8)::pg_catalog.int8)" \
	"    ORDER BY c.id USING OPERATOR(pg_catalog.<) LIMIT 50) t) s", \
	{TEXTOID} \
}

static void
estimate(const Term *term, Estimate *result)
{
	static Statement sample =
	{
		SAMPLE(LIKE), SAMPLE(MATCH)
	};
	Datum		values[1];
	double		sampled;
	double		hits;
	double		span;

	run(&sample, term, values);
	sampled = DatumGetFloat8(query_value(0, 1, NULL));
	hits = DatumGetFloat8(query_value(0, 2, NULL));
	span = DatumGetFloat8(query_value(0, 3, NULL));
	result->rows = span == 0 ? 0 :
		DatumGetFloat8(query_value(0, 4, NULL)) * sampled / span;
	result->fraction = (hits + 0.5) / (sampled + 1);
	result->by_index = term->has_trigrams;
}

/* What it costs to find the first "n" matches along the primary key ... */
static double
cost_in_order(const Estimate *e, double n)
{
	return COST_OF_NEXT_ROW * Min(e->rows, n / e->fraction);
}

/* ... and to find all of them in the index and look at "n". */
static double
cost_by_index(const Estimate *e, double n)
{
	double		matches = e->rows * e->fraction;

	if (!e->by_index)
		return DBL_MAX;
	return COST_OF_INDEX_ENTRY * matches +
		COST_OF_FOUND_ROW * Min(matches, n);
}

/* Matches "offset" to "offset" + "n" in the order of ids. */
static Ids
ids_in_order(const Term *term, int64 offset, int64 n, const Estimate *e)
{
#define PAGE(how, operator) { \
	how, \
	"SELECT pg_catalog.array_agg(m.id) FROM (SELECT c.id" MATCHING(operator) \
	" ORDER BY c.id USING OPERATOR(pg_catalog.<) OFFSET $3 LIMIT $4) m", \
	{TEXTOID, INT8ARRAYOID, INT8OID, INT8OID} \
}
	static Statement walk =
	{
		PAGE(CUSTOMERS_IN_ORDER, LIKE), PAGE(CUSTOMERS_IN_ORDER, MATCH)
	};
	static Statement sort =
	{
		PAGE(CUSTOMERS_BY_INDEX, LIKE), PAGE(CUSTOMERS_BY_INDEX, MATCH)
	};
	double		last = (double) offset + (double) n;
	Datum		values[4];

	values[1] = term->references;
	values[2] = Int64GetDatum(offset);
	values[3] = Int64GetDatum(n);
	run(cost_in_order(e, last) <= cost_by_index(e, e->rows) ? &walk : &sort,
		term, values);
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
#define ANY_MATCHES(operator) { \
	CUSTOMERS_BY_INDEX, \
	"SELECT pg_catalog.array_agg(m.id) FROM (SELECT c.id" MATCHING(operator) \
	" LIMIT $3) m", \
	{TEXTOID, INT8ARRAYOID, INT8OID} \
}
	static Statement any =
	{
		ANY_MATCHES(LIKE), ANY_MATCHES(MATCH)
	};
	Datum		values[3];
	Ids			result;

	values[1] = term->references;
	values[2] = Int64GetDatum(n);
	run(&any, term, values);
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

	estimate(term, &e);
	in_order = cost_in_order(&e, (double) countable + 1) <=
		cost_by_index(&e, (double) countable + 1);
	counted = in_order ? ids_in_order(term, 0, countable + 1, &e) :
		any_ids(term, countable + 1);
	page->exact = counted.n <= countable;
	page->total = Min(counted.n, countable);
	if (page->exact || (in_order && offset + n <= counted.n))
		return slice(counted, offset, n);
	return ids_in_order(term, offset, n, &e);
}

static char *
column(uint64 row, int number)
{
	bool		isnull;
	Datum		value = query_value(row, number, &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}

static void
fetch(const Ids *ids, CustomerPage *page)
{
	static CustomerQuery query =
	{
		CUSTOMERS_BY_INDEX,
		"SELECT c.customer_reference, c.email, c.first_name, c.last_name"
		" FROM {customers} WHERE c.id OPERATOR(pg_catalog.=) ANY ($1)"
		" ORDER BY c.id USING OPERATOR(pg_catalog.<)",
		{
			INT8ARRAYOID
		}
	};
	Datum		value = ids_datum(ids->ids, ids->n);
	int			i;

	page->n = (int) customer_query_run(&query, &value, NULL);
	page->customers = palloc(Max(page->n, 1) * sizeof(FoundCustomer));
	for (i = 0; i < page->n; i++)
	{
		page->customers[i].reference = column(i, 1);
		page->customers[i].email = column(i, 2);
		page->customers[i].first_name = column(i, 3);
		page->customers[i].last_name = column(i, 4);
	}
}

/* What divides the texts that are searched is in no name. */
static bool
can_match(const char *term)
{
	return strchr(term, DIVIDER) == NULL;
}

static void
search(const char *string, int64 offset, int64 limit, CustomerPage *page)
{
	Term		term;
	Ids			ids;

	memset(page, 0, sizeof(CustomerPage));
	page->exact = true;
	if (!can_match(string))
		return;
	read_term(string, &term);
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
