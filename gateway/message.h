/*
 * message.h
 *		What the database is told of a request, and what it is not.
 */
#ifndef GATEWAY_MESSAGE_H
#define GATEWAY_MESSAGE_H

#include <microhttpd.h>

#include "options.h"

/*
 * The status of a request that no database needs to see: 400 when its framing
 * is ambiguous (RFC 9112 section 6.3), 413 when it announces too long a body;
 * else 0.
 */
extern int	message_refusal(struct MHD_Connection *connection,
							const Options *options);

/*
 * Who sent it: the peer, or whom a trusted proxy names.  False when there is
 * no address.
 */
extern bool message_peer(struct MHD_Connection *connection,
						 const Options *options, Address *peer);

/*
 * Its headers as a JSON object of strings, malloc'ed: names in lower case, the
 * last of duplicates, all in UTF-8; "host" and "x-forwarded-proto" as the
 * gateway vouches for them, and no other that a proxy would set.
 */
extern char *message_headers(struct MHD_Connection *connection,
							 const Options *options);

/* True when text is valid UTF-8. */
extern bool message_is_utf8(const char *text);

#endif							/* GATEWAY_MESSAGE_H */
