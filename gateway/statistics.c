/*
 * statistics.c
 *		The extension's numbers, among the gateway's.
 *
 * Each whole number of the view becomes a counter of its column's name, so that
 * a new version of the extension needs no new gateway.
 */
#include <libpq-fe.h>
#include <string.h>

#include "database.h"
#include "log.h"
#include "metrics.h"
#include "statistics.h"

#define PREFIX "agent_auth_"
#define QUERY \
	"SELECT *, extract(epoch FROM since)::text AS since_epoch," \
	" pg_catalog.has_function_privilege(pg_catalog.to_regprocedure(" \
	"  'agent_auth.audit_unsealed_since()'), 'EXECUTE')" \
	" AS " UNSEALED_COLUMN \
	" FROM agent_auth.statistics"
#define UNSEALED_QUERY \
	"SELECT coalesce(greatest(extract(epoch FROM" \
	" clock_timestamp() - agent_auth.audit_unsealed_since()), 0), 0)::text"
#define UNSEALED_COLUMN "unsealed_is_granted"
#define TIMEOUT_SECONDS 2
#define INT8_TYPE 20
#define SINCE_COLUMN "since_epoch"

/* What is known of a column; of another, its name says it. */
static const char *const helps[][2] = {
	{"logins_ok", "Logins that succeeded."},
	{"logins_failed", "Logins with a wrong name or password."},
	{"logins_locked", "Logins turned away as locked out."},
	{"tokens_issued", "Access tokens issued."},
	{"refreshes", "Refresh tokens exchanged."},
	{"reuse_detections", "Refresh tokens used twice: their sessions were ended."},
	{"verifications", "Access tokens verified."},
	{"cache_hits", "Of these, tokens that were remembered."}
};

static Database *database;
static char last_sqlstate[DATABASE_SQLSTATE_SIZE];

static const char *
help_of(const char *column)
{
	size_t		i;

	for (i = 0; i < sizeof(helps) / sizeof(helps[0]); i++)
		if (strcmp(helps[i][0], column) == 0)
			return helps[i][1];
	return "As agent_auth.statistics has it.";
}

static PGresult *
ask(const char *conninfo)
{
	char		sqlstate[DATABASE_SQLSTATE_SIZE] = "";
	PGresult   *rows;

	if (database == NULL)
		database = database_new(conninfo, TIMEOUT_SECONDS);
	if (database == NULL ||
		(!database_is_usable(database) && !database_reach(database, NULL)))
		return NULL;
	rows = database_select(database, QUERY, sqlstate);

	/* It is said once: it may be meant to be so. */
	if (rows == NULL && sqlstate[0] != '\0' &&
		strcmp(sqlstate, last_sqlstate) != 0)
		log_line(LOG_LEVEL_WARNING,
				 "msg=\"agent_auth.statistics cannot be read\" sqlstate=%s",
				 sqlstate);
	strcpy(last_sqlstate, sqlstate);
	return rows;
}

static void
write_row(FILE *out, const PGresult *rows)
{
	char		name[128];
	int			i;

	for (i = 0; i < PQnfields(rows); i++)
	{
		const char *column = PQfname(rows, i);

		if (PQftype(rows, i) == INT8_TYPE)
			snprintf(name, sizeof(name), PREFIX "%s_total", column);
		else if (strcmp(column, SINCE_COLUMN) == 0)
			snprintf(name, sizeof(name), PREFIX "statistics_start_time_seconds");
		else
			continue;
		if (PQftype(rows, i) == INT8_TYPE)
			metrics_begin(out, name, "counter", help_of(column));
		else
			metrics_begin(out, name, "gauge", "Since when these are counted.");
		fprintf(out, "%s %s\n", name, PQgetvalue(rows, 0, i));
	}
}

/* An older extension has no such function, an older role no right to it. */
static void
write_unsealed(FILE *out, const PGresult *statistics)
{
	char		sqlstate[DATABASE_SQLSTATE_SIZE] = "";
	int			granted = PQfnumber(statistics, UNSEALED_COLUMN);
	PGresult   *rows;

	if (granted < 0 || strcmp(PQgetvalue(statistics, 0, granted), "t") != 0)
		return;
	rows = database_select(database, UNSEALED_QUERY, sqlstate);
	if (rows != NULL && PQntuples(rows) == 1)
	{
		metrics_begin(out, PREFIX "audit_unsealed_age_seconds", "gauge",
					  "For how long the oldest row of the trail has waited for its seal; 0: none waits.");
		fprintf(out, PREFIX "audit_unsealed_age_seconds %s\n",
				PQgetvalue(rows, 0, 0));
	}
	PQclear(rows);
}

void
statistics_write(FILE *out, const char *conninfo)
{
	PGresult   *rows = ask(conninfo);
	bool		is_there = rows != NULL && PQntuples(rows) == 1;

	metrics_begin(out, PREFIX "up", "gauge",
				  "Whether agent_auth.statistics could be read.");
	fprintf(out, PREFIX "up %d\n", is_there ? 1 : 0);
	if (is_there)
	{
		write_row(out, rows);
		write_unsealed(out, rows);
	}
	PQclear(rows);
}

void
statistics_close(void)
{
	if (database != NULL)
		database_free(database);
	database = NULL;
}
