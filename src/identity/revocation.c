/*
 * revocation.c
 *		Ending a session by one of its tokens (RFC 7009).
 */
#include "postgres.h"

#include "executor/spi.h"

#include "identity/audit.h"
#include "identity/refresh_token.h"
#include "identity/revocation.h"

#define REASON "revoked"

static bool
end_session(const pg_uuid_t *id, int64 agent_id, const Client *client)
{
	bool		ended;

	SPI_connect();
	ended = session_end(id, agent_id, REASON, client);
	if (ended)
		audit_session("token_revoked", id, agent_id, client);
	SPI_finish();
	return ended;
}

/* Whose it is does not matter to who has it, but to the trail. */
static void
end_any_session(const pg_uuid_t *id, const Client *client)
{
	SessionIdentity identity;

	if (standing_of(id, &identity))
		end_session(id, identity.agent_id, client);
}

void
revoke_token(const char *token, const Client *client)
{
	const Verified *verified;
	RefreshToken refresh_token;

	if (refresh_token_read(token, &refresh_token))
	{
		end_any_session(&refresh_token.session_id, client);
		return;
	}
	verified = verification_of(token, strlen(token));
	if (verified != NULL)
	{
		pg_uuid_t	id = verified->claims.session_id;

		end_session(&id, verified->identity.agent_id, client);
	}
}

void
revoke_own(const Actor *actor, const char *refresh_token,
		   const Client *client)
{
	RefreshToken token;

	if (!refresh_token_read(refresh_token, &token))
		return;
	if (actor->customer_reference != NULL &&
		memcmp(&token.session_id, &actor->session_id, sizeof(pg_uuid_t)) != 0)
		return;
	end_session(&token.session_id, actor->agent_id, client);
}

bool
revoke_session(const Actor *agent, const pg_uuid_t *id, const Client *client)
{
	return end_session(id, agent->agent_id, client);
}

void
revoke_all(const Actor *actor, const Client *client)
{
	if (actor->customer_reference != NULL)
	{
		end_session(&actor->session_id, actor->agent_id, client);
		return;
	}
	SPI_connect();
	session_end_all(actor->agent_id, REASON, client);
	audit_session("tokens_revoked", &actor->session_id, actor->agent_id,
				  client);
	SPI_finish();
}
