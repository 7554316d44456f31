/*
 * impersonation.c
 *		An agent acts as a customer (RFC 8693).
 *
 * The customer's tokens hang on a session of their own, whose parent is the
 * agent's: it ends with that one, and every token names the agent who acts.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "crypto/keyring.h"
#include "executor/spi.h"
#include "identity/audit.h"
#include "identity/customer.h"
#include "identity/impersonation.h"
#include "settings.h"

#define TEXT_MAX_CHARACTERS 500

static bool
is_blank(const char *string)
{
	return string[strspn(string, " \t\r\n")] == '\0';
}

static bool
is_long(const char *string)
{
	return string != NULL &&
		pg_mbstrlen_with_len(string, (int) strlen(string)) > TEXT_MAX_CHARACTERS;
}

Outcome
impersonation_check(const Impersonation *impersonation)
{
	const char *reason = impersonation->reason;

	if (setting_impersonation_reason_required && reason == NULL)
		return OUTCOME_REASON_MISSING;
	if (setting_impersonation_reason_required && is_blank(reason))
		return OUTCOME_REASON_BLANK;
	if (is_long(reason))
		return OUTCOME_REASON_LONG;
	if (is_long(impersonation->ticket))
		return OUTCOME_TICKET_LONG;
	return OUTCOME_OK;
}

/* Empty is the same as none. */
static const char *
text_or_null(const char *string)
{
	return string == NULL || string[0] == '\0' ? NULL : string;
}

static Outcome
begin(const Impersonation *impersonation, const Actor *agent,
	  const Client *client, Session *session)
{
	const char *reference = text_or_null(impersonation->customer_reference);
	Customer	customer;

	if (reference == NULL || !customer_find(reference, &customer) ||
		!customer.assistable)
	{
		audit_refusal("impersonation_failed", agent->agent_id,
					  &agent->session_id, reference, client);
		return OUTCOME_IMPERSONATION_FAILED;
	}
	if (!session_open_impersonation(&agent->session_id, &customer,
									text_or_null(impersonation->reason),
									text_or_null(impersonation->ticket),
									client, session))
		return OUTCOME_AGENT_TOKEN_INVALID;
	audit_impersonation(session, client);
	return OUTCOME_OK;
}

Outcome
impersonation_begin(const Impersonation *impersonation, const Actor *agent,
					const Client *client, TokenRecord *record)
{
	MemoryContext caller = CurrentMemoryContext;
	Session		session;
	Outcome		outcome;

	keyring_require();
	SPI_connect();
	outcome = begin(impersonation, agent, client, &session);
	if (outcome == OUTCOME_OK)
	{
		MemoryContextSwitchTo(caller);
		token_record_issue(record, &session);
	}
	SPI_finish();
	return outcome;
}
