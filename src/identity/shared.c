/*
 * shared.c
 *		The structure that all backends share.
 *
 * It is a segment of dynamic shared memory, made by the first that needs it
 * and kept until the server stops.  So it has the same size whether or not the
 * library is preloaded; where to find it fits into the little that the server
 * keeps spare for extensions that are not.
 */
#include "compat.h"

#include "storage/dsm.h"
#include "storage/shmem.h"

#include "crypto/random.h"
#include "identity/shared.h"

/*
 * Another for each layout of the structure: where the library was replaced and
 * the server still runs, old and new backends must not share one.
 */
#define SHARED_NAME "agent_auth 3"

typedef struct Place
{
	dsm_handle	segment;		/* DSM_HANDLE_INVALID before it is made */
} Place;

/* Raises nothing: what is half made would be found by the next. */
static void
initialize(Shared *state, const uint8 secret[SIPHASH_KEY_LENGTH])
{
	memset(state, 0, sizeof(Shared));
	memcpy(state->secret, secret, SIPHASH_KEY_LENGTH);
	LWLockInitialize(&state->lockout_lock, LWLockNewTrancheId());
	admission_init(&state->admission);
	statistics_init(&state->statistics);
}

static dsm_segment *
make(Place *place, const uint8 secret[SIPHASH_KEY_LENGTH])
{
	dsm_segment *segment = dsm_create(sizeof(Shared), 0);

	initialize(dsm_segment_address(segment), secret);
	dsm_pin_segment(segment);
	place->segment = dsm_segment_handle(segment);
	return segment;
}

static dsm_segment *
attach(Place *place)
{
	dsm_segment *segment = dsm_attach(place->segment);

	if (segment == NULL)
		elog(ERROR, "could not attach to shared memory");
	return segment;
}

Shared *
shared(void)
{
	static Shared *attached = NULL;
	uint8		secret[SIPHASH_KEY_LENGTH];
	dsm_segment *segment;
	Place	   *place;
	bool		found;

	if (attached != NULL)
		return attached;

	random_bytes(secret, sizeof(secret));

	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	place = ShmemInitStruct(SHARED_NAME, sizeof(Place), &found);
	if (!found)
		place->segment = DSM_HANDLE_INVALID;
	segment = place->segment == DSM_HANDLE_INVALID ?
		make(place, secret) : attach(place);
	LWLockRelease(AddinShmemInitLock);
	explicit_bzero(secret, sizeof(secret));
	dsm_pin_mapping(segment);
	attached = dsm_segment_address(segment);
	LWLockRegisterTranche(attached->lockout_lock.tranche, "agent_auth");
	return attached;
}
