/*
 * customer_relation.h
 *		The table or view that is the directory of customers.
 */
#ifndef AGENT_AUTH_CUSTOMER_RELATION_H
#define AGENT_AUTH_CUSTOMER_RELATION_H

#define CUSTOMER_RELATION_BUILT_IN "agent_auth.customer"

typedef struct CustomerRelation
{
	Oid			id;
	Oid			owner;
	bool		has_search_text;
	bool		words_are_marked;	/* in search_text, with a chr(30) before
									 * each */

	/*
	 * An item of a FROM clause, palloc'd: id, of an integer type, assistable
	 * boolean, and customer_reference, email, first_name, last_name,
	 * search_text, which are text in the database's collation.
	 */
	char	   *from_item;

	/* Expressions to make indexes on, as people write them, palloc'd. */
	char	   *search_text;
	char	   *lower_reference;
} CustomerRelation;

/*
 * Finds a relation by its qualified name.  NULL when it can be searched; else
 * why it cannot, a palloc'd sentence, with *exists saying whether it is there
 * at all.  Syntax is an error to nobody: it is such a sentence too.
 */
extern char *customer_relation_find(const char *name,
									CustomerRelation *relation, bool *exists);

#endif							/* AGENT_AUTH_CUSTOMER_RELATION_H */
