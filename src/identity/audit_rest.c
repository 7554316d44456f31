/*
 * audit_rest.c
 *		Rows of the audit trail that no seal is on.
 *
 * They are of transactions after the end of their server's seals, or of those
 * that were left out.  Others were put where seals say that there is nothing:
 * into what is sealed, or what was purged.
 */
#include "postgres.h"

#include "access/transam.h"
#include "access/xlog.h"
#include "catalog/pg_type.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "executor/spi.h"
#include "identity/audit_rest.h"
#include "query.h"

#define UNSEALED_OF_SERVER \
	" FROM agent_auth.audit" \
	" WHERE system_identifier OPERATOR(pg_catalog.=) $1" \
	"  AND transaction_id OPERATOR(pg_catalog.>=) $2"

#define LEFT_OUT_OF_SERVER \
	" FROM agent_auth.audit" \
	" WHERE system_identifier OPERATOR(pg_catalog.=) $1" \
	"  AND transaction_id OPERATOR(pg_catalog.=) ANY ($2)"

static int64
count_all(void)
{
	static PreparedQuery query = {
		"SELECT pg_catalog.count(*) FROM agent_auth.audit", {InvalidOid}
	};

	query_read(&query, NULL, GetActiveSnapshot());
	return DatumGetInt64(query_value(0, 1, NULL));
}

/* Those after a transaction; *oldest is set when there are any. */
static int64
count_after(int64 system, uint64 from, TimestampTz *oldest)
{
	static PreparedQuery query = {
		"SELECT pg_catalog.count(*), pg_catalog.min(at)" UNSEALED_OF_SERVER,
		{INT8OID, XID8OID}
	};
	Datum		values[2];
	bool		none;
	Datum		first;

	values[0] = Int64GetDatum(system);
	values[1] = XID8(from);
	query_read(&query, values, GetActiveSnapshot());
	first = query_value(0, 2, &none);
	if (!none)
		*oldest = DatumGetTimestampTz(first);
	return DatumGetInt64(query_value(0, 1, NULL));
}

static int64
count_left_out(const AuditEnd *end)
{
	static PreparedQuery query = {
		"SELECT pg_catalog.count(*)" LEFT_OUT_OF_SERVER, {INT8OID, XID8ARRAYOID}
	};
	Datum		values[2];

	if (end->left_out.n == 0)
		return 0;
	values[0] = Int64GetDatum(end->system);
	values[1] = xid_set_datum(&end->left_out);
	query_read(&query, values, GetActiveSnapshot());
	return DatumGetInt64(query_value(0, 1, NULL));
}

static char *
complain_foreign(int64 system, int64 rows)
{
	return psprintf("Rows of another server, " INT64_FORMAT ", are under no seal: " INT64_FORMAT "; agent_auth.audit_adopt(" INT64_FORMAT ") seals them, if a dump brought them.",
					system, rows, system);
}

/* Counts those of servers that have no seal, and complains of the first. */
static int64
count_unknown(const AuditWalk *walk, char **complaint)
{
	static PreparedQuery query = {
		"SELECT system_identifier, pg_catalog.count(*)"
		" FROM agent_auth.audit"
		" WHERE system_identifier OPERATOR(pg_catalog.<>) ALL ($1)"
		" GROUP BY system_identifier ORDER BY system_identifier",
		{INT8ARRAYOID}
	};
	int64	   *known = palloc(sizeof(int64) * walk->nends);
	int64		rows = 0;
	Datum		value;
	uint64		n;

	for (int i = 0; i < walk->nends; i++)
		known[i] = walk->ends[i].system;
	value = query_array_argument(INT8OID, known, walk->nends);
	n = query_read(&query, &value, GetActiveSnapshot());
	for (uint64 i = 0; i < n; i++)
		rows += DatumGetInt64(query_value(i, 2, NULL));
	if (n > 0)
		*complaint = complain_foreign(DatumGetInt64(query_value(0, 1, NULL)),
									  DatumGetInt64(query_value(0, 2, NULL)));
	return rows;
}

