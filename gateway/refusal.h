/*
 * refusal.h
 *		Requests that no database needs to see.
 */
#ifndef GATEWAY_REFUSAL_H
#define GATEWAY_REFUSAL_H

#include <microhttpd.h>

#include "options.h"

/*
 * The status to refuse a request with once its headers have come, or 0:
 * 400 when two readers could understand it differently, 431 when its headers
 * are too long, 413 when it announces too long a body.  "target" is where the
 * library has shown the target, "target_len" how long it was then, "version"
 * what the library takes for the version.
 */
extern int	refusal_of(struct MHD_Connection *connection, const char *target,
					   size_t target_len, const char *version,
					   const Options *options);

#endif							/* GATEWAY_REFUSAL_H */
