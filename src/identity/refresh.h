/*
 * refresh.h
 *		From a refresh token to the next pair.
 */
#ifndef AGENT_AUTH_REFRESH_H
#define AGENT_AUTH_REFRESH_H

#include "identity/client.h"
#include "identity/outcome.h"
#include "identity/token_record.h"

/*
 * OUTCOME_OK and the tokens, or OUTCOME_REFRESH_FAILED, whatever the reason.
 * A token that was spent before, but for a moment's grace, ends its session:
 * somebody else has it.  Runs as the extension's owner, outside SPI.
 */
extern Outcome refresh_tokens(const char *token, const Client *client,
							  TokenRecord *record);

#endif							/* AGENT_AUTH_REFRESH_H */
