/*
 * options.c
 *		What the gateway is told by its flags and its environment.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cors.h"
#include "database.h"
#include "log.h"
#include "options.h"

#define PROGRAM "agent_auth_gateway"
#define ENVIRONMENT_PREFIX "AGENT_AUTH_GATEWAY_"
#define EXIT_USAGE 2

/* One option: its value is text until all have been found. */
typedef struct Option
{
	const char *name;
	const char *initial;
	const char *argument;		/* "": none, the flag is the word */
	const char *help;
} Option;

enum
{
	LISTEN, PORT_FILE, TLS_CERTIFICATE, TLS_KEY, CONNINFO, POOL_SIZE, SLOW_POOL_SIZE,
	SLOW_QUEUE, BASE_URL,
	TRUSTED_PROXY, CORS_ORIGIN, MAX_BODY, MAX_HEADER, REQUEST_TIMEOUT,
	IDLE_TIMEOUT, DB_TIMEOUT, MAX_CONNECTIONS, MAX_CONNECTIONS_PER_ADDRESS,
	LOCKED_DELAY, NO_CONSOLE, METRICS_LISTEN, LOG_LEVEL, LOG_FORMAT,
	CHECK_CONFIG, NOPTIONS
};

static const Option table[NOPTIONS] = {
	[LISTEN] = {"listen", "127.0.0.1:8080", "ADDRESS:PORT",
	"where to listen; port 0 takes a free one"},
	[PORT_FILE] = {"port-file", "", "FILE",
	"write the port there once it is open"},
	[TLS_CERTIFICATE] = {"tls-certificate", "", "FILE",
	"speak TLS; PEM, ours first, its issuers after it; read again on SIGHUP"},
	[TLS_KEY] = {"tls-key", "", "FILE",
	"its key; PEM, without a password"},
	[CONNINFO] = {"conninfo", "", "CONNINFO",
	"the database, as libpq takes it; PGHOST and the like work too"},
	[POOL_SIZE] = {"pool-size", "8", "N",
	"connections to the database"},
	[SLOW_POOL_SIZE] = {"slow-pool-size", "4", "N",
	"more of them, for what takes long on purpose: passwords' hashes"},
	[SLOW_QUEUE] = {"slow-queue", "100", "N",
	"how many requests may wait for one of those; more get 503"},
	[BASE_URL] = {"base-url", "", "URL",
	"scheme and host that links show, instead of the request's"},
	[TRUSTED_PROXY] = {"trusted-proxy", "", "NETWORK,...",
	"whose X-Forwarded-For, -Proto and -Host are believed"},
	[CORS_ORIGIN] = {"cors-origin", "", "ORIGIN,...",
	"as agent_auth.cors_origins: whose pages may read the gateway's errors"},
	[MAX_BODY] = {"max-body", "65536", "BYTES",
	"longest request body"},
	[MAX_HEADER] = {"max-header", "16384", "BYTES",
	"longest request line and headers together"},
	[REQUEST_TIMEOUT] = {"request-timeout", "10", "SECONDS",
	"within which a whole request must arrive"},
	[IDLE_TIMEOUT] = {"idle-timeout", "60", "SECONDS",
	"after which an idle connection is closed"},
	[DB_TIMEOUT] = {"db-timeout", "15", "SECONDS",
	"within which the database must answer"},
	[MAX_CONNECTIONS] = {"max-connections", "12000", "N",
	"connections from clients at once"},
	[MAX_CONNECTIONS_PER_ADDRESS] = {"max-connections-per-address", "0", "N",
	"of these from one address, a proxy's included; 0: as many as there are"},
	[LOCKED_DELAY] = {"locked-delay", "250", "MILLISECONDS",
	"how long the answer to who is locked out is held back"},
	[NO_CONSOLE] = {"no-console", "", "",
	"serve no web page under /console"},
	[METRICS_LISTEN] = {"metrics-listen", "", "ADDRESS:PORT",
	"where Prometheus finds /metrics, in plain HTTP"},
	[LOG_LEVEL] = {"log-level", "info", "LEVEL",
	"error, warning, info (a line a request) or debug"},
	[LOG_FORMAT] = {"log-format", "logfmt", "FORMAT",
	"logfmt, or json: an object a line"},
	[CHECK_CONFIG] = {"check-config", "", "",
	"say whether the gateway would work, and serve nobody"},
};

static void
fail(const char *name, const char *value, const char *expected)
{
	fprintf(stderr, PROGRAM ": --%s cannot be \"%s\": %s\n",
			name, value, expected);
	exit(EXIT_USAGE);
}

