/*
 * lockout.h
 *		Who has guessed too often.
 */
#ifndef AGENT_AUTH_LOCKOUT_H
#define AGENT_AUTH_LOCKOUT_H

#include "identity/client.h"

/* What is counted: failures of ... */
typedef enum LockoutKind
{
	LOCKOUT_PAIR,				/* one name from one address, or role */
	LOCKOUT_ACCOUNT,			/* one name from anywhere */
	LOCKOUT_ADDRESS,			/* one address, or role, with any name */
	LOCKOUT_NKINDS
} LockoutKind;

/* The window is cut into slices, so that old failures go a few at a time. */
#define LOCKOUT_NSLICES 8

typedef struct LockoutEntry
{
	uint64		key;			/* 0 when free */
	uint32		locked_until;	/* seconds, 0 when not locked */
	uint32		slice;			/* number of the latest slice */
	uint32		seen;			/* seconds */
	uint32		name;			/* hash of the name; 0 without one */
	uint16		failures[LOCKOUT_NSLICES];	/* by slice number modulo 8 */
	uint32		pending;		/* of these, attempts that are being made */
} LockoutEntry;

#define LOCKOUT_WAYS 16

typedef struct LockoutBucket
{
	LockoutEntry entries[LOCKOUT_WAYS];
} LockoutBucket;

/* One attempt to log in. */
typedef struct LockoutAttempt
{
	uint64		keys[LOCKOUT_NKINDS];	/* 0: not counted */
	uint32		name;
	uint32		slice;			/* of the reservation */
	bool		reserved;		/* and not settled yet */
	bool		tripped;		/* its failure locked something */
} LockoutAttempt;

typedef enum LockoutVerdict
{
	LOCKOUT_RESERVED,
	LOCKOUT_LOCKED,
	LOCKOUT_BUSY,				/* too many are being made: one of them may be
								 * the last that is allowed */
	LOCKOUT_FULL				/* no room to count, so no attempt either */
} LockoutVerdict;

/*
 * False where there is no shared memory to count in; then nothing else of this
 * may be called.
 */
extern bool lockout_is_possible(void);

/* Whose attempt it is; "username" is normalized; a client of whom
 * neither address nor role is known has no counter of its own. */
extern void lockout_identify(LockoutAttempt *attempt, const char *username,
							 const Client *client);

/* Seconds for which it is still locked out; 0 when it is not. */
extern int	lockout_remaining(const LockoutAttempt *attempt);

/*
 * Counts it as failed before anybody knows, so that guesses made at the same
 * time cannot slip through; what is never settled stays counted.  *remaining
 * is set when it is LOCKOUT_LOCKED.  Nothing is locked before it has failed.
 */
extern LockoutVerdict lockout_reserve(LockoutAttempt *attempt, int *remaining);

/*
 * Each settles an attempt: it failed, which may lock; it succeeded, which
 * forgives the pair's failures; or it was not made.  False, and nothing done,
 * when it is settled already.
 */
extern bool lockout_fail(LockoutAttempt *attempt);
extern bool lockout_succeed(LockoutAttempt *attempt);
extern bool lockout_withdraw(LockoutAttempt *attempt);

/* Forgets the failures of a normalized name, from every address. */
extern void lockout_unlock(const char *username);

#endif							/* AGENT_AUTH_LOCKOUT_H */
