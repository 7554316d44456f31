/*
 * customer_relation.c
 *		The table or view that is the directory of customers.
 *
 * Its columns may have any integer and any string types: all that is asked of
 * it goes through a FROM item in which strings are text.  The planner sees
 * through that, and an index on the same expression serves.  The id keeps its
 * type, which is compared with any other integer by the index on it; as a
 * bigint it would have no order that the planner knows of.
 */
#include "compat.h"

#include "access/attnum.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/varlena.h"

#include "customer_relation.h"
#include "owner.h"

typedef enum ColumnKind
{
	COLUMN_INTEGER,
	COLUMN_STRING,
	COLUMN_BOOLEAN
} ColumnKind;

static const struct
{
	const char *name;
	ColumnKind	kind;
	bool		required;
}			columns[] =

{
	{"id", COLUMN_INTEGER, true},
	{"customer_reference", COLUMN_STRING, true},
	{"email", COLUMN_STRING, true},
	{"first_name", COLUMN_STRING, true},
	{"last_name", COLUMN_STRING, true},
	{"assistable", COLUMN_BOOLEAN, true},
	{"search_text", COLUMN_STRING, false},
};

static const char *const kind_names[] = {
	[COLUMN_INTEGER] = "smallint, integer or bigint",
	[COLUMN_STRING] = "text or another string type",
	[COLUMN_BOOLEAN] = "boolean",
};

static bool
type_is(Oid type, ColumnKind kind)
{
	char		category;
	bool		preferred;

	type = getBaseType(type);
	switch (kind)
	{
		case COLUMN_INTEGER:
			return type == INT2OID || type == INT4OID || type == INT8OID;
		case COLUMN_BOOLEAN:
			return type == BOOLOID;
		case COLUMN_STRING:
			get_type_category_preferred(type, &category, &preferred);
			return category == TYPCATEGORY_STRING;
	}
	return false;
}

/* A sentence, or NULL. */
static char *
check_columns(Oid relation, const char *name)
{
	size_t		i;

	for (i = 0; i < lengthof(columns); i++)
	{
		AttrNumber	number = get_attnum(relation, columns[i].name);

		if (number == InvalidAttrNumber && columns[i].required)
			return psprintf("Column \"%s\" of relation %s is missing.",
							columns[i].name, name);
		if (number != InvalidAttrNumber &&
			!type_is(get_atttype(relation, number), columns[i].kind))
			return psprintf("Column \"%s\" of relation %s is of type %s, and must be of type %s.",
							columns[i].name, name,
							format_type_be(get_atttype(relation, number)),
							kind_names[columns[i].kind]);
	}
	return NULL;
}

/* A string column as text in the database's collation. */
static char *
text_column(Oid relation, const char *alias, const char *name)
{
	AttrNumber	number = get_attnum(relation, name);
	Oid			type;
	int32		typmod;
	Oid			collation;

	get_atttypetypmodcoll(relation, number, &type, &typmod, &collation);
	return psprintf("%s%s%s%s", alias, name,
					type == TEXTOID ? "" : "::pg_catalog.text",
					collation == DEFAULT_COLLATION_OID ? "" :
					" COLLATE pg_catalog.\"default\"");
}

/*
 * What is searched where there is no column of that; agent_auth.customer has
 * the same: e-mail address and whole name, after a chr(31) each, and a chr(30)
 * before each word.  "function" precedes the names of functions, "joint" is the
 * operator that joins texts.
 */
static char *
search_expression(Oid relation, const char *alias, const char *function,
				  const char *joint)
{
	char	   *email = text_column(relation, alias, "email");
	char	   *first = text_column(relation, alias, "first_name");
	char	   *last = text_column(relation, alias, "last_name");

	return psprintf("%1$sregexp_replace(%1$slower(%1$schr(31)%2$s"
					"COALESCE(%3$s, '')%2$s%1$schr(31)%2$s"
					"COALESCE(%4$s%2$s' '%2$s%5$s, %4$s, %5$s, '')),"
					" E'([ .@_+''\\x1f-])', E'\\\\1\\x1e', 'g')",
					function, joint, email, first, last);
}

