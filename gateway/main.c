/*
 * main.c
 *		agent_auth_gateway: HTTP for the PostgreSQL extension agent_auth.
 *
 * It moves bytes between clients and one SQL function and knows no endpoint:
 *
 *		server -> exchange -> pool -> database
 *
 * The main thread starts all others and waits for signals: to stop, or to read
 * the certificate again.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "cancel.h"
#include "check.h"
#include "client.h"
#include "log.h"
#include "monitor.h"
#include "pool.h"
#include "process.h"
#include "server.h"
#include "tls.h"

#define EXIT_USAGE 2

/* How often to see whether the handshakes of before are over. */
#define LOOK_SECONDS 1

/* For connections to be closed, when all requests are answered. */
#define GRACE_SECONDS 10

static void
block_signals(sigset_t *signals)
{
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(signals);
	sigaddset(signals, SIGTERM);
	sigaddset(signals, SIGINT);
	sigaddset(signals, SIGHUP);

	/* Threads inherit it: the signals come to whoever waits for them. */
	pthread_sigmask(SIG_BLOCK, signals, NULL);
}

static void
start_tls(const Options *options)
{
	char		complaint[TLS_COMPLAINT_SIZE];

	if (options->tls_certificate == NULL)
		return;
	if (!tls_load(options->tls_certificate, options->tls_key, complaint))
	{
		fprintf(stderr, "agent_auth_gateway: %s\n", complaint);
		exit(EXIT_USAGE);
	}
	if (tls_warning() != NULL)
		log_line(LOG_LEVEL_WARNING, "msg=\"%s\"", tls_warning());
}

/* Returns when the gateway is to stop. */
static void
wait_for_the_end(const sigset_t *signals)
{
	struct timespec patience = {LOOK_SECONDS, 0};

	for (;;)
	{
		int			signal_number = tls_retired() != 0 ?
		sigtimedwait(signals, NULL, &patience) : sigwaitinfo(signals, NULL);

		if (signal_number == SIGHUP)
			tls_reload();
		else if (signal_number > 0)
			return;
		else if (errno == EAGAIN && !client_any_silent_since(tls_retired()))
			tls_forget_retired();
	}
}

static void *
end_at_last(void *seconds)
{
	sleep((unsigned int) (uintptr_t) seconds);
	log_line(LOG_LEVEL_WARNING, "msg=\"stopped without waiting any longer\"");
	_exit(EXIT_SUCCESS);
}

/* Whatever hangs, in libpq or beyond, does not keep the program. */
static void
limit_the_end(int seconds)
{
	pthread_t	thread;

	if (pthread_create(&thread, NULL, end_at_last,
					   (void *) (uintptr_t) seconds) == 0)
		pthread_detach(thread);
}

int
main(int argc, char **argv)
{
	Options		options;
	sigset_t	signals;

	process_open_standard_files();
	options_read(&options, argc, argv);
	if (options.check_only)
		return check_config(&options);
	block_signals(&signals);
	start_tls(&options);
	process_start(&options);
	monitor_open(&options);
	server_open(&options);

	/* From here on there are threads, and whatever fails ends by _exit(). */
	pool_start(&options);
	server_start();
	monitor_start();
	wait_for_the_end(&signals);
	log_line(LOG_LEVEL_INFO, "msg=stopping");
	limit_the_end(options.request_timeout + 2 * options.db_timeout + GRACE_SECONDS);
	server_stop();
	monitor_stop();
	log_line(LOG_LEVEL_INFO, "msg=stopped");
	if (cancel_is_under_way())
		_exit(EXIT_SUCCESS);
	return EXIT_SUCCESS;
}
