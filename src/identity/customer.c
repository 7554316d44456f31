/*
 * customer.c
 *		The directory of customers: agent_auth.customer, or what the setting
 *		customer_relation names.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rls.h"

#include "customer_relation.h"
#include "identity/customer.h"
#include "owner.h"
#include "settings.h"

#define PLACEHOLDER "{customers}"

/* The directory that queries were prepared for, and how often it changed. */
static char *from_item = NULL;
static uint64 version = 0;

static const char *
directory_name(void)
{
	return setting_customer_relation[0] == '\0' ? CUSTOMER_RELATION_BUILT_IN :
		setting_customer_relation;
}

/*
 * Each time, for the setting and the relation may have changed: that is a few
 * looks into the catalog's caches.
 */
static void
find_directory(CustomerRelation *relation)
{
	bool		exists;
	char	   *complaint = customer_relation_find(directory_name(), relation,
												   &exists);

	if (complaint != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_CONFIG_FILE_ERROR),
				 errmsg("the directory of customers cannot be used"),
				 errdetail_internal("%s", complaint),
				 errhint("Set \"%s\" to a table or view that has its columns.",
						 "agent_auth.customer_relation")));
	if (from_item != NULL && strcmp(from_item, relation->from_item) == 0)
		return;
	if (from_item != NULL)
		pfree(from_item);
	from_item = NULL;
	from_item = MemoryContextStrdup(TopMemoryContext, relation->from_item);
	version++;
}

/* The statement with the directory in its place, palloc'd. */
static char *
statement(const char *sql)
{
	StringInfoData result;
	const char *place;

	initStringInfo(&result);
	while ((place = strstr(sql, PLACEHOLDER)) != NULL)
	{
		appendBinaryStringInfo(&result, sql, (int) (place - sql));
		appendStringInfoString(&result, from_item);
		sql = place + strlen(PLACEHOLDER);
	}
	appendStringInfoString(&result, sql);
	return result.data;
}

static void
prepare(CustomerQuery *query)
{
	int			nargs = 0;
	SPIPlanPtr	plan;

	if (query->plan != NULL && query->version == version)
		return;
	while (nargs < QUERY_MAX_ARGS && OidIsValid(query->argtypes[nargs]))
		nargs++;
	plan = SPI_prepare(statement(query->sql), nargs, query->argtypes);
	if (plan == NULL)
		elog(ERROR, "could not prepare a query on the directory of customers: %s",
			 SPI_result_code_string(SPI_result));
	SPI_keepplan(plan);
	if (query->plan != NULL)
		SPI_freeplan(query->plan);
	query->plan = plan;
	query->version = version;
}

