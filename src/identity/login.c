/*
 * login.c
 *		From a user name and a password to tokens.
 *
 * A failure tells nothing but that it failed, neither in words nor in time: an
 * unknown name, a disabled agent and a wrong password each take as long as one
 * hash of the highest cost in use.  Faults of our own, such as a missing key,
 * come before the hash, so that they cost a guesser nothing and tell as little.
 *
 * Whoever calls can cancel it anywhere.  An attempt whose hash has not begun is
 * none; from there on it has failed, until the password is found right.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "utils/timestamp.h"
#include "utils/wait_event.h"

#include "crypto/keyring.h"
#include "crypto/password.h"
#include "executor/spi.h"
#include "identity/admission.h"
#include "identity/agent.h"
#include "identity/audit.h"
#include "identity/login.h"
#include "identity/statistics.h"
#include "identity/username.h"
#include "settings.h"

/* A full table empties as locks and windows end; soon enough to try again. */
#define TABLE_FULL_RETRY_SECONDS 30

/* What cannot be counted is not tried. */
#define NO_MEMORY_RETRY_SECONDS 30

#define BUSY_WAIT_MILLISECONDS 20

/* What is being checked while a place among the hashing backends is held. */
typedef struct Check
{
	const Agent *agent;
	const char *password;
	int			cost;			/* what any failure is to cost */
	bool	   *begun;			/* set when there is no way back */
	bool		good;
	char	   *new_hash;		/* where the stored one is too cheap */
} Check;

void
login_begin(Login *login, const char *username, const Client *client)
{
	memset(login, 0, sizeof(Login));
	login->username = username_normalize(username == NULL ? "" : username);
	login->client = *client;
	login->countable = lockout_is_possible();
	if (login->countable)
		lockout_identify(&login->attempt, login->username, client);
}

static Outcome
locked_out(Login *login, int remaining)
{
	login->retry_after = remaining;
	statistics_count(STATISTIC_LOGINS_LOCKED);
	return OUTCOME_LOCKED_OUT;
}

static Outcome
unavailable(Login *login, int seconds)
{
	login->retry_after = seconds;
	return OUTCOME_UNAVAILABLE;
}

Outcome
login_check_lockout(Login *login)
{
	int			remaining;

	if (!login->countable)
		return unavailable(login, NO_MEMORY_RETRY_SECONDS);
	remaining = lockout_remaining(&login->attempt);
	return remaining > 0 ? locked_out(login, remaining) : OUTCOME_OK;
}

static void
check_password(void *arg)
{
	Check	   *check = arg;
	const Agent *agent = check->agent;
	int			cost;

	*check->begun = true;
	if (agent->id == 0 || check->password == NULL)
	{
		password_spend(0, check->cost);
		return;
	}
	cost = password_hash_cost(agent->password_hash);
	check->good = password_verify(check->password, agent->password_hash) &&
		agent->active;
	if (!check->good)
		password_spend(cost, check->cost);
	else if (cost < setting_bcrypt_cost)
		check->new_hash = password_hash(check->password, setting_bcrypt_cost);
}

/* What is settled is counted, whatever becomes of the transaction. */
static void
settle_as_failed(Login *login)
{
	if (lockout_fail(&login->attempt))
		statistics_count(STATISTIC_LOGINS_FAILED);
}

static Outcome
fail(Login *login, const Agent *agent)
{
	settle_as_failed(login);
	audit_attempt("login_failed", agent->id, agent->username, &login->client);
	if (login->attempt.tripped)
		audit_attempt("lockout", agent->id, agent->username, &login->client);
	return OUTCOME_LOGIN_FAILED;
}

/*
 * Opens a session when the password is the agent's.  *changed says that it was
 * when it was checked, and that the agent is another since.
 */
