/*
 * refusal.h
 *		Requests that no database needs to see.
 */
#ifndef GATEWAY_REFUSAL_H
#define GATEWAY_REFUSAL_H

#include <microhttpd.h>

#include "options.h"

/* The first line: in the library's buffer, but for "target". */
typedef struct RequestLine
{
	const char *method;
	const char *received;		/* the target; the library decodes it there */
	const char *target;			/* as it was sent */
	const char *version;
} RequestLine;

/*
 * The status to refuse a request with once its headers have come, or 0:
 * 400 when two readers could understand it differently, 431 when its headers
 * are too long, 413 when it announces too long a body.
 */
extern int	refusal_of(struct MHD_Connection *connection,
					   const RequestLine *line, const Options *options);

#endif							/* GATEWAY_REFUSAL_H */
