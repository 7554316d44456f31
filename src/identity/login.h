/*
 * login.h
 *		From a user name and a password to tokens.
 */
#ifndef AGENT_AUTH_LOGIN_H
#define AGENT_AUTH_LOGIN_H

#include "identity/client.h"
#include "identity/lockout.h"
#include "identity/outcome.h"
#include "identity/token_record.h"

typedef struct Login
{
	const char *username;		/* normalized */
	Client		client;
	LockoutAttempt attempt;
	bool		begun;			/* its hash has */
	bool		right;			/* so was the password, whatever comes now */
	bool		countable;		/* else there is no shared memory for counters */
	int			retry_after;	/* seconds, when locked out or unavailable */
} Login;

/* Says who tries; a NULL username counts as an empty one. */
extern void login_begin(Login *login, const char *username,
						const Client *client);

/*
 * OUTCOME_LOCKED_OUT when it is, OUTCOME_UNAVAILABLE when it cannot be counted,
 * else OUTCOME_OK, and only then login_finish() may follow.  Counts nothing:
 * what is checked between the two is not an attempt.
 */
extern Outcome login_check_lockout(Login *login);

/*
 * Makes the attempt; a NULL password is a wrong one.  OUTCOME_OK and the
 * tokens, OUTCOME_LOGIN_FAILED whatever the reason, OUTCOME_LOCKED_OUT, or
 * OUTCOME_UNAVAILABLE when too many are being made.  Runs as the extension's
 * owner, outside SPI.
 */
extern Outcome login_finish(Login *login, const char *password,
							TokenRecord *record);

#endif							/* AGENT_AUTH_LOGIN_H */
