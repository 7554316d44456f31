/*
 * agent_sessions.c
 *		GET /agent-sessions: where an agent is logged in, and as whom it acts.
 *		DELETE /agent-sessions/{id}: ends one of these.
 */
#include "postgres.h"

#include "executor/spi.h"

#include "api/authorization.h"
#include "api/document.h"
#include "api/endpoints.h"
#include "identity/revocation.h"
#include "identity/session_list.h"
#include "owned.h"

static const char type[] = "agent-sessions";

static JsonNode *
attributes_of(const SessionSummary *session)
{
	JsonNode   *attributes = json_new_object();

	json_add_text(attributes, "kind", session->kind);
	json_add_text(attributes, "customerReference", session->customer_reference);
	json_add_text(attributes, "createdAt", session->created_at);
	json_add_text(attributes, "lastUsedAt", session->last_used_at);
	json_add_text(attributes, "expiresAt", session->expires_at);
	json_add_text(attributes, "peer", session->peer);
	json_add_text(attributes, "userAgent", session->user_agent);
	json_add_text(attributes, "reason", session->reason);
	return attributes;
}

void
agent_sessions_list(const Request *request, Response *response)
{
	JsonNode   *document = owned_json(json_new_object());
	JsonNode   *data = json_new_array();
	SessionSummary *sessions;
	Actor		agent;
	Outcome		outcome;
	int			n;
	int			i;

	json_add(document, "data", data);
	outcome = authorization_require_agent(request, &agent);
	if (outcome != OUTCOME_OK)
	{
		response_fail(response, outcome, 0);
		return;
	}
	n = session_list(agent.agent_id, &sessions);
	for (i = 0; i < n; i++)
		json_append(data,
					document_data(type, sessions[i].id,
								  attributes_of(&sessions[i]),
								  psprintf("%s/agent-sessions/%s",
										   request_origin(request),
										   sessions[i].id)));
	response_document(response, 200, document);
	response_forbid_storing(response);
}

void
agent_sessions_end(const Request *request, Response *response)
{
	const char *id = request_id(request, 1);
	pg_uuid_t	session_id;
	Actor		agent;
	Outcome		outcome = authorization_check(request);

	if (outcome == OUTCOME_OK)
		outcome = id == NULL ? OUTCOME_ID_MISSING :
			authorization_require_agent(request, &agent);
	if (outcome == OUTCOME_OK &&
		(!session_read_id(id, &session_id) ||
		 !revoke_session(&agent, &session_id, &request->client)))
		outcome = OUTCOME_NOT_FOUND;
	if (outcome == OUTCOME_OK)
		response_done(response);
	else
		response_fail(response, outcome, 0);
}
