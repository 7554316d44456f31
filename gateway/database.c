/*
 * database.c
 *		One connection to the database.
 *
 * An error's text may quote anything, so that only its SQLSTATE is logged.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <json-c/json.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cancel.h"
#include "clock.h"
#include "database.h"
#include "log.h"
#include "metrics.h"

#define STATEMENT "http"
#define STATEMENT_TEXT \
	"SELECT status, headers, body" \
	" FROM agent_auth.http($1::text, $2::text, $3::jsonb, $4::bytea, $5::inet)"
#define NPARAMS 5

/* How long a host may take to be connected to; libpq takes 1 for 2. */
#define CONNECT_SECONDS 5

/* How long a cancelled statement may take to end. */
#define CANCEL_SECONDS 2

struct Database
{
	const char *conninfo;
	int			timeout;		/* seconds */
	PGconn	   *connection;		/* NULL when there is none */
	bool		is_standby;		/* has turned out to be read-only */
};

bool
database_can_read(const char *conninfo)
{
	PQconninfoOption *options;

	/* Anything else is the name of a database (libpq, "expand_dbname"). */
	if (strchr(conninfo, '=') == NULL &&
		strncmp(conninfo, "postgres://", 11) != 0 &&
		strncmp(conninfo, "postgresql://", 13) != 0)
		return true;
	options = PQconninfoParse(conninfo, NULL);
	PQconninfoFree(options);
	return options != NULL;
}

Database *
database_new(const char *conninfo, int timeout)
{
	Database   *database = calloc(1, sizeof(Database));

	if (database == NULL)
		return NULL;
	database->conninfo = conninfo;
	database->timeout = timeout;
	return database;
}

static void
disconnect(Database *database)
{
	PQfinish(database->connection);
	database->connection = NULL;
}

static void
copy_reason(const Database *database, char reason[DATABASE_REASON_SIZE])
{
	const char *message = PQerrorMessage(database->connection);

	/* libpq knows of no error where only the time has run out. */
	snprintf(reason, DATABASE_REASON_SIZE, "%s",
			 message[0] == '\0' ? "it takes too long" : message);
}

static int
wait_for_socket(Database *database, short events, int milliseconds)
{
	struct pollfd fd = {PQsocket(database->connection), events, 0};
	int			n;

	do
		n = poll(&fd, 1, milliseconds);
	while (n < 0 && errno == EINTR);
	return n;
}

bool
database_is_usable(Database *database)
{
	if (database->connection == NULL)
		return false;

	/* A server that ends says why, and then closes: two readings. */
	while (PQstatus(database->connection) == CONNECTION_OK &&
		   wait_for_socket(database, POLLIN, 0) > 0)
		if (!PQconsumeInput(database->connection))
			break;
	if (PQstatus(database->connection) == CONNECTION_OK &&
		PQtransactionStatus(database->connection) == PQTRANS_IDLE)
		return true;
	log_line(LOG_LEVEL_WARNING, "msg=\"the database has closed a connection\"");
	disconnect(database);
	return false;
}

/* True when a result can be taken without waiting any more. */
static bool
wait_for_result(Database *database, long deadline)
{
	PGconn	   *connection = database->connection;

	for (;;)
	{
		int			unsent = PQflush(connection);
		long		left = deadline - clock_milliseconds();

		if (unsent == 0 && !PQisBusy(connection))
			return true;
		if (unsent < 0 || left <= 0 ||
			wait_for_socket(database, unsent ? POLLIN | POLLOUT : POLLIN,
							(int) left) < 0 ||
			!PQconsumeInput(connection))
			return false;
	}
}

/* Notices may quote anything; libpq would write them to standard error. */
static void
ignore_notice(void *arg, const PGresult *result)
{
}

static bool
prepare(Database *database)
{
	long		deadline = clock_milliseconds() + database->timeout * 1000L;
	bool		ok = true;
	PGresult   *result;

	if (!PQsendPrepare(database->connection, STATEMENT, STATEMENT_TEXT,
					   NPARAMS, NULL))
		return false;
	do
	{
		if (!wait_for_result(database, deadline))
			return false;
		result = PQgetResult(database->connection);
		if (result != NULL && PQresultStatus(result) != PGRES_COMMAND_OK)
			ok = false;
		PQclear(result);
	} while (result != NULL);
	return ok;
}

