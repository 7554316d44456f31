/*
 * cors.h
 *		Which web pages may read the answers that the gateway gives by itself.
 *
 * The database speaks for its own answers (src/api/cors.c).
 */
#ifndef GATEWAY_CORS_H
#define GATEWAY_CORS_H

#include <microhttpd.h>
#include <stdbool.h>

#include "answer.h"

/* Whether it is a list, with commas or blanks between, of origins or "*". */
extern bool cors_can_read(const char *list);

/*
 * Adds what a page of another origin needs to read the answer.  "list" is as
 * cors_can_read() took it, or NULL.  A preflight that could not be answered
 * for want of a database becomes 204: its page would see no more than that
 * something went wrong, but what it asks next shows it the status.
 */
extern void cors_complete(struct MHD_Connection *connection, const char *list,
						  const char *method, Answer *answer);

#endif							/* GATEWAY_CORS_H */
