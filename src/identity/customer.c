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

#include "identity/customer.h"
#include "owner.h"
#include "settings.h"

#define PLACEHOLDER "{customers}"

/* The directory that queries were prepared for, and how often it changed. */
static char *from_item = NULL;
static uint64 version = 0;

const char *
customer_directory_name(void)
{
	return setting_customer_relation[0] == '\0' ? CUSTOMER_RELATION_BUILT_IN :
		setting_customer_relation;
}

/*
 * Each time, for the setting and the relation may have changed: that is a few
 * looks into the catalog's caches.
 */
void
customer_directory_find(CustomerRelation *relation)
{
	bool		exists;
	char	   *complaint = customer_relation_find(customer_directory_name(), relation,
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
 * than most searches, and now and then it guesses wrong.  What a view joins is
 * looked up for each customer found: other joins read it from its beginning.
 */
static void
steer_planner(CustomerPlan how)
{
	bool		by_index = how == CUSTOMERS_BY_INDEX;

	set_locally("plan_cache_mode", "force_generic_plan");
	set_locally("jit", "off");
	set_locally("enable_seqscan", "off");
	set_locally("enable_hashjoin", "off");
	set_locally("enable_mergejoin", "off");
	set_locally("enable_bitmapscan", by_index ? "on" : "off");
	set_locally("enable_indexscan", by_index ? "off" : "on");
	set_locally("enable_indexonlyscan", by_index ? "off" : "on");
	set_locally("enable_sort", by_index ? "on" : "off");
	query_hide_plans_locally();
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

	customer_directory_find(&relation);
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

	customer_directory_find(&relation);
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
		"SELECT c.id::pg_catalog.int8, c.customer_reference, c.assistable FROM {customers}"
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
 * Asked of the planner and not of the catalog, since the directory may be a
 * view.
 */
char *
customer_query_explain(const CustomerRelation *relation, CustomerPlan how,
					   const char *sql)
{
	MemoryContext caller = CurrentMemoryContext;
	int			nest_level = NewGUCNestLevel();
	OwnerScope	scope;
	int			result;

	owner_enter_as(&scope, relation->owner);
	steer_planner(how);
	result = SPI_execute(statement(psprintf("EXPLAIN (COSTS OFF, VERBOSE, FORMAT JSON) %s",
											sql)), false, 0);
	owner_leave(&scope);
	AtEOXact_GUC(false, nest_level);
	MemoryContextSwitchTo(caller);
	if (result != SPI_OK_UTILITY || SPI_processed != 1)
		elog(ERROR, "could not explain a query on the directory of customers");
	return SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
}
