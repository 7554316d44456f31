/*
 * check.c
 *		Whether the gateway would work as it is told to.
 *
 * Nothing is changed anywhere, and a gateway that runs is not disturbed: ports
 * are taken for a moment where they are free, and nobody is listened to there.
 */
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <libpq-fe.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "clock.h"
#include "database.h"
#include "listener.h"
#include "log.h"
#include "process.h"
#include "tls.h"

#define JWKS "/.well-known/jwks.json"

static int	nwrong;

static void say(const char *verdict, const char *format,...)
			__attribute__((format(printf, 2, 3)));

/* "verdict" is ok, note, warning or wrong. */
static void
say(const char *verdict, const char *format,...)
{
	va_list		args;

	if (strcmp(verdict, "wrong") == 0)
		nwrong++;
	printf("%-8s ", verdict);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
}

/* What came from elsewhere goes on one line. */
static char *
one_line(char *text)
{
	char	   *c;

	for (c = text; *c != '\0'; c++)
		if ((unsigned char) *c < ' ' || *c == 0x7F)
			*c = ' ';
	while (c > text && c[-1] == ' ')
		*--c = '\0';
	return text;
}

/* The port may be in use by the gateway that runs: it is to make room then. */
static void
check_address(const char *flag, const struct sockaddr_storage *address)
{
	int			fd = listener_bind(address);

	if (fd >= 0)
	{
		say("ok", "--%s: this host can listen there", flag);
		close(fd);
	}
	else if (errno == EADDRINUSE)
		say("note", "--%s: the port is in use, perhaps by a gateway that runs",
			flag);
	else
		say("wrong", "--%s: this host cannot listen there: %s", flag,
			strerror(errno));
}

static void
check_addresses(const Options *options)
{
	check_address("listen", &options->listen);
	if (options->metrics_listen.ss_family == 0)
		return;
	if (listener_same(&options->listen, &options->metrics_listen))
		say("wrong", "--metrics-listen: --listen has that port already");
	else
		check_address("metrics-listen", &options->metrics_listen);
}

/* It is made under another name in the same folder, and renamed. */
static void
check_port_file(const char *name)
{
	const char *slash;
	char	   *folder;
	struct stat status;

	if (name == NULL)
		return;
	slash = strrchr(name, '/');
	folder = slash == NULL ? strdup(".") :
		strndup(name, slash == name ? 1 : (size_t) (slash - name));
	if (folder == NULL)
		return;
	if (faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) != 0)
		say("wrong", "--port-file: no file can be made in its folder: %s",
			strerror(errno));
	else if (stat(name, &status) == 0 && S_ISDIR(status.st_mode))
		say("wrong", "--port-file: it cannot be written: %s", strerror(EISDIR));
	else
		say("ok", "--port-file: it can be written");
	free(folder);
}

static void
check_tls(const Options *options)
{
	char		complaint[TLS_COMPLAINT_SIZE];
	char		date[32];
	time_t		expires;
	struct tm	utc;

	if (options->tls_certificate == NULL)
		return;
	if (!tls_load(options->tls_certificate, options->tls_key, complaint))
	{
		say("wrong", "%s", one_line(complaint));
		return;
	}
	expires = (time_t) tls_expires();
	gmtime_r(&expires, &utc);
	strftime(date, sizeof(date), "%Y-%m-%d", &utc);
	say("ok", "--tls-certificate: it belongs to the key, and is good until %s",
		date);
	if (tls_warning() != NULL)
		say("warning", "%s", tls_warning());
}

static void
check_connections(Options *options)
{
	int			wanted = options->max_connections;

	/* Its line in the log would say the same. */
	log_set_level(LOG_LEVEL_ERROR);
	process_start(options);
	if (options->max_connections == wanted)
		say("ok", "--max-connections: %d files may be open for them", wanted);
	else
		say("warning", "--max-connections: the limit of open files allows %d only: raise it (LimitNOFILE, ulimit -n)",
			options->max_connections);
}

/* How many keys the answer has; -1 when it is no answer of the kind. */
static long
count_keys(const Answer *answer)
{
	struct json_tokener *tokener;
	struct json_object *document;
	struct json_object *keys = NULL;
	long		n = -1;

	if (answer->status != 200 || (tokener = json_tokener_new()) == NULL)
		return -1;
	document = json_tokener_parse_ex(tokener, answer->body, (int) answer->body_len);
	json_tokener_free(tokener);
	if (json_object_is_type(document, json_type_object) &&
		json_object_object_get_ex(document, "keys", &keys) &&
		json_object_is_type(keys, json_type_array))
		n = (long) json_object_array_length(keys);
	json_object_put(document);
	return n;
}

