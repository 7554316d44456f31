/*
 * impersonation_tokens.c
 *		POST /agent-customer-impersonation-access-tokens: an agent acts as a
 *		customer.
 *
 * A missing attribute, or one of another type, is an empty one.
 */
#include "postgres.h"

#include "api/authorization.h"
#include "api/document.h"
#include "api/endpoints.h"
#include "identity/impersonation.h"

static const char type[] = "agent-customer-impersonation-access-tokens";

static Outcome
impersonate(const Request *request, JsonNode *attributes, TokenRecord *record)
{
	Impersonation impersonation;
	Actor		agent;
	Outcome		outcome = authorization_check(request);

	impersonation.customer_reference = json_text_member(attributes,
														"customerReference");
	impersonation.reason = json_text_member(attributes, "reason");
	impersonation.ticket = json_text_member(attributes, "ticket");
	if (outcome == OUTCOME_OK)
		outcome = impersonation_check(&impersonation);
	if (outcome == OUTCOME_OK)
		outcome = authorization_require_agent(request, &agent);
	if (outcome == OUTCOME_OK)
		outcome = impersonation_begin(&impersonation, &agent,
									  &request->client, record);
	return outcome;
}

void
impersonation_tokens_create(const Request *request, Response *response)
{
	TokenRecord record;
	JsonNode   *attributes;
	Outcome		outcome;

	outcome = document_read(request->body, request->body_len, type,
							&attributes);
	if (outcome == OUTCOME_OK)
		outcome = impersonate(request, attributes, &record);
	if (outcome != OUTCOME_OK)
		response_fail(response, outcome, 0);
	else
		response_tokens(response, type, &record, request);
}