bool
database_reach(Database *database, char reason[DATABASE_REASON_SIZE])
{
	char		timeout[16];
	char		patience[16];

	/* What the conninfo says itself comes later and wins. */
	const char *names[] = {
		"connect_timeout", "tcp_user_timeout", "fallback_application_name",
		"client_encoding", "dbname", NULL
	};
	const char *values[] = {
		patience, timeout, "agent_auth_gateway", "UTF8", database->conninfo, NULL
	};

	/* Cancelling has no other limit where the network swallows all. */
	snprintf(timeout, sizeof(timeout), "%d", database->timeout * 1000);
	snprintf(patience, sizeof(patience), "%d",
			 database->timeout < CONNECT_SECONDS ? database->timeout : CONNECT_SECONDS);
	disconnect(database);
	database->connection = PQconnectdbParams(names, values, 1);
	PQsetNoticeReceiver(database->connection, ignore_notice, NULL);
	if (PQstatus(database->connection) == CONNECTION_OK &&
		PQsetnonblocking(database->connection, 1) == 0)
		return true;
	if (reason != NULL)
		copy_reason(database, reason);
	disconnect(database);
	return false;
}

bool
database_connect(Database *database)
{
	char		reason[DATABASE_REASON_SIZE];
	char		quoted[DATABASE_REASON_SIZE];

	if (database_reach(database, reason))
	{
		if (prepare(database))
			return true;
		copy_reason(database, reason);
		disconnect(database);
	}
	metrics_count(METRIC_CONNECT_FAILURES);
	log_line(LOG_LEVEL_WARNING, "msg=\"no connection to the database\" reason=%s",
			 log_quote(reason, quoted, sizeof(quoted)));
	return false;
}

/* SQLSTATEs that another try, later or elsewhere, may not meet. */
static bool
is_passing(const char *sqlstate)
{
	return strncmp(sqlstate, "08", 2) == 0 ||	/* connection exception */
		strncmp(sqlstate, "57P", 3) == 0 || /* the server stops or starts */
		strcmp(sqlstate, "53300") == 0 ||	/* too many connections */
		strcmp(sqlstate, "40001") == 0 ||	/* another came in between */
		strcmp(sqlstate, "40P01") == 0 ||
		strcmp(sqlstate, "55P03") == 0 ||	/* another has locked it */
		strcmp(sqlstate, "57014") == 0 ||	/* cancelled: took too long */
		strcmp(sqlstate, "25006") == 0; /* a standby */
}

static DatabaseResult
classify(const PGresult *result)
{
	const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);

	if (sqlstate == NULL)
		return DATABASE_UNAVAILABLE;
	log_line(LOG_LEVEL_ERROR, "msg=\"the database raised an error\" sqlstate=%s",
			 sqlstate);
	metrics_database_error(sqlstate);
	return is_passing(sqlstate) ? DATABASE_UNAVAILABLE : DATABASE_FAULT;
}

/* After a failover the next connection may find the server to write to. */
static bool
is_standby(const PGresult *result)
{
	const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);

	return sqlstate != NULL && strcmp(sqlstate, "25006") == 0;
}

/* A jsonb value in binary form: a version, 1, and its text. */
static struct json_object *
read_headers(const PGresult *result)
{
	const char *value = PQgetvalue(result, 0, 1);
	int			len = PQgetlength(result, 0, 1);
	struct json_tokener *tokener;
	struct json_object *headers;

	if (len < 1 || value[0] != 1 || (tokener = json_tokener_new()) == NULL)
		return NULL;
	headers = json_tokener_parse_ex(tokener, value + 1, len - 1);
	json_tokener_free(tokener);
	if (!json_object_is_type(headers, json_type_object))
	{
		json_object_put(headers);
		return NULL;
	}
	return headers;
}

static bool
read_answer(const PGresult *result, Answer *answer)
{
	uint32_t	status;

	if (PQntuples(result) != 1 || PQnfields(result) != 3 ||
		PQgetlength(result, 0, 0) != (int) sizeof(status))
		return false;
	memcpy(&status, PQgetvalue(result, 0, 0), sizeof(status));
	answer->status = (int) ntohl(status);
	answer->headers = read_headers(result);
	answer->body_len = (size_t) PQgetlength(result, 0, 2);
	answer->body = malloc(answer->body_len + 1);
	if (answer->body == NULL)
		return false;
	memcpy(answer->body, PQgetvalue(result, 0, 2), answer->body_len);

	/* libpq would free it as it is. */
	explicit_bzero(PQgetvalue(result, 0, 2), answer->body_len);
	return answer->headers != NULL &&
		answer->status >= 200 && answer->status <= 599;
}

static bool
send_question(Database *database, const Question *question)
{
	const char *values[NPARAMS] = {
		question->method, question->target, question->headers,
		question->body, question->peer
	};
	int			lengths[NPARAMS] = {0, 0, 0, (int) question->body_len, 0};
	int			formats[NPARAMS] = {0, 0, 0, 1, 0};

	return PQsendQueryPrepared(database->connection, STATEMENT, NPARAMS,
							   values, lengths, formats, 1) == 1;
}