/* The front door, by a question that changes nothing. */
static void
check_front_door(Database *database, int timeout)
{
	Question	question = {"GET", JWKS, "{}", "127.0.0.1", "", 0};
	Answer		answer = {0};
	DatabaseResult result = database_ask(database, &question, &answer,
										 clock_milliseconds() + timeout * 1000L);
	long		nkeys;

	database_settle(database);
	if (result != DATABASE_ANSWERED)
	{
		say("wrong", "agent_auth.http() raised an error: the server's log has it");
		return;
	}
	nkeys = count_keys(&answer);
	if (nkeys > 0)
		say("ok", "agent_auth.http() answers, with %ld key%s", nkeys,
			nkeys == 1 ? "" : "s");
	else if (nkeys == 0)
		say("wrong", "there is no signing key: SELECT agent_auth.rotate_signing_key()");
	else
		say("wrong", "agent_auth.http() answers GET " JWKS " with status %d",
			answer.status);
	answer_clear(&answer);
}

/* Whether a query of one row and column says true. */
static bool
is_true(Database *database, const char *query)
{
	char		sqlstate[DATABASE_SQLSTATE_SIZE];
	PGresult   *rows;
	bool		result;

	if (!database_is_usable(database))
		return false;
	rows = database_select(database, query, sqlstate);
	result = rows != NULL && PQntuples(rows) == 1 &&
		strcmp(PQgetvalue(rows, 0, 0), "t") == 0;
	PQclear(rows);
	return result;
}

/* What keeps the role from the front door; NULL: nothing. */
static const char *
missing_grant(Database *database)
{
	if (!is_true(database, "SELECT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = 'agent_auth')"))
		return "the database has no extension agent_auth: CREATE EXTENSION agent_auth CASCADE";
	if (!is_true(database, "SELECT pg_catalog.has_schema_privilege('agent_auth', 'USAGE')"))
		return "the role may not use the schema: GRANT USAGE ON SCHEMA agent_auth TO it";
	if (!is_true(database, "SELECT pg_catalog.has_function_privilege('agent_auth.http(text,text,jsonb,bytea,inet)', 'EXECUTE')"))
		return "the role may not call the front door: GRANT EXECUTE ON FUNCTION agent_auth.http TO it";
	return NULL;
}

static void
check_role(Database *database, const Options *options)
{
	if (is_true(database, "SELECT rolsuper OR rolbypassrls FROM pg_catalog.pg_roles WHERE rolname = current_user"))
		say("warning", "the role is a superuser or bypasses row security: it needs neither");
	if (options->metrics_listen.ss_family != 0 &&
		!is_true(database, "SELECT pg_catalog.has_table_privilege('agent_auth.statistics', 'SELECT')"
				 " AND pg_catalog.has_function_privilege('agent_auth.read_statistics()', 'EXECUTE')"
				 " AND pg_catalog.has_function_privilege('agent_auth.audit_unsealed_since()', 'EXECUTE')"))
		say("warning", "/metrics lacks numbers of the extension: GRANT SELECT ON agent_auth.statistics"
			" and EXECUTE ON FUNCTION agent_auth.read_statistics, agent_auth.audit_unsealed_since TO the role");
	if (is_true(database, "SELECT pg_catalog.has_function_privilege('agent_auth.check_config()', 'EXECUTE')"))
		say("note", "the role may call agent_auth.check_config(), which looks at the database's side");
	else
		say("note", "SELECT * FROM agent_auth.check_config(), as a superuser, looks at the database's side");
}

static void
check_database(const Options *options)
{
	Database   *database = database_new(options->conninfo, options->db_timeout);
	char		reason[DATABASE_REASON_SIZE];
	const char *missing;

	if (database == NULL)
		return;
	if (!database_reach(database, reason))
		say("wrong", "no connection to the database: %s", one_line(reason));
	else
	{
		say("ok", "--conninfo: connected to the database");
		missing = missing_grant(database);
		if (missing != NULL)
			say("wrong", "%s", missing);
		else if (database_connect(database))
		{
			check_front_door(database, options->db_timeout);
			check_role(database, options);
		}
		else
			say("wrong", "agent_auth.http() is not what this gateway calls: are they of one version?");
	}
	database_free(database);
}

int
check_config(Options *options)
{
	check_addresses(options);
	check_port_file(options->port_file);
	check_tls(options);
	check_connections(options);
	check_database(options);
	return nwrong == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
