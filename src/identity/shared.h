/*
 * shared.h
 *		The structure that all backends share.
 *
 * It has a part for each concept that needs one.  Another part is a member here
 * and a call in initialize() in shared.c; it begins as zero bytes.
 */
#ifndef AGENT_AUTH_SHARED_H
#define AGENT_AUTH_SHARED_H

#include "storage/lwlock.h"

#include "crypto/mac.h"
#include "identity/admission.h"
#include "identity/handout.h"
#include "identity/lockout.h"
#include "identity/statistics.h"

/* Room for 65,536 counters. */
#define SHARED_NBUCKETS 4096

typedef struct Shared
{
	uint8		secret[SIPHASH_KEY_LENGTH]; /* made at every start */
	Admission	admission;
	Statistics	statistics;
	Handouts	handouts;
	LWLock		lockout_lock;
	LockoutBucket buckets[SHARED_NBUCKETS];
} Shared;

/*
 * Registers what reserves it: called when the library is loaded, which is too
 * late where the server has not preloaded it.
 */
extern void shared_init(void);

/* Attached at the first call in each backend; an error when there is none. */
extern Shared *shared(void);

/* The same, and NULL when there is none: for what must go on without. */
extern Shared *shared_if_there(void);

#endif							/* AGENT_AUTH_SHARED_H */
