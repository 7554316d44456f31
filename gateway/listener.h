/*
 * listener.h
 *		Sockets that listen.
 */
#ifndef GATEWAY_LISTENER_H
#define GATEWAY_LISTENER_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

/* "[address]:port" and a NUL. */
#define LISTENER_TEXT_SIZE (INET6_ADDRSTRLEN + 9)

/*
 * A socket that listens at what the flag, "listen" or the like, says.  Ends the
 * program, with a line in the log, where it cannot: to be called before there
 * are threads, since exit() takes from them what they use.
 */
extern int	listener_open(const char *flag, const struct sockaddr_storage *address);

/* A socket that is bound and does not listen yet; -1, and errno. */
extern int	listener_bind(const struct sockaddr_storage *address);

/* The port that a socket has. */
extern in_port_t listener_port(int fd);

/* Whether who listens at one cannot listen at the other too. */
extern bool listener_same(const struct sockaddr_storage *a,
						  const struct sockaddr_storage *b);

#endif							/* GATEWAY_LISTENER_H */
