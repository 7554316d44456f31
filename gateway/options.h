/*
 * options.h
 *		What the gateway is told by its flags and its environment.
 */
#ifndef GATEWAY_OPTIONS_H
#define GATEWAY_OPTIONS_H

#include <sys/socket.h>

#include "network.h"

typedef struct Options
{
	struct sockaddr_storage listen;
	struct sockaddr_storage metrics_listen; /* its family 0: nowhere */
	const char *port_file;		/* NULL: none */
	const char *tls_certificate;	/* NULL: plain HTTP */
	const char *tls_key;
	const char *conninfo;
	int			pool_size;
	int			slow_pool_size;
	int			slow_queue;
	const char *scheme;			/* of the base URL; NULL: from the request */
	const char *host;
	NetworkList trusted_proxies;
	const char *cors_origins;	/* NULL: none */
	int			max_body;		/* bytes */
	int			max_header;		/* bytes, all headers of a request */
	int			request_timeout;	/* seconds, as all that follow */
	int			idle_timeout;
	int			db_timeout;
	int			max_connections;
	int			max_connections_per_address;	/* 0: any number */
	int			locked_delay;	/* milliseconds */
	bool		no_console;
	bool		check_only;		/* say whether all is well, and serve nobody */
} Options;

/*
 * Reads them, a flag before the environment's AGENT_AUTH_GATEWAY_<NAME>.  Ends
 * the program for --help and --version, and with status 2 and a sentence for
 * what makes no sense.
 */
extern void options_read(Options *options, int argc, char **argv);

#endif							/* GATEWAY_OPTIONS_H */