static void
describe(CustomerRelation *relation, const char *name)
{
	Oid			id = relation->id;
	char	   *search_text;

	search_text = relation->has_search_text ?
		text_column(id, "c.", "search_text") :
		search_expression(id, "c.", "pg_catalog.", " OPERATOR(pg_catalog.||) ");
	relation->from_item =
		psprintf("(SELECT c.id,"
				 " %s AS customer_reference, %s AS email, %s AS first_name,"
				 " %s AS last_name, c.assistable::pg_catalog.bool AS assistable,"
				 " %s AS search_text FROM %s c) c",
				 text_column(id, "c.", "customer_reference"),
				 text_column(id, "c.", "email"),
				 text_column(id, "c.", "first_name"),
				 text_column(id, "c.", "last_name"), search_text, name);
	relation->search_text = relation->has_search_text ?
		text_column(id, "", "search_text") :
		search_expression(id, "", "", " || ");
	relation->lower_reference =
		psprintf("lower(%s)", text_column(id, "", "customer_reference"));
}

static bool
relation_kind_is_readable(char kind)
{
	return kind == RELKIND_RELATION || kind == RELKIND_PARTITIONED_TABLE ||
		kind == RELKIND_VIEW || kind == RELKIND_MATVIEW ||
		kind == RELKIND_FOREIGN_TABLE;
}

/*
 * Finds and locks it, until the transaction ends: what is found must not be
 * another relation, or another's, by the time that it is read.
 */
static Oid
lock_relation(const char *schema_name, const char *name)
{
	Oid			relation = InvalidOid;

	for (;;)
	{
		Oid			schema = get_namespace_oid(schema_name, true);
		Oid			found = OidIsValid(schema) ?
		get_relname_relid(name, schema) : InvalidOid;

		if (found == relation)
			return relation;
		if (OidIsValid(relation))
			UnlockRelationOid(relation, AccessShareLock);
		relation = found;
		if (OidIsValid(relation))
			LockRelationOid(relation, AccessShareLock);
	}
}

char *
customer_relation_find(const char *name, CustomerRelation *relation,
					   bool *exists)
{
	char	   *copy = pstrdup(name);
	List	   *names;
	const char *quoted;
	char	   *complaint;
	Oid			owner;

	*exists = true;
	if (!SplitIdentifierString(copy, '.', &names) || list_length(names) != 2)
		return pstrdup("The relation is written as schema.name.");
	quoted = quote_qualified_identifier(linitial(names), lsecond(names));
	relation->id = lock_relation(linitial(names), lsecond(names));
	*exists = OidIsValid(relation->id);
	if (!*exists)
		return psprintf("Relation %s does not exist.", quoted);
	if (!relation_kind_is_readable(get_rel_relkind(relation->id)))
		return psprintf("%s is neither a table nor a view.", quoted);
	complaint = check_columns(relation->id, quoted);
	if (complaint != NULL)
		return complaint;
	owner = owner_of_extension();
	if (OidIsValid(owner) &&
		pg_class_aclcheck(relation->id, owner, ACL_SELECT) != ACLCHECK_OK)
		return psprintf("Role \"%s\", the extension's owner, may not read relation %s.",
						GetUserNameFromId(owner, false), quoted);
	relation->owner = owner_of_relation(relation->id);
	if (!NAMESPACE_IS_USABLE(get_rel_namespace(relation->id),
							 relation->owner))
		return psprintf("Role \"%s\", the owner of relation %s, may not use its schema.",
						GetUserNameFromId(relation->owner, false), quoted);
	relation->has_search_text =
		get_attnum(relation->id, "search_text") != InvalidAttrNumber;
	relation->words_are_marked = !relation->has_search_text ||
		strcmp(quoted, CUSTOMER_RELATION_BUILT_IN) == 0;
	describe(relation, quoted);
	return NULL;
}
