/*
 * server.c
 *		HTTP: requests in, answers out.
 *
 * One thread speaks HTTP with all clients.  A request that has arrived goes
 * to the pool, its connection being suspended meanwhile; a thread of the pool
 * resumes it with the answer.
 */
#include <errno.h>
#include <microhttpd.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "console.h"
#include "delay.h"
#include "exchange.h"
#include "library.h"
#include "listener.h"
#include "log.h"
#include "message.h"
#include "pool.h"
#include "refusal.h"
#include "server.h"
#include "target.h"
#include "tls.h"

/*
 * Before 0.9.77 being strict was about a missing host and about blanks in a
 * target.  Both are refused here, where the answer is well-formed: the
 * library's own had its headers twice.
 */
#define STRICT (MHD_VERSION < 0x00097700 ? 0 : 1)
#define DOUBLES_ITS_HEADERS (MHD_VERSION < 0x00097700)

/*
 * The library overwrites all of a connection's memory after each request, and
 * so comes to hold it: what waits for a first request costs a tenth of what
 * waits for a second.  Beyond so many clients none is asked to stay.
 */
#define MAX_KEPT_ALIVE 500

/* Room for what the library notes about a request, and for its answer. */
#define NOTES_SIZE 16384

static const Options *options;
static struct MHD_Daemon *http_daemon;
static int	listening;			/* the socket */
static atomic_int exchanges;	/* begun and not finished */
static atomic_bool stopping;

static Client *
client_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
	MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info == NULL ? NULL : info->socket_context;
}

/* Called before the library spends memory on a connection. */
static enum MHD_Result
accept_connection(void *arg, const struct sockaddr *address, socklen_t len)
{
	Address		peer;

	if (address_from_socket(&peer, address) &&
		client_may_open(&peer, options->max_connections_per_address))
		return MHD_YES;
	return MHD_NO;
}

static void
connection_changed(void *arg, struct MHD_Connection *connection,
				   void **socket_context,
				   enum MHD_ConnectionNotificationCode code)
{
	const union MHD_ConnectionInfo *info;
	Address		peer;

	if (code == MHD_CONNECTION_NOTIFY_CLOSED)
	{
		client_close(*socket_context);
		return;
	}
	info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	address_from_socket(&peer, info->client_addr);	/* or it were not here */
	info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	*socket_context = client_open(info->connect_fd, &peer);
	client_set_deadline(*socket_context, options->request_timeout);
}

/* Called with the request line; what it returns goes to handle_request(). */
static void *
begin_exchange(void *arg, const char *target, struct MHD_Connection *connection)
{
	Exchange   *exchange = exchange_new(target);

	if (exchange == NULL)
		return NULL;
	exchange->connection = connection;
	atomic_fetch_add(&exchanges, 1);
	client_begin(client_of(connection), options->request_timeout);
	client_set_request(client_of(connection), exchange);
	return exchange;
}

static void
end_exchange(void *arg, struct MHD_Connection *connection, void **context,
			 enum MHD_RequestTerminationCode code)
{
	if (*context == NULL)
		return;
	exchange_finish(*context);
	*context = NULL;
	client_set_request(client_of(connection), NULL);
	atomic_fetch_sub(&exchanges, 1);

	/* Silence is cut off by the library after the idle timeout. */
	client_set_deadline(client_of(connection),
						options->idle_timeout + options->request_timeout);
}

static enum MHD_Result
send_answer(Exchange *exchange)
{
	struct MHD_Response *response = exchange_response(exchange, options);
	enum MHD_Result result;

	if (response == NULL)
		return MHD_NO;
	if (atomic_load(&stopping) || exchange->refusal != 0 || exchange->is_last ||
		client_count() > MAX_KEPT_ALIVE)
		MHD_add_response_header(response, "Connection", "close");
	exchange->state = EXCHANGE_ANSWERED;
	client_set_deadline(client_of(exchange->connection),
						options->request_timeout);
	result = library_answer(exchange->connection,
							(unsigned int) exchange->status, response);
	MHD_destroy_response(response);
	return result;
}

/*
 * What the library cannot read.  A chunk that begins with more than there is
 * room for is a fault of the client's, and not ours.
 */
static enum MHD_Result
refuse(struct MHD_Connection *connection, unsigned int status,
	   struct MHD_Response *response)
{
	Exchange   *exchange = client_request(client_of(connection));
	bool		is_new;