static void
print_help(void)
{
	int			i;

	printf("Usage: " PROGRAM " [OPTION]...\n\n"
		   "Serves the HTTP endpoints of the PostgreSQL extension agent_auth.\n\n");
	for (i = 0; i < NOPTIONS; i++)
	{
		char		flag[64];

		snprintf(flag, sizeof(flag), "--%s %s", table[i].name,
				 table[i].argument);
		printf("  %-34s %s", flag, table[i].help);
		if (table[i].initial[0] != '\0')
			printf(" (%s)", table[i].initial);
		printf("\n");
	}
	printf("  %-34s %s\n  %-34s %s\n\n", "--help", "this text, and no more",
		   "--version", "the version, and no more");
	printf("Each is also read from the environment: --pool-size as "
		   ENVIRONMENT_PREFIX "POOL_SIZE.\n");
}

static const char *
from_environment(const char *name)
{
	char		variable[64];
	char	   *c;

	snprintf(variable, sizeof(variable), ENVIRONMENT_PREFIX "%s", name);
	for (c = variable; *c != '\0'; c++)
		*c = *c == '-' ? '_' : (char) toupper((unsigned char) *c);
	return getenv(variable);
}

/* What only says something, and ends. */
enum
{
	HELP = NOPTIONS, SHOW_VERSION, NFLAGS
};

static void
find_values(const char *values[NOPTIONS], int argc, char **argv)
{
	struct option flags[NFLAGS + 1] = {
		[HELP] = {"help", no_argument, NULL, HELP},
		[SHOW_VERSION] = {"version", no_argument, NULL, SHOW_VERSION}
	};
	int			i;

	for (i = 0; i < NOPTIONS; i++)
	{
		values[i] = from_environment(table[i].name);
		if (values[i] == NULL)
			values[i] = table[i].initial;
		flags[i] = (struct option)
		{
			table[i].name,
				table[i].argument[0] == '\0' ? no_argument : required_argument,
				NULL, i
		};
	}
	while ((i = getopt_long(argc, argv, "", flags, NULL)) != -1)
	{
		if (i == '?')
			exit(EXIT_USAGE);
		if (i == HELP)
			print_help();
		else if (i == SHOW_VERSION)
			printf(PROGRAM " " VERSION "\n");
		else
			values[i] = optarg == NULL ? "yes" : optarg;
		if (i == HELP || i == SHOW_VERSION)
			exit(EXIT_SUCCESS);
	}
	if (optind < argc)
	{
		fprintf(stderr, PROGRAM ": unexpected argument \"%s\"\n", argv[optind]);
		exit(EXIT_USAGE);
	}
}

static int
number(int option, const char *value, int min, int max)
{
	char		expected[64];
	char	   *end;
	long		n;

	errno = 0;
	n = strtol(value, &end, 10);
	if (errno == 0 && end != value && *end == '\0' && n >= min && n <= max)
		return (int) n;
	snprintf(expected, sizeof(expected), "a number from %d to %d is expected",
			 min, max);
	fail(table[option].name, value, expected);
	return 0;
}

/* Of a flag without an argument: in the environment it needs a value. */
static bool
is_on(int option, const char *value)
{
	if (strcmp(value, "yes") == 0)
		return true;
	if (value[0] != '\0' && strcmp(value, "no") != 0)
		fail(table[option].name, value, "in the environment yes or no is expected");
	return false;
}

/* "127.0.0.1:8080", "[::1]:8080" */
static void
read_listen(int option, const char *value, struct sockaddr_storage *result)
{
	const char *colon = strrchr(value, ':');
	char		address[INET6_ADDRSTRLEN + 2] = "";
	struct sockaddr_in *v4 = (struct sockaddr_in *) result;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *) result;
	size_t		len = colon == NULL ? 0 : (size_t) (colon - value);
	in_port_t	port;

	if (len == 0 || len >= sizeof(address))
		fail(table[option].name, value, "an address and a port are expected");
	port = htons((in_port_t) number(option, colon + 1, 0, 65535));
	memcpy(address, value, len);
	if (inet_pton(AF_INET, address, &v4->sin_addr) == 1)
	{
		v4->sin_family = AF_INET;
		v4->sin_port = port;
		return;
	}
	if (address[0] == '[' && address[len - 1] == ']')
	{
		address[len - 1] = '\0';
		if (inet_pton(AF_INET6, address + 1, &v6->sin6_addr) == 1)
		{
			v6->sin6_family = AF_INET6;
			v6->sin6_port = port;
			return;
		}
	}
	fail(table[option].name, value, "an IPv4 address or an IPv6 one in brackets is expected");
}

/* It may hold a password and is not repeated. */
static const char *
read_conninfo(const char *value)
{
	if (!database_can_read(value))
	{
		fprintf(stderr, PROGRAM ": --conninfo is neither \"name=value ...\" "
				"nor a URI that libpq can read\n");
		exit(EXIT_USAGE);
	}
	return value;
}

