/*
 * server.h
 *		HTTP: requests in, answers out.
 */
#ifndef GATEWAY_SERVER_H
#define GATEWAY_SERVER_H

#include "options.h"

/*
 * Opens the port and serves in threads of its own; ends the program, with a
 * line in the log, where it cannot.
 */
extern void server_start(const Options *options);

/* A socket that listens there; ends the program where it cannot. */
extern int	server_open_socket(const struct sockaddr_storage *address);

extern in_port_t server_bound_port(int fd);

/*
 * Takes no more connections, waits for the requests at hand, as long as they
 * may take, and ends.
 */
extern void server_stop(void);

#endif							/* GATEWAY_SERVER_H */
