/*
 * monitor.c
 *		/metrics, at an address of its own.
 *
 * Who fetches them waits for the database a little; clients never wait for
 * that, since this has a thread, a socket and a connection of its own.  Whoever
 * drips bytes is cut off as a client is: there are few connections to take.
 */
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "library.h"
#include "listener.h"
#include "log.h"
#include "metrics.h"
#include "monitor.h"
#include "statistics.h"

#define CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"
#define MAX_CONNECTIONS 16
#define IDLE_SECONDS 10

static const Options *options;
static struct MHD_Daemon *monitor_daemon;
static int	listening = -1;		/* the socket */

static void
set_deadline(struct MHD_Connection *connection, int seconds)
{
	const union MHD_ConnectionInfo *info =
	MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	if (info != NULL)
		client_set_deadline(info->socket_context, seconds);
}

static void
connection_changed(void *arg, struct MHD_Connection *connection,
				   void **socket_context,
				   enum MHD_ConnectionNotificationCode code)
{
	const union MHD_ConnectionInfo *info;

	if (code == MHD_CONNECTION_NOTIFY_CLOSED)
	{
		client_close(*socket_context);
		return;
	}
	info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	*socket_context = client_open(info->connect_fd, NULL);
	client_set_deadline(*socket_context, options->request_timeout);
}

/* Silence is cut off by the library after the idle time. */
static void
request_completed(void *arg, struct MHD_Connection *connection, void **context,
				  enum MHD_RequestTerminationCode code)
{
	set_deadline(connection, IDLE_SECONDS + options->request_timeout);
}

static enum MHD_Result
send_text(struct MHD_Connection *connection, unsigned int status,
		  const char *type, char *text, size_t len)
{
	struct MHD_Response *response =
	MHD_create_response_from_buffer(len, text, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result result;

	if (response == NULL)
		return MHD_NO;
	MHD_add_response_header(response, "Content-Type", type);
	MHD_add_response_header(response, "Cache-Control", "no-store");
	if (status == 405)
		MHD_add_response_header(response, "Allow", "GET, HEAD");
	set_deadline(connection, options->request_timeout);
	result = library_answer(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result
send_metrics(struct MHD_Connection *connection)
{
	char	   *text = NULL;
	size_t		len = 0;
	FILE	   *out = open_memstream(&text, &len);
	enum MHD_Result result = MHD_NO;

	if (out == NULL)
		return MHD_NO;
	metrics_write(out, options);
	statistics_write(out, options->conninfo);
	if (fclose(out) == 0)
		result = send_text(connection, 200, CONTENT_TYPE, text, len);
	free(text);
	return result;
}

static enum MHD_Result
handle_request(void *arg, struct MHD_Connection *connection,
			   const char *path, const char *method, const char *version,
			   const char *data, size_t *data_size, void **context)
{
	static char not_found[] = "the metrics are at /metrics\n";
	static char wrong_method[] = "they can only be read\n";

	/* The first call has the headers only. */
	if (*context == NULL)
	{
		*context = (void *) &options;
		return MHD_YES;
	}
	if (*data_size > 0)
	{
		*data_size = 0;
		return MHD_YES;
	}
	set_deadline(connection, 0);
	if (strcmp(path, "/metrics") != 0)
		return send_text(connection, 404, "text/plain", not_found,
						 strlen(not_found));
	if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
		return send_text(connection, 405, "text/plain", wrong_method,
						 strlen(wrong_method));
	return send_metrics(connection);
}

void
monitor_open(const Options *given)
{
	options = given;
	if (options->metrics_listen.ss_family == 0)
		return;
	listening = listener_open("metrics-listen", &options->metrics_listen);
	log_line(LOG_LEVEL_INFO, "msg=\"metrics are at /metrics\" port=%d",
			 listener_port(listening));
}

void
monitor_start(void)
{
	if (listening < 0)
		return;
	monitor_daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD,
									  0, NULL, NULL, handle_request, NULL,
									  MHD_OPTION_LISTEN_SOCKET, listening,
									  MHD_OPTION_NOTIFY_CONNECTION, connection_changed, NULL,
									  MHD_OPTION_NOTIFY_COMPLETED, request_completed, NULL,
									  MHD_OPTION_CONNECTION_LIMIT,
									  (unsigned int) MAX_CONNECTIONS,
									  MHD_OPTION_CONNECTION_TIMEOUT,
									  (unsigned int) IDLE_SECONDS,
									  MHD_OPTION_END);
	if (monitor_daemon == NULL)
	{
		log_line(LOG_LEVEL_ERROR, "msg=\"cannot start the server of metrics\"");
		_exit(EXIT_FAILURE);
	}
}

void
monitor_stop(void)
{
	if (monitor_daemon == NULL)
		return;
	MHD_stop_daemon(monitor_daemon);
	statistics_close();
}
