/*
 * token_record.h
 *		A pair of tokens, as a client gets it.
 */
#ifndef AGENT_AUTH_TOKEN_RECORD_H
#define AGENT_AUTH_TOKEN_RECORD_H

#include "identity/session.h"

/* palloc'd */
typedef struct TokenRecord
{
	char	   *access_token;
	int			expires_in;		/* seconds */
	char	   *refresh_token;
	const char *scope;			/* static */
} TokenRecord;

/* Issues a pair for the present generation of a session. */
extern void token_record_issue(TokenRecord *record, const Session *session);

#endif							/* AGENT_AUTH_TOKEN_RECORD_H */
