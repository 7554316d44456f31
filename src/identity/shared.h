/*
 * shared.h
 *		The structure that all backends share.
 */
#ifndef AGENT_AUTH_SHARED_H
#define AGENT_AUTH_SHARED_H

#include "storage/lwlock.h"

#include "crypto/mac.h"
#include "identity/admission.h"
#include "identity/lockout.h"
#include "identity/statistics.h"

/* Room for 65,536 counters. */
#define SHARED_NBUCKETS 4096

typedef struct Shared
{
	uint8		secret[SIPHASH_KEY_LENGTH]; /* made at every start */
	Admission	admission;
	Statistics	statistics;
	LWLock		lockout_lock;
	LockoutBucket buckets[SHARED_NBUCKETS];
} Shared;

/* Attached at the first call in each backend. */
extern Shared *shared(void);

#endif							/* AGENT_AUTH_SHARED_H */
