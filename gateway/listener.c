/*
 * listener.c
 *		Sockets that listen.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "listener.h"
#include "log.h"

#define BACKLOG 512

static in_port_t
port_of(const struct sockaddr_storage *address)
{
	if (address->ss_family == AF_INET)
		return ntohs(((const struct sockaddr_in *) address)->sin_port);
	return ntohs(((const struct sockaddr_in6 *) address)->sin6_port);
}

/* As the flag has it. */
static void
write_text(const struct sockaddr_storage *address, char text[LISTENER_TEXT_SIZE])
{
	bool		is_v4 = address->ss_family == AF_INET;
	const void *bytes = is_v4 ?
	(const void *) &((const struct sockaddr_in *) address)->sin_addr :
	(const void *) &((const struct sockaddr_in6 *) address)->sin6_addr;
	char		host[INET6_ADDRSTRLEN] = "";

	inet_ntop(address->ss_family, bytes, host, sizeof(host));
	snprintf(text, LISTENER_TEXT_SIZE, is_v4 ? "%s:%d" : "[%s]:%d", host,
			 port_of(address));
}

int
listener_bind(const struct sockaddr_storage *address)
{
	socklen_t	len = address->ss_family == AF_INET ?
	sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
	int			fd = socket(address->ss_family,
							SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int			on = 1;
	int			reason;

	if (fd < 0 ||
		(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
		 bind(fd, (const struct sockaddr *) address, len) == 0))
		return fd;
	reason = errno;
	close(fd);
	errno = reason;
	return -1;
}

int
listener_open(const char *flag, const struct sockaddr_storage *address)
{
	char		text[LISTENER_TEXT_SIZE];
	int			fd = listener_bind(address);

	if (fd >= 0 && listen(fd, BACKLOG) == 0)
		return fd;
	write_text(address, text);
	log_line(LOG_LEVEL_ERROR,
			 "msg=\"cannot listen\" flag=--%s address=\"%s\" reason=\"%s\"",
			 flag, text, strerror(errno));
	exit(EXIT_FAILURE);
}

in_port_t
listener_port(int fd)
{
	struct sockaddr_storage address;
	socklen_t	len = sizeof(address);

	if (getsockname(fd, (struct sockaddr *) &address, &len) != 0)
		return 0;
	return port_of(&address);
}

static bool
is_any(const struct sockaddr_storage *address)
{
	if (address->ss_family == AF_INET)
		return ((const struct sockaddr_in *) address)->sin_addr.s_addr == INADDR_ANY;
	return IN6_IS_ADDR_UNSPECIFIED(&((const struct sockaddr_in6 *) address)->sin6_addr);
}

bool
listener_same(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	if (port_of(a) != port_of(b) || port_of(a) == 0)
		return false;

	/* All of IPv6 has all of IPv4 in it. */
	if (a->ss_family != b->ss_family)
		return is_any(a->ss_family == AF_INET6 ? a : b);
	if (is_any(a) || is_any(b))
		return true;
	if (a->ss_family == AF_INET)
		return ((const struct sockaddr_in *) a)->sin_addr.s_addr ==
			((const struct sockaddr_in *) b)->sin_addr.s_addr;
	return IN6_ARE_ADDR_EQUAL(&((const struct sockaddr_in6 *) a)->sin6_addr,
							  &((const struct sockaddr_in6 *) b)->sin6_addr);
}