static Outcome
try_once(Login *login, const char *password, Session *session, Agent *agent,
		 bool *changed)
{
	Check		check = {agent, password, 0, &login->begun, false, NULL};

	*changed = false;
	agent_find(login->username, agent);
	check.cost = Max(setting_bcrypt_cost, agent_highest_cost());
	if (!admission_run(check_password, &check))
	{
		lockout_withdraw(&login->attempt);
		return unavailable(login, ADMISSION_WAIT_SECONDS);
	}
	login->right = check.good;
	if (check.good &&
		session_open(agent, check.new_hash, &login->client, session))
		return OUTCOME_OK;
	login->right = false;
	*changed = check.good;
	return OUTCOME_LOGIN_FAILED;
}

/*
 * Twice at most: another login may have replaced the hash by one of a higher
 * cost, and the password still be right.
 */
static Outcome
authenticate(Login *login, const char *password, TokenRecord *record,
			 MemoryContext result_context)
{
	Session		session;
	Agent		agent;
	bool		changed;
	Outcome		outcome;

	outcome = try_once(login, password, &session, &agent, &changed);
	if (changed)
		outcome = try_once(login, password, &session, &agent, &changed);
	if (outcome == OUTCOME_LOGIN_FAILED)
		return fail(login, &agent);
	if (outcome == OUTCOME_OK)
	{
		if (lockout_succeed(&login->attempt))
			statistics_count(STATISTIC_LOGINS_OK);
		MemoryContextSwitchTo(result_context);
		token_record_issue(record, &session);
	}
	return outcome;
}

/* What no password that was ever stored can be. */
static bool
is_impossible(const char *password)
{
	return password == NULL || password[0] == '\0' ||
		strlen(password) > PASSWORD_MAX_LENGTH;
}

/*
 * Where as many attempts are being made as may fail, one more waits for one of
 * them to end: it is no guess too many before these have failed.
 */
static LockoutVerdict
reserve(Login *login, int *remaining)
{
	TimestampTz deadline = GetCurrentTimestamp() +
	ADMISSION_WAIT_SECONDS * USECS_PER_SEC;
	LockoutVerdict verdict;

	while ((verdict = lockout_reserve(&login->attempt, remaining)) == LOCKOUT_BUSY &&
		   GetCurrentTimestamp() < deadline)
	{
		(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH,
						 BUSY_WAIT_MILLISECONDS, PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
	}
	return verdict;
}

/*
 * A fault of ours, or a cancel, or the end of the connection.  Only who has the
 * password gets to a fault after it was found right, so that taking the
 * reservation back then tells nothing.
 */
static void
settle_interrupted(int code, Datum arg)
{
	Login	   *login = (Login *) DatumGetPointer(arg);

	if (login->begun && !login->right)
		settle_as_failed(login);
	else
		lockout_withdraw(&login->attempt);
}

static Outcome
authenticate_and_settle(Login *login, const char *password,
						TokenRecord *record, MemoryContext result_context)
{
	Outcome		outcome = OUTCOME_LOGIN_FAILED;

	PG_ENSURE_ERROR_CLEANUP(settle_interrupted, PointerGetDatum(login));
	{
		outcome = authenticate(login, password, record, result_context);
	}
	PG_END_ENSURE_ERROR_CLEANUP(settle_interrupted, PointerGetDatum(login));
	return outcome;
}

/* From the reservation to its end nothing may raise outside of the cleanup. */
static Outcome
attempt(Login *login, const char *password, TokenRecord *record,
		MemoryContext result_context)
{
	int			remaining;

	switch (reserve(login, &remaining))
	{
		case LOCKOUT_LOCKED:
			return locked_out(login, remaining);
		case LOCKOUT_BUSY:
			return unavailable(login, ADMISSION_WAIT_SECONDS);
		case LOCKOUT_FULL:
			return unavailable(login, TABLE_FULL_RETRY_SECONDS);
		case LOCKOUT_RESERVED:
			break;
	}
	return authenticate_and_settle(login,
								   is_impossible(password) ? NULL : password,
								   record, result_context);
}

Outcome
login_finish(Login *login, const char *password, TokenRecord *record)
{
	MemoryContext result_context = CurrentMemoryContext;
	Outcome		outcome;

	keyring_require();
	SPI_connect();
	outcome = attempt(login, password, record, result_context);
	SPI_finish();
	return outcome;
}
