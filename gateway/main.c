/*
 * main.c
 *		agent_auth_gateway: HTTP for the PostgreSQL extension agent_auth.
 *
 * It moves bytes between clients and one SQL function and knows no endpoint:
 *
 *		server -> exchange -> pool -> database
 *
 * The main thread starts all others and waits for the signal to stop.
 */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "log.h"
#include "pool.h"
#include "server.h"

static void
block_signals(sigset_t *stop)
{
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(stop);
	sigaddset(stop, SIGTERM);
	sigaddset(stop, SIGINT);

	/* Threads inherit it: the signals come to whoever waits for them. */
	pthread_sigmask(SIG_BLOCK, stop, NULL);
}

int
main(int argc, char **argv)
{
	Options		options;
	sigset_t	stop;
	int			signal_number;

	options_read(&options, argc, argv);
	block_signals(&stop);
	pool_start(options.conninfo, options.pool_size, options.db_timeout);
	server_start(&options);
	sigwait(&stop, &signal_number);
	log_line(LOG_LEVEL_INFO, "msg=stopping");
	server_stop();
	log_line(LOG_LEVEL_INFO, "msg=stopped");
	return EXIT_SUCCESS;
}
