/*
 * postgrest.h
 *		What PostgREST tells a function, and what a function tells it.
 */
#ifndef AGENT_AUTH_POSTGREST_H
#define AGENT_AUTH_POSTGREST_H

#include "api/request.h"
#include "api/response.h"

/* Sets a setting until the transaction ends, as PostgREST reads it. */
extern void postgrest_set_local(const char *name, const char *value);

/* A header of the request, by its name in lower case; NULL: it has none. */
extern char *postgrest_header(const char *name);

/*
 * Who is asking by the name of a function; where no address is known, by the
 * role that has logged in to the database.
 */
extern void postgrest_client(Client *client);

/*
 * Sets response.status and response.headers.  Called last: settings made in a
 * subtransaction that rolls back are lost.
 */
extern void postgrest_answer(const Response *response);

#endif							/* AGENT_AUTH_POSTGREST_H */
