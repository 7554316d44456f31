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

/* GET /agent-customer-search: finds customers. */
extern void customer_search_get(const Request *request, Response *response);

/* POST /agent-customer-impersonation-access-tokens: acts as a customer. */
extern void impersonation_tokens_create(const Request *request,
										Response *response);

/* GET /agent-sessions: where an agent is logged in. */
extern void agent_sessions_list(const Request *request, Response *response);

/* DELETE /agent-sessions/{id}: ends one. */
extern void agent_sessions_end(const Request *request, Response *response);

/* GET /agent-impersonations: who acted as whom. */
extern void impersonations_list(const Request *request, Response *response);

/* POST /refresh-tokens: the next pair of tokens. */
extern void refresh_tokens_create(const Request *request, Response *response);

/* DELETE /refresh-tokens/{refresh token}, /refresh-tokens/mine: revokes. */
extern void refresh_tokens_delete(const Request *request, Response *response);

/* POST /token: the next pair of tokens, over OAuth. */
extern void token_create(const Request *request, Response *response);

/* POST /introspect: whether a token is good. */
extern void introspect_create(const Request *request, Response *response);

/* POST /revoke: a token dies. */
extern void revoke_create(const Request *request, Response *response);

/* GET /.well-known/jwks.json: the keys that tokens verify with. */
extern void jwks_get(const Request *request, Response *response);

/* GET /.well-known/oauth-authorization-server: what OAuth clients ask. */
extern void server_metadata_get(const Request *request, Response *response);

#endif							/* AGENT_AUTH_ENDPOINTS_H */
