/*
 * owner.c
 *		Acting as the extension's owner for a moment.
 */
#include "compat.h"

#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "owner.h"

static Oid
find_owner(void)
{
	Oid			schema = get_namespace_oid("agent_auth", false);
	Oid			relation = get_relname_relid("session", schema);
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("table \"agent_auth.session\" does not exist")));
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

void
owner_enter(OwnerScope *scope)
{
	GetUserIdAndSecContext(&scope->user, &scope->context);
	SetUserIdAndSecContext(find_owner(),
						   scope->context | SECURITY_LOCAL_USERID_CHANGE);
}

void
owner_leave(const OwnerScope *scope)
{
	SetUserIdAndSecContext(scope->user, scope->context);
}