/* What is wrong with this server's own; NULL: nothing. */
static char *
complain_own(const AuditEnd *end, TimestampTz oldest)
{
	TimestampTz unused;
	uint64		next = U64FromFullTransactionId(ReadNextFullTransactionId());
	int64		rows = count_after(end->system, next, &unused);

	if (rows > 0)
		return psprintf("Rows say transactions that have not begun yet: " INT64_FORMAT ".",
						rows);
	if (!TIMESTAMP_IS_NOBEGIN(end->floor) &&
		oldest < end->floor - CLOCK_TOLERANCE)
		return psprintf("Time runs backwards: a row that is under no seal says %s, and was not written before %s.",
						pstrdup(timestamptz_to_str(oldest)),
						pstrdup(timestamptz_to_str(end->floor)));
	return NULL;
}

/*
 * The numbers of rows are of one snapshot: what they do not add up to was put
 * where it cannot be.
 */
static char *
complain(AuditWalk *walk, int64 all)
{
	int64		own = (int64) GetSystemIdentifier();
	int64		unaccounted = all - walk->rows;
	char	   *own_complaint = NULL;
	char	   *foreign_complaint = NULL;
	int64		rows;

	(void) audit_walk_end_of(walk, own);
	for (int i = 0; i < walk->nends; i++)
	{
		AuditEnd   *end = &walk->ends[i];
		TimestampTz oldest = DT_NOEND;

		rows = count_after(end->system, end->until,
						   &oldest) + count_left_out(end);
		unaccounted -= rows;
		if (end->system == own)
			own_complaint = complain_own(end, oldest);
		else if (rows > 0)
			foreign_complaint = complain_foreign(end->system, rows);
	}
	if (unaccounted > 0)
		unaccounted -= count_unknown(walk, &foreign_complaint);
	if (unaccounted != 0)
		return psprintf("Rows were added to what is sealed, or to what was purged: " INT64_FORMAT ".",
						unaccounted);
	if (own_complaint != NULL)
		return own_complaint;
	return foreign_complaint != NULL ? foreign_complaint : walk->time_complaint;
}

void
audit_rest(AuditWalk *walk, AuditVerdict *verdict)
{
	int64		all = count_all();

	verdict->unsealed = Max(all - walk->rows, 0);
	if (verdict->complaint == NULL)
		verdict->complaint = complain(walk, all);
}

/* The first of the rows in question, by their transactions. */
static void
look_for_older(PreparedQuery *query, Datum *values, TimestampTz *since)
{
	if (query_read(query, values, GetActiveSnapshot()) > 0)
		*since = Min(*since, DatumGetTimestampTz(query_value(0, 1, NULL)));
	SPI_freetuptable(SPI_tuptable);
}

static void
since_of_server(int64 system, TimestampTz *since)
{
	static PreparedQuery after = {
		"SELECT at" UNSEALED_OF_SERVER
		" ORDER BY system_identifier, transaction_id LIMIT 1",
		{INT8OID, XID8OID}
	};
	static PreparedQuery left_out = {
		"SELECT at" LEFT_OUT_OF_SERVER " ORDER BY at LIMIT 1",
		{INT8OID, XID8ARRAYOID}
	};
	Datum		values[2];
	Seal		last;

	audit_chain_last_of(system, GetActiveSnapshot(), &last);
	values[0] = Int64GetDatum(system);
	values[1] = XID8(last.batch.until);
	look_for_older(&after, values, since);
	if (last.batch.left_out.n == 0)
		return;
	values[1] = xid_set_datum(&last.batch.left_out);
	look_for_older(&left_out, values, since);
}

bool
audit_rest_since(TimestampTz *since)
{
	static PreparedQuery query = {
		"SELECT system_identifier FROM agent_auth.audit"
		" WHERE system_identifier OPERATOR(pg_catalog.>) $1"
		" ORDER BY system_identifier LIMIT 1",
		{INT8OID}
	};
	int64		system = PG_INT64_MIN;
	Datum		value = Int64GetDatum(system);

	*since = DT_NOEND;
	while (query_read(&query, &value, GetActiveSnapshot()) > 0)
	{
		system = DatumGetInt64(query_value(0, 1, NULL));
		value = Int64GetDatum(system);
		SPI_freetuptable(SPI_tuptable);
		since_of_server(system, since);
	}
	return *since != DT_NOEND;
}
