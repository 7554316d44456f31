/*
 * audit_batch.c
 *		The rows of the audit trail that one seal is on.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/array.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "identity/audit_batch.h"
#include "query.h"

XidSet
xid_set_read(Datum array)
{
	XidSet		set = {0};
	int16		len;
	bool		byval;
	char		align;
	Datum	   *elements;

	get_typlenbyvalalign(XID8OID, &len, &byval, &align);
	deconstruct_array(DatumGetArrayTypeP(array), XID8OID, len, byval, align,
					  &elements, NULL, &set.n);
	set.xids = palloc(sizeof(uint64) * Max(set.n, 1));
	for (int i = 0; i < set.n; i++)
		set.xids[i] = (uint64) DatumGetInt64(elements[i]);
	return set;
}

Datum
xid_set_datum(const XidSet *set)
{
	return query_array_argument(XID8OID, (const int64 *) set->xids, set->n);
}

bool
xid_set_has(const XidSet *set, uint64 xid)
{
	int			low = 0;
	int			high = set->n;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		if (set->xids[middle] < xid)
			low = middle + 1;
		else
			high = middle;
	}
	return low < set->n && set->xids[low] == xid;
}

XidSet
xid_set_without(const XidSet *a, const XidSet *b)
{
	XidSet		rest = {0, palloc(sizeof(uint64) * Max(a->n, 1))};

	for (int i = 0; i < a->n; i++)
		if (!xid_set_has(b, a->xids[i]))
			rest.xids[rest.n++] = a->xids[i];
	return rest;
}

XidSet
xid_set_union(const XidSet *a, const XidSet *b, uint64 before)
{
	XidSet		all = {0, palloc(sizeof(uint64) * Max(a->n + b->n, 1))};
	int			i = 0;
	int			j = 0;

	while (i < a->n || j < b->n)
	{
		uint64		xid;

		if (j == b->n || (i < a->n && a->xids[i] <= b->xids[j]))
			xid = a->xids[i++];
		else
			xid = b->xids[j++];
		if (xid < before && (all.n == 0 || all.xids[all.n - 1] != xid))
			all.xids[all.n++] = xid;
	}
	return all;
}

/* What rows say, in a form that no setting changes. */
#define ROWS_SAY \
	"SELECT pg_catalog.count(*), pg_catalog.min(at), pg_catalog.max(at)," \
	" pg_catalog.sha256(COALESCE(pg_catalog.string_agg(" \
	"  pg_catalog.sha256(pg_catalog.convert_to(" \
	"   pg_catalog.jsonb_build_array(id, EXTRACT(epoch FROM at), event," \
	"    agent_id, username, customer_reference, session_id, peer," \
	"    user_agent, detail, detail IS NULL," \
	"    transaction_id::pg_catalog.text)::pg_catalog.text, 'UTF8'))," \
	"  '' ORDER BY id), ''))" \
	" FROM agent_auth.audit"

#define DELETE_ROWS "DELETE FROM agent_auth.audit"

#define OF_WHOLE_RANGE \
	" WHERE system_identifier OPERATOR(pg_catalog.=) $1" \
	"  AND transaction_id OPERATOR(pg_catalog.>=) $2" \
	"  AND transaction_id OPERATOR(pg_catalog.<) $3"

/* Asked of each row, which costs something. */
#define OF_RANGE \
	OF_WHOLE_RANGE "  AND transaction_id OPERATOR(pg_catalog.<>) ALL ($4)"

#define OF_LATE \
	" WHERE system_identifier OPERATOR(pg_catalog.=) $1" \
	"  AND transaction_id OPERATOR(pg_catalog.=) ANY ($2)"

/* One statement on the rows of each kind of batch. */
typedef struct BatchQuery
{
	PreparedQuery whole_range;
	PreparedQuery range;
	PreparedQuery late;
} BatchQuery;

#define BATCH_QUERY(statement) { \
	{statement OF_WHOLE_RANGE, {INT8OID, XID8OID, XID8OID}}, \
	{statement OF_RANGE, {INT8OID, XID8OID, XID8OID, XID8ARRAYOID}}, \
	{statement OF_LATE, {INT8OID, XID8ARRAYOID}} \
}

/* The one for a batch, and its arguments. */
static PreparedQuery *
choose(BatchQuery *query, const Batch *batch, Datum values[4])
{
	values[0] = Int64GetDatum(batch->system);
	if (batch->from == batch->until)
	{
		values[1] = xid_set_datum(&batch->late);
		return &query->late;
	}
	values[1] = XID8(batch->from);
	values[2] = XID8(batch->until);
	if (batch->left_out.n == 0)
		return &query->whole_range;
	values[3] = xid_set_datum(&batch->left_out);
	return &query->range;
}

void
audit_batch_read(Batch *batch, Snapshot snapshot)
{
	static BatchQuery query = BATCH_QUERY(ROWS_SAY);
	Datum		values[4];
	PreparedQuery *chosen = choose(&query, batch, values);
	bytea	   *digest;

	query_read(chosen, values, snapshot);
	batch->rows = DatumGetInt64(query_value(0, 1, NULL));
	batch->first_at = DatumGetTimestampTz(query_value(0, 2, NULL));
	batch->last_at = DatumGetTimestampTz(query_value(0, 3, NULL));
	digest = DatumGetByteaPP(query_value(0, 4, NULL));
	memcpy(batch->digest, VARDATA_ANY(digest), DIGEST_LENGTH);
	SPI_freetuptable(SPI_tuptable);
}

uint64
audit_batch_delete(const Batch *batch)
{
	static BatchQuery query = BATCH_QUERY(DELETE_ROWS);
	Datum		values[4];
	PreparedQuery *chosen = choose(&query, batch, values);

	return query_run(chosen, values, NULL);
}
