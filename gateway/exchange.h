/*
 * exchange.h
 *		One request and its answer, from its first line to its log line.
 */
#ifndef GATEWAY_EXCHANGE_H
#define GATEWAY_EXCHANGE_H

#include <microhttpd.h>

#include "options.h"
#include "pool.h"

typedef enum ExchangeState
{
	EXCHANGE_NEW,				/* only the request line is known */
	EXCHANGE_RECEIVING,
	EXCHANGE_WAITING,			/* for the database */
	EXCHANGE_ANSWERED
} ExchangeState;

typedef struct Exchange
{
	Job			job;			/* first: a job is its exchange */
	struct MHD_Connection *connection;
	ExchangeState state;
	int			refusal;		/* status that is decided already; 0: none */
	bool		is_last;		/* of its connection, see server.c */
	bool		may_wait;		/* the database was told that it may */
	const char *received;		/* the target in the library's buffer */
	char	   *method;
	char	   *target;
	char	   *target_host;	/* that it names; NULL: none */
	char	   *headers;
	char	   *body;
	size_t		body_len;
	size_t		body_size;		/* bytes there is room for */
	Address		peer;
	char		peer_text[INET6_ADDRSTRLEN];
	int			status;			/* that was sent; 0: none */
	size_t		sent;			/* bytes of the body */
	long		started;		/* microseconds */
} Exchange;

/* A new one for a request target as received; NULL when memory is out. */
extern Exchange *exchange_new(const char *target);

/*
 * Adds to the body; what is over the limit is not kept and makes the refusal
 * 413.
 */
extern void exchange_receive(Exchange *exchange, const char *data, size_t len,
							 size_t max_body);

/*
 * Answers what needs no database: what was refused, /healthz, /readyz
 * and the console.
 * False when the database is to be asked; then the job is ready for it.
 */
extern bool exchange_answer_here(Exchange *exchange);

/*
 * True once, when the database has said that its answer takes long: then the
 * job is ready to be submitted again, to be waited for.
 */
extern bool exchange_must_wait(Exchange *exchange);

/* The answer as the HTTP library sends it; NULL when it cannot be sent. */
extern struct MHD_Response *exchange_response(Exchange *exchange,
											  const Options *options);

/*
 * Answers what was refused past the HTTP library, which is to close the
 * connection.  There is no body: nobody has told the method, and it may be HEAD.
 */
extern void exchange_refuse_past_library(Exchange *exchange,
										 const Options *options);

/* Writes the log line, counts, wipes what is secret, and frees. */
extern void exchange_finish(Exchange *exchange);

#endif							/* GATEWAY_EXCHANGE_H */
