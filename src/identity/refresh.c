/*
 * refresh.c
 *		From a refresh token to the next pair (RFC 9700 section 4.14.2).
 */
#include "postgres.h"

#include "executor/spi.h"

#include "crypto/keyring.h"
#include "identity/audit.h"
#include "identity/refresh.h"
#include "identity/refresh_token.h"
#include "identity/statistics.h"

static void
end_family(const Session *session, const Client *client)
{
	session_end(&session->id, 0, "refresh_token_reused");
	audit_session("refresh_token_reused", &session->id, session->agent_id,
				  client);
	statistics_count(STATISTIC_REUSES);
}

Outcome
refresh_tokens(const char *token, const Client *client, TokenRecord *record)
{
	pg_uuid_t	id;
	int32		generation;
	Session		session;
	SessionRefresh result;

	keyring_require();
	if (!refresh_token_read(token, &id, &generation))
		return OUTCOME_REFRESH_FAILED;
	SPI_connect();
	result = session_refresh(&id, generation, &session);
	if (result == SESSION_REUSED)
		end_family(&session, client);
	SPI_finish();
	if (result != SESSION_REFRESHED && result != SESSION_REFRESHED_BEFORE)
		return OUTCOME_REFRESH_FAILED;
	statistics_count(STATISTIC_REFRESHES);
	token_record_issue(record, &session);
	return OUTCOME_OK;
}