static void
read_base_url(Options *options, const char *value)
{
	const char *host = strstr(value, "://");

	if (value[0] == '\0')
		return;

	/* It may hold a password and is not repeated. */
	if (strchr(value, '@') != NULL)
	{
		fprintf(stderr, PROGRAM ": --base-url has no user and no password in it: "
				"\"https://\" or \"http://\" and a host are expected\n");
		exit(EXIT_USAGE);
	}
	if (strncmp(value, "https://", 8) == 0)
		options->scheme = "https";
	else if (strncmp(value, "http://", 7) == 0)
		options->scheme = "http";
	if (options->scheme == NULL || host[3] == '\0' ||
		strpbrk(host + 3, "/?#@ ") != NULL)
		fail("base-url", value, "\"https://\" or \"http://\" and a host are expected");
	options->host = host + 3;
}

/* Both or none. */
static void
read_tls(Options *options, const char *certificate, const char *key)
{
	if (certificate[0] == '\0' && key[0] == '\0')
		return;
	if (key[0] == '\0')
		fail("tls-key", key, "the key of --tls-certificate is expected");
	if (certificate[0] == '\0')
		fail("tls-certificate", certificate,
			 "the certificate of --tls-key is expected");
	options->tls_certificate = certificate;
	options->tls_key = key;
}

static void
read_cors_origins(Options *options, const char *value)
{
	if (value[0] == '\0')
		return;
	if (!cors_can_read(value))
		fail("cors-origin", value, "origins, such as https://shop.example.com, or * are expected");
	options->cors_origins = value;
}

static void
read_log_format(const char *value)
{
	if (strcmp(value, "json") == 0)
		log_set_json();
	else if (strcmp(value, "logfmt") != 0)
		fail("log-format", value, "logfmt or json is expected");
}

static void
read_log_level(const char *value)
{
	static const char *const levels[] = {"error", "warning", "info", "debug"};
	int			i;

	for (i = 0; i < 4; i++)
	{
		if (strcmp(value, levels[i]) == 0)
		{
			log_set_level((LogLevel) i);
			return;
		}
	}
	fail("log-level", value, "error, warning, info or debug is expected");
}

void
options_read(Options *options, int argc, char **argv)
{
	const char *values[NOPTIONS];

	memset(options, 0, sizeof(Options));
	find_values(values, argc, argv);
	read_listen(LISTEN, values[LISTEN], &options->listen);
	if (values[METRICS_LISTEN][0] != '\0')
		read_listen(METRICS_LISTEN, values[METRICS_LISTEN],
					&options->metrics_listen);
	read_tls(options, values[TLS_CERTIFICATE], values[TLS_KEY]);
	if (values[PORT_FILE][0] != '\0')
		options->port_file = values[PORT_FILE];
	options->conninfo = read_conninfo(values[CONNINFO]);
	options->pool_size = number(POOL_SIZE, values[POOL_SIZE], 1, 1000);
	options->slow_pool_size = number(SLOW_POOL_SIZE, values[SLOW_POOL_SIZE], 1, 1000);
	options->slow_queue = number(SLOW_QUEUE, values[SLOW_QUEUE], 1, 100000);
	read_base_url(options, values[BASE_URL]);
	if (!network_list_read(&options->trusted_proxies, values[TRUSTED_PROXY]))
		fail("trusted-proxy", values[TRUSTED_PROXY],
			 "addresses or networks, such as 10.0.0.0/8, are expected");
	read_cors_origins(options, values[CORS_ORIGIN]);
	options->max_body = number(MAX_BODY, values[MAX_BODY], 0, 1 << 24);
	options->max_header = number(MAX_HEADER, values[MAX_HEADER], 1024, 1 << 20);
	options->request_timeout = number(REQUEST_TIMEOUT, values[REQUEST_TIMEOUT], 1, 3600);
	options->idle_timeout = number(IDLE_TIMEOUT, values[IDLE_TIMEOUT], 1, 3600);
	options->db_timeout = number(DB_TIMEOUT, values[DB_TIMEOUT], 1, 3600);
	options->max_connections = number(MAX_CONNECTIONS, values[MAX_CONNECTIONS], 1, 100000);
	options->max_connections_per_address =
		number(MAX_CONNECTIONS_PER_ADDRESS, values[MAX_CONNECTIONS_PER_ADDRESS], 0, 100000);
	options->locked_delay = number(LOCKED_DELAY, values[LOCKED_DELAY], 0, 10000);
	options->no_console = is_on(NO_CONSOLE, values[NO_CONSOLE]);
	read_log_level(values[LOG_LEVEL]);
	read_log_format(values[LOG_FORMAT]);
	options->check_only = is_on(CHECK_CONFIG, values[CHECK_CONFIG]);
}
