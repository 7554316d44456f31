/*
 * endpoints.h
 *		The endpoints, one file each; route.c leads to them.
 */
#ifndef AGENT_AUTH_ENDPOINTS_H
#define AGENT_AUTH_ENDPOINTS_H

#include "api/request.h"
#include "api/response.h"

/* POST /agent-access-tokens: an agent logs in. */
extern void access_tokens_create(const Request *request, Response *response);

/* POST /refresh-tokens: the next pair of tokens. */
extern void refresh_tokens_create(const Request *request, Response *response);

/* DELETE /refresh-tokens/{refresh token}, /refresh-tokens/mine: revokes. */
extern void refresh_tokens_delete(const Request *request, Response *response);

/* GET /.well-known/jwks.json: the keys that tokens verify with. */
extern void jwks_get(const Request *request, Response *response);

#endif							/* AGENT_AUTH_ENDPOINTS_H */
