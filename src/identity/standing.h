/*
 * standing.h
 *		Whether the tokens of a session are good.
 */
#ifndef AGENT_AUTH_STANDING_H
#define AGENT_AUTH_STANDING_H

#include "datatype/timestamp.h"
#include "utils/uuid.h"

/* Whose tokens a session's are. */
typedef struct SessionIdentity
{
	int64		agent_id;
	char	   *customer_reference; /* NULL unless an agent acts as a customer */
	TimestampTz expires_at;		/* the session's end, or its parent's before */
	TimestampTz parent_refreshed_at;	/* 0: it has no parent */
} SessionIdentity;

/*
 * As it is committed now, or as this transaction has made it.  False when
 * tokens of this session are not good: itself, its parent or its agent has
 * ended.  Needs no SPI and no privileges.
 */
extern bool standing_of(const pg_uuid_t *id, SessionIdentity *identity);

/* Of what may be kept: nobody signals that a time has come. */
extern bool standing_is_over(const SessionIdentity *identity);

/*
 * Whether what this transaction sees of sessions and agents may be kept beyond
 * it, until something dies.
 */
extern bool standing_may_be_kept(void);

#endif							/* AGENT_AUTH_STANDING_H */
