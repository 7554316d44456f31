/*
 * cors.h
 *		Which web pages may call (the Fetch standard's CORS protocol).
 */
#ifndef AGENT_AUTH_CORS_H
#define AGENT_AUTH_CORS_H

#include "api/request.h"
#include "api/response.h"

/*
 * Answers OPTIONS on a known path, whose methods "allowed" lists: what there is
 * to call, and to a page of a configured origin that it may.
 */
extern void cors_answer_options(const Request *request, const char *allowed,
								Response *response);

/* Lets a page of a configured origin read any other answer. */
extern void cors_add_headers(const Request *request, Response *response);

#endif							/* AGENT_AUTH_CORS_H */