/*
 * Takes every result up to the end: the commit comes after the row, and may
 * fail yet.
 */
static DatabaseResult
receive(Database *database, Answer *answer, long deadline)
{
	DatabaseResult outcome = DATABASE_UNAVAILABLE;
	bool		failed = false;
	PGresult   *result;

	for (;;)
	{
		if (!wait_for_result(database, deadline))
			return DATABASE_UNAVAILABLE;
		result = PQgetResult(database->connection);
		if (result == NULL)
			return PQstatus(database->connection) == CONNECTION_OK ?
				outcome : DATABASE_UNAVAILABLE;
		if (PQresultStatus(result) != PGRES_TUPLES_OK)
		{
			outcome = classify(result);
			database->is_standby = is_standby(result);
			failed = true;
		}
		else if (!failed)
			outcome = read_answer(result, answer) ?
				DATABASE_ANSWERED : DATABASE_FAULT;
		PQclear(result);
	}
}

/* Whether all was received, so that the connection can be asked again. */
static bool
is_idle(Database *database)
{
	return PQstatus(database->connection) == CONNECTION_OK &&
		PQtransactionStatus(database->connection) == PQTRANS_IDLE;
}

DatabaseResult
database_ask(Database *database, const Question *question, Answer *answer,
			 long deadline)
{
	DatabaseResult outcome = DATABASE_UNAVAILABLE;

	database->is_standby = false;
	if (send_question(database, question))
		outcome = receive(database, answer, deadline);
	return is_idle(database) ? outcome : DATABASE_UNAVAILABLE;
}

/*
 * The connection is kept only where the server has heard: it must not cancel
 * what is asked next.
 */
static void
call_off(Database *database)
{
	long		deadline = clock_milliseconds() + CANCEL_SECONDS * 1000L;
	Cancel	   *cancel = cancel_start(database->connection);
	Answer		nothing = {0};

	log_line(LOG_LEVEL_WARNING, "msg=\"the database takes too long\"");
	(void) receive(database, &nothing, deadline);
	answer_clear(&nothing);
	if (!cancel_finish(cancel, deadline))
		disconnect(database);
}

void
database_settle(Database *database)
{
	if (database->connection != NULL && !is_idle(database) &&
		PQstatus(database->connection) == CONNECTION_OK)
		call_off(database);
	if (database->connection != NULL &&
		(!is_idle(database) || database->is_standby))
		disconnect(database);
}

/* The rows, which come first; an error may come after them. */
static PGresult *
receive_rows(Database *database, long deadline,
			 char sqlstate[DATABASE_SQLSTATE_SIZE])
{
	PGresult   *rows = NULL;
	PGresult   *result;

	for (;;)
	{
		if (!wait_for_result(database, deadline))
			break;
		result = PQgetResult(database->connection);
		if (result == NULL)
			return rows;
		if (rows == NULL && PQresultStatus(result) == PGRES_TUPLES_OK)
		{
			rows = result;
			continue;
		}
		snprintf(sqlstate, DATABASE_SQLSTATE_SIZE, "%s",
				 PQresultErrorField(result, PG_DIAG_SQLSTATE) == NULL ? "" :
				 PQresultErrorField(result, PG_DIAG_SQLSTATE));
		PQclear(result);
		PQclear(rows);
		rows = NULL;
	}
	PQclear(rows);
	return NULL;
}

/* Leaves the connection closed where it was not answered. */
static PGresult *
select_until(Database *database, const char *query, long deadline,
			 char sqlstate[DATABASE_SQLSTATE_SIZE])
{
	PGresult   *rows = NULL;

	sqlstate[0] = '\0';
	if (PQsendQuery(database->connection, query))
		rows = receive_rows(database, deadline, sqlstate);
	if (!is_idle(database))
	{
		if (PQstatus(database->connection) == CONNECTION_OK)
			(void) cancel_finish(cancel_start(database->connection), 0);
		disconnect(database);
	}
	return rows;
}

PGresult *
database_select(Database *database, const char *query,
				char sqlstate[DATABASE_SQLSTATE_SIZE])
{
	return select_until(database, query,
						clock_milliseconds() + database->timeout * 1000L,
						sqlstate);
}

bool
database_answers(Database *database, const char *query, long deadline)
{
	char		sqlstate[DATABASE_SQLSTATE_SIZE];

	PQclear(select_until(database, query, deadline, sqlstate));
	return database->connection != NULL;
}

void
database_free(Database *database)
{
	disconnect(database);
	free(database);
}
