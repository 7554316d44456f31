/*
 * client.c
 *		Connections from clients, and how long they may take.
 *
 * The HTTP library closes what is silent; a client that sends a byte now and
 * then is not, and is cut off here.  Shutting the socket down is enough: the
 * library then finds it at its end.
 *
 * Nor does the library always see that a client has closed its half: what came
 * in one piece with the last bytes is told once, and those bytes hide it.  So it
 * is told again, by shutting down the half that is closed already.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client.h"
#include "clock.h"
#include "log.h"
#include "metrics.h"
#include "share.h"

#define LOOK_MICROSECONDS 200000
#define NEVENTS 256

struct Client
{
	int			socket;
	bool		is_counted;		/* one of the public */
	Address		address;
	long		opened;			/* milliseconds */
	bool		has_begun;		/* its first request */
	bool		has_finished;	/* sending */
	void	   *request;		/* the server's, at hand */
	long		deadline;		/* milliseconds; 0: none */
	Client	   *next;
	Client	   *previous;
};

typedef struct Watch
{
	pthread_mutex_t mutex;
	pthread_t	thread;
	int			epoll;			/* of the ends of what clients send */
	bool		stopping;
	Client		list;			/* its head: a ring */
} Watch;

static atomic_int nclients;
static Watch watch = {
	.mutex = PTHREAD_MUTEX_INITIALIZER,
	.epoll = -1,
	.list = {.next = &watch.list,.previous = &watch.list}
};

bool
client_may_open(const Address *address, int limit)
{
	if (limit == 0 || share_of(address) < limit)
		return true;
	metrics_count(METRIC_CONNECTIONS_REFUSED);
	return false;
}

int
client_count(void)
{
	return atomic_load(&nclients);
}

static bool
count_in(Client *client, const Address *address)
{
	if (!share_take(address))
		return false;
	metrics_count(METRIC_CONNECTIONS);
	atomic_fetch_add(&nclients, 1);
	client->is_counted = true;
	client->address = *address;
	return true;
}

static void
count_out(const Client *client)
{
	share_give_back(&client->address);
	metrics_count(METRIC_CONNECTIONS_CLOSED);
	atomic_fetch_sub(&nclients, 1);
}

Client *
client_open(int socket, const Address *address)
{
	Client	   *client = calloc(1, sizeof(Client));
	struct epoll_event event = {EPOLLRDHUP | EPOLLET, {client}};

	if (client == NULL)
		return NULL;
	client->socket = socket;
	if (address != NULL && !count_in(client, address))
	{
		free(client);
		return NULL;
	}
	client->opened = clock_milliseconds();
	pthread_mutex_lock(&watch.mutex);
	client->next = watch.list.next;
	client->previous = &watch.list;
	client->next->previous = client->previous->next = client;
	epoll_ctl(watch.epoll, EPOLL_CTL_ADD, socket, &event);
	pthread_mutex_unlock(&watch.mutex);
	return client;
}

void
client_close(Client *client)
{
	if (client == NULL)
		return;
	pthread_mutex_lock(&watch.mutex);
	client->next->previous = client->previous;
	client->previous->next = client->next;
	epoll_ctl(watch.epoll, EPOLL_CTL_DEL, client->socket, NULL);
	pthread_mutex_unlock(&watch.mutex);
	if (client->is_counted)
		count_out(client);
	free(client);
}

void
client_set_deadline(Client *client, int seconds)
{
	if (client == NULL)
		return;
	pthread_mutex_lock(&watch.mutex);
	client->deadline = seconds == 0 ? 0 : clock_milliseconds() + seconds * 1000L;
	if (client->has_finished)
		shutdown(client->socket, SHUT_RD);
	pthread_mutex_unlock(&watch.mutex);
}

void
client_begin(Client *client, int seconds)
{
	if (client == NULL)
		return;
	if (client->has_begun)
		client_set_deadline(client, seconds);
	pthread_mutex_lock(&watch.mutex);
	client->has_begun = true;
	pthread_mutex_unlock(&watch.mutex);
}

void
client_set_request(Client *client, void *request)
{
	if (client != NULL)
		client->request = request;
}

void *
client_request(const Client *client)
{
	return client == NULL ? NULL : client->request;
}

bool
client_any_silent_since(long moment)
{
	const Client *client;
	bool		any = false;

	pthread_mutex_lock(&watch.mutex);
	for (client = watch.list.next; client != &watch.list && !any; client = client->next)
		any = client->is_counted && !client->has_begun && client->opened <= moment;
	pthread_mutex_unlock(&watch.mutex);
	return any;
}

static void
cut_off_late_ones(void)
{
	long		now = clock_milliseconds();
	Client	   *client;

	for (client = watch.list.next; client != &watch.list; client = client->next)
	{
		if (client->deadline == 0 || client->deadline > now)
			continue;
		client->deadline = 0;
		shutdown(client->socket, SHUT_RDWR);
		if (client->is_counted)
			metrics_count(METRIC_CONNECTIONS_CUT_OFF);
		log_line(LOG_LEVEL_INFO, "msg=\"a client was too slow\"");
	}
}

static void
tell_of_ends(void)
{
	struct epoll_event events[NEVENTS];
	int			n = epoll_wait(watch.epoll, events, NEVENTS, 0);

	while (n-- > 0)
	{
		Client	   *client = events[n].data.ptr;

		client->has_finished = true;
		shutdown(client->socket, SHUT_RD);
	}
}

static void *
run_watch(void *arg)
{
	bool		stopping = false;

	while (!stopping)
	{
		usleep(LOOK_MICROSECONDS);
		pthread_mutex_lock(&watch.mutex);
		cut_off_late_ones();
		tell_of_ends();
		stopping = watch.stopping;
		pthread_mutex_unlock(&watch.mutex);
	}
	return NULL;
}

void
client_watch_start(void)
{
	watch.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (watch.epoll >= 0 &&
		pthread_create(&watch.thread, NULL, run_watch, NULL) == 0)
		return;
	log_line(LOG_LEVEL_ERROR, "msg=\"cannot start a thread\"");
	_exit(EXIT_FAILURE);
}

void
client_watch_stop(void)
{
	pthread_mutex_lock(&watch.mutex);
	watch.stopping = true;
	pthread_mutex_unlock(&watch.mutex);
	pthread_join(watch.thread, NULL);
	pthread_mutex_lock(&watch.mutex);
	close(watch.epoll);
	watch.epoll = -1;
	pthread_mutex_unlock(&watch.mutex);
}