static void
set_locally(const char *name, const char *value)
{
	(void) set_config_option(name, value, PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
}

/*
 * One plan for all terms: what the planner would guess about each costs more
 * than most searches, and now and then it guesses wrong.
 */
static void
steer_planner(CustomerPlan how)
{
	bool		by_index = how == CUSTOMERS_BY_INDEX;

	set_locally("plan_cache_mode", "force_generic_plan");
	set_locally("jit", "off");
	set_locally("enable_seqscan", "off");
	set_locally("enable_bitmapscan", by_index ? "on" : "off");
	set_locally("enable_indexscan", by_index ? "off" : "on");
	set_locally("enable_indexonlyscan", by_index ? "off" : "on");
	set_locally("enable_sort", by_index ? "on" : "off");
}

static int
execute(CustomerQuery *query, Datum *values, Snapshot snapshot)
{
	int			nest_level = NewGUCNestLevel();
	int			result;

	steer_planner(query->how);
	prepare(query);
	result = SPI_execute_snapshot(query->plan, values, NULL, snapshot,
								  InvalidSnapshot, true, false, 0);
	AtEOXact_GUC(false, nest_level);
	return result;
}

uint64
customer_query_run(CustomerQuery *query, Datum *values, Snapshot snapshot)
{
	MemoryContext caller = CurrentMemoryContext;
	CustomerRelation relation;
	OwnerScope	scope;
	int			result;

	find_directory(&relation);
	owner_enter_as(&scope, relation.owner);
	result = execute(query, values, snapshot);
	owner_leave(&scope);
	MemoryContextSwitchTo(caller);
	if (result < 0)
		elog(ERROR, "could not query the directory of customers: %s",
			 SPI_result_code_string(result));
	return SPI_processed;
}

bool
customer_words_are_marked(void)
{
	CustomerRelation relation;

	find_directory(&relation);
	return relation.words_are_marked;
}

/*
 * Through the index that searches use: there may be none on the reference as
 * it is, where its type is not text.
 */
bool
customer_find(const char *reference, Customer *customer)
{
	static CustomerQuery query = {
		CUSTOMERS_BY_INDEX,
		"SELECT c.id, c.customer_reference, c.assistable FROM {customers}"
		" WHERE pg_catalog.lower(c.customer_reference)"
		"   OPERATOR(pg_catalog.=) pg_catalog.lower($1)"
		"  AND c.customer_reference OPERATOR(pg_catalog.=) $1"
		"  AND c.id IS NOT NULL LIMIT 2",
		{TEXTOID}
	};
	Datum		value = CStringGetTextDatum(reference);
	bool		isnull;

	if (customer_query_run(&query, &value, query_latest_snapshot()) != 1)
		return false;
	customer->id = DatumGetInt64(query_value(0, 1, NULL));
	customer->reference = TextDatumGetCString(query_value(0, 2, NULL));
	customer->assistable = DatumGetBool(query_value(0, 3, &isnull)) && !isnull;
	return true;
}

/*
 * Whether the planner has an index for a query, when told to use one.  Asked
 * of the planner and not of the catalog, since the directory may be a view.
 */
static bool
has_index(CustomerPlan how, const char *rest, Oid owner)
{
	char	   *sql = statement(psprintf("EXPLAIN (COSTS OFF) SELECT c.id FROM " PLACEHOLDER " %s",
										 rest));
	int			nest_level = NewGUCNestLevel();
	OwnerScope	scope;
	bool		found = false;
	uint64		i;

	owner_enter_as(&scope, owner);
	steer_planner(how);
	if (SPI_execute(sql, false, 0) != SPI_OK_UTILITY)
		elog(ERROR, "could not explain a query on the directory of customers");
	AtEOXact_GUC(false, nest_level);
	owner_leave(&scope);
	for (i = 0; i < SPI_processed && !found; i++)
		found = strstr(SPI_getvalue(SPI_tuptable->vals[i],
									SPI_tuptable->tupdesc, 1),
					   "Index") != NULL;
	return found;
}

static char *
missing_indexes(const CustomerRelation *relation)
{
	const char *name = directory_name();
	StringInfoData advice;

	initStringInfo(&advice);
	if (!has_index(CUSTOMERS_BY_INDEX,
				   "WHERE c.search_text LIKE '%abc%'", relation->owner))
		appendStringInfo(&advice, " CREATE INDEX ON %s USING gin ((%s) gin_trgm_ops);",
						 name, relation->search_text);
	if (!has_index(CUSTOMERS_BY_INDEX,
				   "WHERE pg_catalog.lower(c.customer_reference) = 'abc'",
				   relation->owner))
		appendStringInfo(&advice, " CREATE INDEX ON %s (%s);", name,
						 relation->lower_reference);
	if (!has_index(CUSTOMERS_IN_ORDER, "ORDER BY c.id LIMIT 1",
				   relation->owner))
		appendStringInfo(&advice, " CREATE UNIQUE INDEX ON %s (id);", name);
	return advice.len == 0 ? NULL :
		psprintf("Searches for customers read all of %s. Make these indexes, for a view on the table beneath:%s",
				 name, advice.data);
}

char *
customer_directory_complaint(void)
{
	MemoryContext caller = CurrentMemoryContext;
	CustomerRelation relation;
	bool		exists;
	char	   *complaint = customer_relation_find(directory_name(), &relation,
												   &exists);

	if (complaint != NULL)
		return psprintf("No customer can be found: %s", complaint);
	find_directory(&relation);
	SPI_connect();
	MemoryContextSwitchTo(caller);
	complaint = check_enable_rls(relation.id, relation.owner, true) == RLS_ENABLED ?
		psprintf("Searches find what the policies of %s let its owner see. Without FORCE ROW LEVEL SECURITY that is everybody.",
				 directory_name()) : missing_indexes(&relation);
	SPI_finish();
	return complaint;
}
