/*
 * compat.h
 *		The differences between PostgreSQL 15 and 19, and nothing else.
 *
 * Each macro stands for a whole feature, so that no other file needs to ask
 * for a version number.
 */
#ifndef AGENT_AUTH_COMPAT_H
#define AGENT_AUTH_COMPAT_H

#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "storage/ipc.h"
#include "utils/guc.h"
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

#if PG_VERSION_NUM < 150000
#error "agent_auth needs PostgreSQL 15 or later"
#endif

/* Before 16 the server leaves symbols visible and PGDLLEXPORT empty. */
#if PG_VERSION_NUM < 160000
#undef PGDLLEXPORT
#define PGDLLEXPORT __attribute__((visibility("default")))
#endif

/* Declares and exports a function that SQL calls. */
#define SQL_FUNCTION(name) \
	extern PGDLLEXPORT Datum name(PG_FUNCTION_ARGS); \
	PG_FUNCTION_INFO_V1(name)

/* The oid of a table's primary key. */
#if PG_VERSION_NUM < 180000
#define PRIMARY_KEY_INDEX(relation) RelationGetPrimaryKeyIndex(relation)
#else
#define PRIMARY_KEY_INDEX(relation) RelationGetPrimaryKeyIndex(relation, false)
#endif

/* What a setting's check hook allocates is freed by the server. */
#if PG_VERSION_NUM < 160000
#define guc_malloc(elevel, size) malloc(size)
#endif

/* Before 19 a tranche of locks has its name in each backend by itself. */
#if PG_VERSION_NUM < 190000
#define NEW_LWLOCK_TRANCHE(name) LWLockNewTrancheId()
#define REGISTER_LWLOCK_TRANCHE(tranche, name) LWLockRegisterTranche(tranche, name)
#else
#define NEW_LWLOCK_TRANCHE(name) LWLockNewTrancheId(name)
#define REGISTER_LWLOCK_TRANCHE(tranche, name) ((void) (tranche))
#endif

/* Whether a role has USAGE on a schema; for files that include utils/acl.h. */
#if PG_VERSION_NUM < 160000
#define NAMESPACE_IS_USABLE(schema, role) \
	(pg_namespace_aclcheck(schema, role, ACL_USAGE) == ACLCHECK_OK)
#else
#define NAMESPACE_IS_USABLE(schema, role) \
	(object_aclcheck(NamespaceRelationId, schema, role, ACL_USAGE) == ACLCHECK_OK)
#endif

/*
 * What a jsonb is built in, begun with zeroes, and a step of it; for files that
 * include utils/jsonb.h.  Its members "result" and "parseState" may be read.
 */
#if PG_VERSION_NUM < 190000
#define JSONB_BUILDER \
	struct { JsonbValue *result; JsonbParseState *parseState; }
#define JSONB_PUSH(builder, token, value) \
	((builder)->result = \
	 pushJsonbValue(&(builder)->parseState, (token), (value)))
#else
#define JSONB_BUILDER JsonbInState
#define JSONB_PUSH(builder, token, value) \
	pushJsonbValue((builder), (token), (value))
#endif

#endif							/* AGENT_AUTH_COMPAT_H */
