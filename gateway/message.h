/*
 * message.h
 *		What the database is told of a request, and what it is not.
 */
#ifndef GATEWAY_MESSAGE_H
#define GATEWAY_MESSAGE_H

#include <microhttpd.h>

#include "options.h"

/*
 * Who sent it: the peer, or whom a trusted proxy names.  False when there is
 * no address, or no memory.
 */
extern bool message_peer(struct MHD_Connection *connection,
						 const Options *options, Address *peer);

/*
 * Its headers as a JSON object of strings, malloc'ed: names in lower case, the
 * last of duplicates, all in UTF-8 (what is not is taken as Latin-1); "host"
 * and "x-forwarded-proto", one each, as the gateway vouches for them, and no
 * other that a proxy would set.  "target_host" is the target's, where it names
 * one, before that of the header.  NULL when memory is out.  The caller wipes
 * and frees it.
 */
extern char *message_headers(struct MHD_Connection *connection,
							 const Options *options, const char *target_host);

/*
 * At first they say that the answer is not waited for: the database answers
 * MESSAGE_WOULD_WAIT where it would take long, and has done nothing.  This
 * changes them, as long as before, to say nothing of the kind.
 */
#define MESSAGE_WOULD_WAIT 417
extern void message_let_wait(char *headers);

/* Whether a header, in any case, belongs to one connection alone. */
extern bool message_is_of_hop(const char *name);

#endif							/* GATEWAY_MESSAGE_H */
