/*
 * server.h
 *		HTTP: requests in, answers out.
 */
#ifndef GATEWAY_SERVER_H
#define GATEWAY_SERVER_H

#include "options.h"

/*
 * Opens the port, before there are threads, and writes it to the file that is
 * to have it; ends the program, with a line in the log, where it cannot.
 */
extern void server_open(const Options *options);

/* Serves, in threads of its own, those who come there. */
extern void server_start(void);

/*
 * Takes no more connections, waits for the requests at hand, as long as they
 * may take, and ends.
 */
extern void server_stop(void);

#endif							/* GATEWAY_SERVER_H */
