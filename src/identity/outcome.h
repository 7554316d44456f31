/*
 * outcome.h
 *		The outcomes that a client can cause, as values.
 *
 * An expected failure is never raised: an error would roll back its audit row
 * and put the failing statement, password and all, into the server's log.
 */
#ifndef AGENT_AUTH_OUTCOME_H
#define AGENT_AUTH_OUTCOME_H

typedef enum Outcome
{
	OUTCOME_OK,
	OUTCOME_LOGIN_FAILED,
	OUTCOME_AGENT_TOKEN_INVALID,
	OUTCOME_AGENT_REQUIRED,
	OUTCOME_IMPERSONATION_FAILED,
	OUTCOME_REASON_MISSING,
	OUTCOME_REASON_BLANK,
	OUTCOME_REASON_LONG,
	OUTCOME_TICKET_LONG,
	OUTCOME_ACCESS_TOKEN_INVALID,
	OUTCOME_SCHEME_UNSUPPORTED,
	OUTCOME_REFRESH_FAILED,
	OUTCOME_REFRESH_TOKEN_MISSING,
	OUTCOME_REFRESH_TOKEN_BLANK,
	OUTCOME_LOCKED_OUT,
	OUTCOME_TOKEN_MISSING,
	OUTCOME_FORBIDDEN,
	OUTCOME_ID_MISSING,
	OUTCOME_PAGINATION_INVALID,
	OUTCOME_QUERY_INVALID,
	OUTCOME_BODY_INVALID,
	OUTCOME_TYPE_INVALID,
	OUTCOME_NOT_FOUND,
	OUTCOME_METHOD_NOT_ALLOWED,
	OUTCOME_NOT_ACCEPTABLE,
	OUTCOME_TOO_LARGE,
	OUTCOME_UNSUPPORTED_MEDIA_TYPE,
	OUTCOME_WOULD_WAIT,
	OUTCOME_UNAVAILABLE
} Outcome;

typedef struct OutcomeInfo
{
	int			http;			/* RFC 9110 section 15 */
	const char *code;			/* NULL for the generic errors */
	const char *detail;			/* may have one %d, minutes to wait */
} OutcomeInfo;

extern const OutcomeInfo *outcome_info(Outcome outcome);

#endif							/* AGENT_AUTH_OUTCOME_H */
