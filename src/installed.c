/*
 * installed.c
 *		Whether the SQL objects of this database are those that the library
 *		was made for.
 *
 * Between "make install" and ALTER EXTENSION ... UPDATE new backends have the
 * new library and the old objects.  Each statement of ours would fail then in a
 * way of its own, or worse, would work in part; so the first one that a backend
 * prepares fails with an error that says what to do.
 */
#include "compat.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "catalog/pg_extension.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"

#include "installed.h"

/* Releases whose objects lack what this library's statements name. */
static const char *const older_versions[] = {"0.1.0"};

/* The version of the database's objects, palloc'd; NULL where there are none. */
static char *
installed_version(void)
{
	Relation	extensions = table_open(ExtensionRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	char	   *version = NULL;

	ScanKeyInit(&key, Anum_pg_extension_extname, BTEqualStrategyNumber,
				F_NAMEEQ, CStringGetDatum("agent_auth"));
	scan = systable_beginscan(extensions, ExtensionNameIndexId, true, NULL, 1,
							  &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
	{
		bool		isnull;
		Datum		value = heap_getattr(tuple, Anum_pg_extension_extversion,
										 RelationGetDescr(extensions), &isnull);

		if (!isnull)
			version = TextDatumGetCString(value);
	}
	systable_endscan(scan);
	table_close(extensions, AccessShareLock);
	return version;
}

void
installed_check(void)
{
	static bool checked = false;
	char	   *version;

	if (checked)
		return;
	version = installed_version();
	for (size_t i = 0; version != NULL && i < lengthof(older_versions); i++)
		if (strcmp(version, older_versions[i]) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					 errmsg("extension \"agent_auth\" has not been updated in this database"),
					 errdetail("Its objects are of version %s, its library is of version %s.",
							   version, AGENT_AUTH_VERSION),
					 errhint("Run ALTER EXTENSION agent_auth UPDATE.")));
	checked = true;
}