	if (exchange == NULL || exchange->state > EXCHANGE_RECEIVING)
		return library_answer(connection, status, response);
	is_new = exchange->state == EXCHANGE_NEW;
	if (is_new && message_peer(connection, options, &exchange->peer))
		address_text(&exchange->peer, exchange->peer_text);
	exchange->refusal = status == 500 ? 413 : (int) status;
	if (DOUBLES_ITS_HEADERS && is_new && (status == 400 || status == 413))
	{
		exchange_refuse_past_library(exchange, options);
		return MHD_NO;
	}
	exchange_answer_here(exchange);
	return send_answer(exchange);
}

static void
resume(Job *job)
{
	Exchange   *exchange = (Exchange *) job;

	MHD_resume_connection(exchange->connection);
}

/* Called in a thread of the pool. */
static void
job_done(Job *job)
{
	if (exchange_must_wait((Exchange *) job))
		pool_submit(job, POOL_SLOW);
	else if (job->answer.status == 429)
		delay_add(job);
	else
		resume(job);
}

static bool
has_body(struct MHD_Connection *connection)
{
	const char *length = MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
													 "Content-Length");

	return MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
									   "Transfer-Encoding") != NULL ||
		(length != NULL && strtoull(length, NULL, 10) > 0);
}

/*
 * Nobody is told to go on who has nothing to send (RFC 9110 section 10.1.1).
 * The library looks at the header again, where it has left it.
 */
static const char *
expectation_of(struct MHD_Connection *connection)
{
	const char *expect = MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
													 "Expect");

	if (expect == NULL || has_body(connection))
		return expect;
	explicit_bzero((void *) (uintptr_t) expect, strlen(expect));
	return NULL;
}

/* The headers have come: whatever can be refused already is. */
static enum MHD_Result
begin_receiving(Exchange *exchange, const char *method, const char *version)
{
	struct MHD_Connection *connection = exchange->connection;
	RequestLine line = {method, exchange->received, exchange->target, version};
	const char *expect;

	exchange->state = EXCHANGE_RECEIVING;
	exchange->method = strdup(method);
	if (message_peer(connection, options, &exchange->peer))
		address_text(&exchange->peer, exchange->peer_text);
	exchange->is_last = MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
													"Transfer-Encoding") != NULL;
	exchange->refusal = refusal_of(connection, &line, options);
	exchange->target_host = target_cut_host(exchange->target);
	if (exchange->target_host != NULL && exchange->refusal == 0 &&
		!target_is_host(exchange->target_host))
		exchange->refusal = 400;
	if (exchange->refusal == 0)
		exchange->headers = message_headers(connection, options,
											exchange->target_host);
	if (exchange->refusal == 0 &&
		(exchange->method == NULL || exchange->headers == NULL ||
		 exchange->peer_text[0] == '\0'))
		exchange->refusal = 503;

	expect = expectation_of(connection);

	/*
	 * A client that waits to be told so is told not to send; any other must
	 * be heard out, or it would miss the answer while it still sends.
	 */
	if (exchange->refusal == 400 || exchange->refusal == 431 ||
		(exchange->refusal != 0 && expect != NULL))
	{
		exchange_answer_here(exchange);
		return send_answer(exchange);
	}
	return MHD_YES;
}

static void
ask_database(Exchange *exchange)
{
	const union MHD_ConnectionInfo *info =
	MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	client_set_deadline(client_of(exchange->connection), 0);
	exchange->state = EXCHANGE_WAITING;
	exchange->job.done = job_done;
	exchange->job.client = info == NULL ? -1 : info->connect_fd;
	exchange->job.origin = address_owner(&exchange->peer);
	MHD_suspend_connection(exchange->connection);
	pool_submit(&exchange->job, POOL_QUICK);
}

static enum MHD_Result
handle_request(void *arg, struct MHD_Connection *connection,
			   const char *decoded_path, const char *method,
			   const char *version, const char *data, size_t *data_size,
			   void **context)
{
	Exchange   *exchange = *context;

	if (exchange == NULL)
		return MHD_NO;
	if (exchange->state == EXCHANGE_NEW)
		return begin_receiving(exchange, method, version);
	if (*data_size > 0)
	{
		exchange_receive(exchange, data, *data_size, (size_t) options->max_body);
		*data_size = 0;
		return MHD_YES;
	}
	if (exchange->state == EXCHANGE_ANSWERED)
		return MHD_YES;
	if (exchange->job.abandoned)
		return MHD_NO;
	if (exchange->state == EXCHANGE_WAITING || exchange_answer_here(exchange))
		return send_answer(exchange);
	ask_database(exchange);
	return MHD_YES;
}

