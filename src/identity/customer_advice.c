/*
 * customer_advice.c
 *		Whether the directory of customers can be searched, and fast.
 *
 * The planner is asked how it would search.  An index that it uses proves
 * nothing by itself, since a view may join tables by indexes and be read whole
 * all the same: the condition of the search must be the condition of an index,
 * and no table may be read without one.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rls.h"

#include "customer_relation.h"
#include "identity/customer.h"
#include "identity/customer_advice.h"

/* What only the condition of our own query has in it. */
#define PROBE "8247190362"

/* The three ways into the directory: as searches ask, with an index for each. */
typedef enum Way
{
	WAY_BY_TEXT,
	WAY_BY_REFERENCE,
	WAY_IN_ORDER
} Way;

static const struct
{
	CustomerPlan how;
	const char *sql;
	const char *column;			/* as the operator knows it */
}			ways[] =

{
	[WAY_BY_TEXT] = {
		CUSTOMERS_BY_INDEX,
		"SELECT c.id FROM {customers} WHERE c.search_text"
		" OPERATOR(pg_catalog.~~) ANY (ARRAY['%" PROBE "%'])",
		"name and e-mail address"
	},
	[WAY_BY_REFERENCE] = {
		CUSTOMERS_BY_INDEX,
		"SELECT c.id FROM {customers}"
		" WHERE pg_catalog.lower(c.customer_reference)"
		" OPERATOR(pg_catalog.=) '" PROBE "'",
		"reference"
	},
	[WAY_IN_ORDER] = {
		CUSTOMERS_IN_ORDER,
		"SELECT c.id FROM {customers} WHERE c.id"
		" OPERATOR(pg_catalog.>=) (-" PROBE ")::pg_catalog.int8"
		" ORDER BY c.id USING OPERATOR(pg_catalog.<) LIMIT 1",
		"id"
	},
};

/*
 * The tables that a way reads whole, as a list; NULL when it reads
 * what it asks for.  Tables of another server are among them, for what is done
 * there cannot be seen.  Where no index has the condition, and none of the
 * tables is read without an index, all of them are meant.
 */
static char *
tables_read_whole(const CustomerRelation *relation, Way way)
{
	static PreparedQuery query = {
		"SELECT CASE WHEN w.n OPERATOR(pg_catalog.>) 0 THEN w.names"
		"  WHEN a.n OPERATOR(pg_catalog.>) 0 AND (p.sorted OR NOT p.asked)"
		"  THEN a.names END"
		" FROM (SELECT"
		"   pg_catalog.jsonb_path_exists($1, '$.**.\"Index Cond\" ? (@ like_regex \"" PROBE "\")') AS asked,"
		"   pg_catalog.jsonb_path_exists($1, '$.** ? (@.\"Node Type\" == \"Sort\")') AS sorted) p,"
		" LATERAL (SELECT pg_catalog.count(DISTINCT t.name) AS n,"
		"   pg_catalog.string_agg(DISTINCT t.name, ' and ') AS names"
		"  FROM (SELECT pg_catalog.format('%I.%I', s OPERATOR(pg_catalog.->>) 'Schema', s OPERATOR(pg_catalog.->>) 'Relation Name') AS name"
		"   FROM pg_catalog.jsonb_path_query($1, '$.** ? (exists (@.\"Relation Name\"))') s) t) a,"
		" LATERAL (SELECT pg_catalog.count(DISTINCT t.name) AS n,"
		"   pg_catalog.string_agg(DISTINCT t.name, ' and ') AS names"
		"  FROM (SELECT pg_catalog.format('%I.%I', s OPERATOR(pg_catalog.->>) 'Schema', s OPERATOR(pg_catalog.->>) 'Relation Name') AS name"
		"   FROM pg_catalog.jsonb_path_query($1, '$.** ? (exists (@.\"Relation Name\") && !exists (@.\"Index Cond\") && !(@.\"Node Type\" == \"Bitmap Heap Scan\"))') s) t) w",
		{JSONBOID}
	};
	char	   *plan = customer_query_explain(relation, ways[way].how,
											  ways[way].sql);
	Datum		value = DirectFunctionCall1(jsonb_in, CStringGetDatum(plan));

	query_run(&query, &value, NULL);
	return query_text(0, 1);
}

static char *
index_for(const CustomerRelation *relation, Way way)
{
	const char *name = customer_directory_name();

	switch (way)
	{
		case WAY_BY_TEXT:
			return psprintf("CREATE INDEX ON %s USING gin ((%s) gin_trgm_ops);",
							name, relation->search_text);
		case WAY_BY_REFERENCE:
			return psprintf("CREATE INDEX ON %s (%s);", name,
							relation->lower_reference);
		case WAY_IN_ORDER:
			return psprintf("CREATE UNIQUE INDEX ON %s (id);", name);
	}
	return NULL;
}

static bool
can_have_indexes(const CustomerRelation *relation)
{
	char		kind = get_rel_relkind(relation->id);

	return kind == RELKIND_RELATION || kind == RELKIND_MATVIEW ||
		kind == RELKIND_PARTITIONED_TABLE;
}

/* What is done for a table is of no use for a view, and the reverse. */
static char *
advice_for_table(const CustomerRelation *relation, char *const tables[])
{
	StringInfoData advice;
	size_t		i;

	initStringInfo(&advice);
	for (i = 0; i < lengthof(ways); i++)
		if (tables[i] != NULL)
			appendStringInfo(&advice, " %s", index_for(relation, (Way) i));
	return psprintf("Searches for customers read all of %s. Make these indexes:%s",
					customer_directory_name(), advice.data);
}

static char *
advice_for_view(char *const tables[])
{
	StringInfoData advice;
	size_t		i;

	initStringInfo(&advice);
	for (i = 0; i < lengthof(ways); i++)
		if (tables[i] != NULL)
			appendStringInfo(&advice, "%s %s by %s",
							 advice.len > 0 ? "," : "", tables[i],
							 ways[i].column);
	return psprintf("Searches for customers in %s read whole tables:%s. Make indexes on these, where one table has all that is searched, or name a materialized view instead; docs/customers.md has both.",
					customer_directory_name(), advice.data);
}

static char *
advice(const CustomerRelation *relation)
{
	char	   *tables[lengthof(ways)];
	bool		reads_whole = false;
	size_t		i;

	for (i = 0; i < lengthof(ways); i++)
	{
		tables[i] = tables_read_whole(relation, (Way) i);
		reads_whole = reads_whole || tables[i] != NULL;
	}
	if (!reads_whole)
		return NULL;
	return can_have_indexes(relation) ? advice_for_table(relation, tables) :
		advice_for_view(tables);
}

char *
customer_directory_complaint(void)
{
	MemoryContext caller = CurrentMemoryContext;
	CustomerRelation relation;
	bool		exists;
	char	   *complaint;

	complaint = customer_relation_find(customer_directory_name(), &relation,
									   &exists);
	if (complaint != NULL)
		return psprintf("No customer can be found: %s", complaint);
	customer_directory_find(&relation);
	if (check_enable_rls(relation.id, relation.owner, true) == RLS_ENABLED)
		return psprintf("Searches find what the policies of %s let its owner see. Without FORCE ROW LEVEL SECURITY that is everybody.",
						customer_directory_name());
	SPI_connect();
	MemoryContextSwitchTo(caller);
	complaint = advice(&relation);
	SPI_finish();
	return complaint;
}
