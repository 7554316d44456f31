/*
 * refresh.c
 *		From a refresh token to the next pair (RFC 9700 section 4.14.2).
 */
#include "postgres.h"

#include "executor/spi.h"

#include "crypto/keyring.h"
#include "identity/audit.h"
#include "identity/handout.h"
#include "identity/refresh.h"
#include "identity/refresh_token.h"
#include "identity/statistics.h"

static void
end_family(const Session *session, const Client *client)
{
	session_end(&session->id, 0, "refresh_token_reused", client);
	audit_session("refresh_token_reused", &session->id, session->agent_id,
				  client);
	statistics_count(STATISTIC_REUSES);
	handout_note_reuse(&session->id, session->expires_at);
}

/*
 * A customer who has gone, or is not to be assisted any more, is acted for no
 * longer.
 */
static bool
may_go_on(Session *session, const Client *client)
{
	Customer	customer;

	if (session->customer_reference == NULL)
		return true;
	if (customer_find(session->customer_reference, &customer) &&
		customer.assistable)
	{
		session->customer_id = customer.id;
		return true;
	}
	session_end(&session->id, 0, "customer_not_assistable", client);
	return false;
}

/* What the session's row says, and what a rollback has kept from it. */
static SessionRefresh
spend(const RefreshToken *token, Session *session)
{
	SessionRefresh result = session_refresh(&token->session_id,
											token->generation,
											token->has_nonce ? token->nonce : NULL,
											session);

	if ((result == SESSION_REFRESHED || result == SESSION_REFRESHED_BEFORE) &&
		!handout_allows(&token->session_id, token->generation))
		return SESSION_REUSED;
	return result;
}

Outcome
refresh_tokens(const char *token, const Client *client, TokenRecord *record)
{
	MemoryContext caller = CurrentMemoryContext;
	RefreshToken read;
	Session		session;
	SessionRefresh result;
	bool		good;

	keyring_require();
	if (!refresh_token_read(token, &read))
		return OUTCOME_REFRESH_FAILED;
	SPI_connect();
	result = spend(&read, &session);
	if (result == SESSION_REUSED)
		end_family(&session, client);
	good = (result == SESSION_REFRESHED || result == SESSION_REFRESHED_BEFORE) &&
		may_go_on(&session, client);
	if (good)
	{
		statistics_count(STATISTIC_REFRESHES);
		MemoryContextSwitchTo(caller);
		token_record_issue(record, &session);
		if (result == SESSION_REFRESHED)
			handout_note(&read.session_id, read.generation, session.expires_at);
	}
	SPI_finish();
	return good ? OUTCOME_OK : OUTCOME_REFRESH_FAILED;
}