/* At once: exit() would take from threads in libpq what they use. */
static void
fail(const char *what)
{
	log_line(LOG_LEVEL_ERROR, "msg=\"cannot %s\" reason=\"%s\"", what,
			 strerror(errno));
	_exit(EXIT_FAILURE);
}

/* Whoever waits for the file finds all of it. */
static void
write_port_file(in_port_t port)
{
	char		temporary[4096];
	FILE	   *file;

	snprintf(temporary, sizeof(temporary), "%s.tmp", options->port_file);
	file = fopen(temporary, "w");
	if (file == NULL || fprintf(file, "%d\n", port) < 0 || fclose(file) != 0 ||
		rename(temporary, options->port_file) != 0)
		fail("write the port file");
}

static void log_library(void *arg, const char *format, va_list args)
			__attribute__((format(printf, 2, 0)));

static void
log_library(void *arg, const char *format, va_list args)
{
	char		text[512];
	char		quoted[512];

	vsnprintf(text, sizeof(text), format, args);
	log_line(LOG_LEVEL_DEBUG, "msg=http detail=%s",
			 log_quote(text, quoted, sizeof(quoted)));
}

static const struct MHD_OptionItem tls_options[] = {
	{MHD_OPTION_HTTPS_PRIORITIES, 0, (void *) (uintptr_t) TLS_PRIORITIES},
	{MHD_OPTION_HTTPS_CERT_CALLBACK, 0, (void *) tls_choose},
	{MHD_OPTION_END, 0, NULL}
};

static const struct MHD_OptionItem no_options[] = {
	{MHD_OPTION_END, 0, NULL}
};

void
server_open(const Options *given)
{
	options = given;
	listening = listener_open("listen", &options->listen);
	if (options->port_file != NULL)
		write_port_file(listener_port(listening));
}

void
server_start(void)
{
	console_enable(!options->no_console);
	library_on_refusal(refuse);
	client_watch_start();
	delay_start(options->locked_delay, resume);
	http_daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD |
								   MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC |
								   MHD_USE_ERROR_LOG |
								   (options->tls_certificate == NULL ? 0 : MHD_USE_TLS),
								   0, accept_connection, NULL, handle_request, NULL,
								   MHD_OPTION_EXTERNAL_LOGGER, log_library, NULL,
								   MHD_OPTION_LISTEN_SOCKET, listening,
								   MHD_OPTION_CONNECTION_LIMIT,
								   (unsigned int) options->max_connections,
								   MHD_OPTION_CONNECTION_TIMEOUT,
								   (unsigned int) options->idle_timeout,
								   MHD_OPTION_CONNECTION_MEMORY_LIMIT,
								   (size_t) options->max_header * 2 + NOTES_SIZE,
								   MHD_OPTION_STRICT_FOR_CLIENT, STRICT,
								   MHD_OPTION_URI_LOG_CALLBACK, begin_exchange, NULL,
								   MHD_OPTION_NOTIFY_COMPLETED, end_exchange, NULL,
								   MHD_OPTION_NOTIFY_CONNECTION, connection_changed, NULL,
								   MHD_OPTION_ARRAY, options->tls_certificate == NULL ? no_options : tls_options,
								   MHD_OPTION_END);
	if (http_daemon == NULL)
		fail("start the HTTP server");
	log_line(LOG_LEVEL_INFO, "msg=listening port=%d", listener_port(listening));
}

void
server_stop(void)
{
	int			ticks = (options->request_timeout + 2 * options->db_timeout) * 20;

	atomic_store(&stopping, true);
	close(MHD_quiesce_daemon(http_daemon));
	while (atomic_load(&exchanges) > 0 && ticks-- > 0)
		usleep(50000);

	/* Its threads may still resume connections: those go first. */
	pool_stop();
	delay_stop();
	MHD_stop_daemon(http_daemon);
	client_watch_stop();
}
