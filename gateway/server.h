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

/*
 * Takes no more connections, waits for the requests at hand, as long as they
 * may take, and ends.
 */
extern void server_stop(void);

#endif							/* GATEWAY_SERVER_H */
