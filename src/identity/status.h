/*
 * status.h
 *		The outcomes that a client can cause, as values.
 *
 * An expected failure is never raised: an error would roll back its audit row
 * and put the failing statement, password and all, into the server's log.
 */
#ifndef AGENT_AUTH_STATUS_H
#define AGENT_AUTH_STATUS_H

typedef enum Status
{
	STATUS_OK,
	STATUS_LOGIN_FAILED,
	STATUS_AGENT_TOKEN_INVALID,
	STATUS_ACCESS_TOKEN_INVALID,
	STATUS_LOCKED_OUT,
	STATUS_BODY_INVALID,
	STATUS_TYPE_INVALID,
	STATUS_NOT_FOUND,
	STATUS_METHOD_NOT_ALLOWED,
	STATUS_NOT_ACCEPTABLE,
	STATUS_TOO_LARGE,
	STATUS_UNSUPPORTED_MEDIA_TYPE,
	STATUS_UNAVAILABLE
} Status;

typedef struct StatusInfo
{
	int			http;			/* RFC 9110 section 15 */
	const char *code;			/* NULL for the generic errors */
	const char *detail;			/* may have one %d, minutes to wait */
} StatusInfo;

extern const StatusInfo *status_info(Status status);

#endif							/* AGENT_AUTH_STATUS_H */
