/*
 * customer.h
 *		The directory of customers: agent_auth.customer, or what the setting
 *		customer_relation names.
 */
#ifndef AGENT_AUTH_CUSTOMER_H
#define AGENT_AUTH_CUSTOMER_H

#include "customer_relation.h"
#include "query.h"

/* How a query on the directory is to be done, whatever it is estimated at. */
typedef enum CustomerPlan
{
	CUSTOMERS_BY_INDEX,			/* what an index finds */
	CUSTOMERS_IN_ORDER			/* along the primary key, without sorting */
} CustomerPlan;

/*
 * A statement in which {customers} stands for the directory, "c": id, of an
 * integer type that a result must make a bigint, assistable boolean, and as
 * text customer_reference, email, first_name, last_name and search_text.  Declared static, as PreparedQuery is.
 */
typedef struct CustomerQuery
{
	CustomerPlan how;
	const char *sql;
	Oid			argtypes[QUERY_MAX_ARGS];
	SPIPlanPtr	plan;
	uint64		version;		/* of the directory that it was made for */
} CustomerQuery;

/*
 * Runs it inside SPI, as the directory's owner, whose functions it may run: those
 * of a view, of policies, of indexes.  It sees what "snapshot" sees;
 * the caller's statement's when that is NULL.  An error when there is no such
 * directory, or it lacks a column.
 */
extern uint64 customer_query_run(CustomerQuery *query, Datum *values,
								 Snapshot snapshot);

/* What the setting names, as it is written there; agent_auth.customer else. */
extern const char *customer_directory_name(void);

/* Finds and locks it; an error when it cannot be searched. */
extern void customer_directory_find(CustomerRelation *relation);

/*
 * Explains, inside SPI, what customer_query_run() would do with a statement
 * without parameters: JSON with the names of schemas, palloc'd.  After
 * customer_directory_find().
 */
extern char *customer_query_explain(const CustomerRelation *relation,
									CustomerPlan how, const char *sql);

/*
 * Whether each word of search_text follows a chr(30); else it is what the
 * application puts there.
 */
extern bool customer_words_are_marked(void);

typedef struct Customer
{
	int64		id;
	char	   *reference;
	bool		assistable;
} Customer;

/*
 * Finds, inside SPI, the customer with exactly this reference, as committed
 * now; false when there is none, or more than one.
 */
extern bool customer_find(const char *reference, Customer *customer);

#endif							/* AGENT_AUTH_CUSTOMER_H */
