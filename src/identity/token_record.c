/*
 * token_record.c
 *		A pair of tokens, as a client gets it.
 */
#include "postgres.h"

#include "crypto/keyring.h"
#include "identity/access_token.h"
#include "identity/refresh_token.h"
#include "identity/token_record.h"

void
token_record_issue(TokenRecord *record, const Session *session)
{
	record->access_token = access_token_issue(session, keyring_current(),
											  &record->expires_in);
	record->refresh_token = refresh_token_issue(session);
	record->scope = access_token_scope(session);
}
