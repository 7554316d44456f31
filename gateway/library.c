/*
 * library.c
 *		Where the HTTP library's own conduct falls short.
 *
 * It answers what it cannot read by itself, with statuses that are not always
 * true, and before 0.9.77 with all headers twice; and it closes a connection
 * whose handshake has failed without saying why.  It has no hook for either.
 * But it calls MHD_queue_response() and gnutls_handshake() as anybody does,
 * through the dynamic linker, and that finds those here first.  A library that
 * was built to call its own does as it always did.
 */
#include <dlfcn.h>
#include <gnutls/gnutls.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "library.h"
#include "log.h"

typedef enum MHD_Result (*QueueResponse) (struct MHD_Connection *connection,
										  unsigned int status,
										  struct MHD_Response *response);
typedef int (*Handshake) (gnutls_session_t session);

static pthread_once_t once = PTHREAD_ONCE_INIT;
static QueueResponse real_queue_response;
static Handshake real_handshake;
static LibraryRefusal on_refusal;

static void
find_real_ones(void)
{
	real_queue_response = (QueueResponse) dlsym(RTLD_NEXT, "MHD_queue_response");
	real_handshake = (Handshake) dlsym(RTLD_NEXT, "gnutls_handshake");
	if (real_queue_response == NULL || real_handshake == NULL)
	{
		log_line(LOG_LEVEL_ERROR, "msg=\"a library is not what it was\"");
		abort();
	}
}

enum MHD_Result
library_answer(struct MHD_Connection *connection, unsigned int status,
			   struct MHD_Response *response)
{
	pthread_once(&once, find_real_ones);
	return real_queue_response(connection, status, response);
}

void
library_on_refusal(LibraryRefusal refuse)
{
	on_refusal = refuse;
}

/* Called by the library alone. */
enum MHD_Result
MHD_queue_response(struct MHD_Connection *connection, unsigned int status,
				   struct MHD_Response *response)
{
	if (on_refusal != NULL)
		return on_refusal(connection, status, response);
	return library_answer(connection, status, response);
}

/* Who has said why, or has gone, is not told. */
static bool
is_worth_an_alert(int error)
{
	return error < 0 && gnutls_error_is_fatal(error) &&
		error != GNUTLS_E_FATAL_ALERT_RECEIVED &&
		error != GNUTLS_E_PREMATURE_TERMINATION &&
		error != GNUTLS_E_PUSH_ERROR && error != GNUTLS_E_PULL_ERROR;
}

/* RFC 8446 section 6.2: the other side is told what was wrong. */
int
gnutls_handshake(gnutls_session_t session)
{
	int			result;

	pthread_once(&once, find_real_ones);
	result = real_handshake(session);
	if (is_worth_an_alert(result))
		gnutls_alert_send_appropriate(session, result);
	return result;
}

void
library_send(struct MHD_Connection *connection, const char *bytes, size_t len)
{
	const union MHD_ConnectionInfo *info =
	MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);

	if (info != NULL && info->tls_session != NULL)
	{
		(void) gnutls_record_send(info->tls_session, bytes, len);
		return;
	}
	info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	if (info != NULL)
		(void) !send(info->connect_fd, bytes, len, MSG_NOSIGNAL);
}
