/*
 * client.h
 *		Connections from clients, and how long they may take.
 */
#ifndef GATEWAY_CLIENT_H
#define GATEWAY_CLIENT_H

#include "network.h"

typedef struct Client Client;

/*
 * Whether an address, an IPv6 one with its whole /64, may have one connection
 * more; 0: as many as there are.
 */
extern bool client_may_open(const Address *address, int limit);

/*
 * A new connection on a socket; NULL when memory is out.  Without an address it
 * is none of the public's: it has a deadline, and is not counted.
 */
extern Client *client_open(int socket, const Address *address);

/*
 * A request line has come: "seconds" remain for the rest of it.  The first one
 * of a connection has had them since it was opened.
 */
extern void client_begin(Client *client, int seconds);

/* What its requests are to the server, and that again: NULL between them. */
extern void client_set_request(Client *client, void *request);
extern void *client_request(const Client *client);

/* How many there are. */
extern int	client_count(void);

/*
 * Whether anybody who has been here since that moment or before, in
 * clock_milliseconds(), has not sent a request line yet.
 */
extern bool client_any_silent_since(long moment);

/* Called before the socket is closed. */
extern void client_close(Client *client);

/*
 * Cuts the connection off unless the deadline is moved within so many
 * seconds; 0 lets it be.
 */
extern void client_set_deadline(Client *client, int seconds);

/* A thread that looks at all deadlines. */
extern void client_watch_start(void);
extern void client_watch_stop(void);

#endif							/* GATEWAY_CLIENT_H */
