/*
 * compat.h
 *		The differences between PostgreSQL 14 and 18, and nothing else.
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

#if PG_VERSION_NUM < 140000
#error "agent_auth needs PostgreSQL 14 or later"
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

/* Unknown settings under our prefix are errors, where the server can do it. */
#if PG_VERSION_NUM < 150000
#define MarkGUCPrefixReserved(prefix) EmitWarningsOnPlaceholders(prefix)
#endif

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

#endif							/* AGENT_AUTH_COMPAT_H */
