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

typedef struct Shared
{
	uint8		secret[SIPHASH_KEY_LENGTH]; /* made at every start */
	Admission	admission;
	Statistics	statistics;
	LWLock		lockout_lock;
	uint32		nbuckets;
	LockoutBucket buckets[FLEXIBLE_ARRAY_MEMBER];
} Shared;

/* Attached at the first call in each backend. */
extern Shared *shared(void);

/* From _PG_init: asks for more room when the library is preloaded. */
extern void shared_init(void);

/* Whether it was. */
extern bool shared_is_preloaded(void);

#endif							/* AGENT_AUTH_SHARED_H */
