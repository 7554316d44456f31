/*
 * owner.c
 *		Acting as the extension's owner for a moment.
 */
#include "compat.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "owner.h"

Oid
owner_of_relation(Oid relation)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		return InvalidOid;
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

Oid
owner_of_extension(void)
{
	Oid			schema = get_namespace_oid("agent_auth", true);

	return OidIsValid(schema) ?
		owner_of_relation(get_relname_relid("session", schema)) : InvalidOid;
}

void
owner_enter(OwnerScope *scope)
{
	Oid			owner = owner_of_extension();

	if (!OidIsValid(owner))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("table \"agent_auth.session\" does not exist")));
	GetUserIdAndSecContext(&scope->user, &scope->context);
	SetUserIdAndSecContext(owner,
						   scope->context | SECURITY_LOCAL_USERID_CHANGE);
}

void
owner_enter_as(OwnerScope *scope, Oid owner)
{
	GetUserIdAndSecContext(&scope->user, &scope->context);
	SetUserIdAndSecContext(owner,
						   scope->context | SECURITY_LOCAL_USERID_CHANGE |
						   SECURITY_RESTRICTED_OPERATION);
}

void
owner_leave(const OwnerScope *scope)
{
	SetUserIdAndSecContext(scope->user, scope->context);
}
