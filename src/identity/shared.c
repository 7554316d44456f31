/*
 * shared.c
 *		The structure that all backends share.
 *
 * A server that preloads the library reserves the memory when it starts.  In
 * another one it is made at the first use, which can fail where /dev/shm is
 * full: then what only counts goes on without, and what relies on the counters
 * is refused.  Each backend asks again, once a second.
 */
#include "compat.h"

#include "storage/ipc.h"
#include "storage/shmem.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "crypto/random.h"
#include "identity/shared.h"
#include "identity/shared_segment.h"

/*
 * Another for each layout of the structure: where the library was replaced and
 * the server still runs, old and new backends must not share one.
 */
#define LAYOUT 5

#define RETRY_MILLISECONDS 1000

SQL_FUNCTION(agent_auth_shared_memory_complaint);

static Shared *attached = NULL;
static bool is_reserved = false;
static shmem_request_hook_type next_request_hook;
static shmem_startup_hook_type next_startup_hook;

static void
initialize(void *memory)
{
	Shared	   *state = memory;

	memset(state, 0, sizeof(Shared));
	random_bytes(state->secret, SIPHASH_KEY_LENGTH);
	LWLockInitialize(&state->lockout_lock, NEW_LWLOCK_TRANCHE("agent_auth"));
	handout_init(&state->handouts, state->lockout_lock.tranche);
	admission_init(&state->admission);
	statistics_init(&state->statistics);
}

static void
attach(void *memory)
{
	attached = memory;
	REGISTER_LWLOCK_TRANCHE(attached->lockout_lock.tranche, "agent_auth");
}

static void
request(void)
{
	if (next_request_hook != NULL)
		next_request_hook();
	RequestAddinShmemSpace(sizeof(Shared));
}

/* Again after a crash that the server recovers from. */
static void
start(void)
{
	void	   *memory;
	bool		found;

	if (next_startup_hook != NULL)
		next_startup_hook();
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	memory = ShmemInitStruct("agent_auth", sizeof(Shared), &found);
	if (!found)
		initialize(memory);
	LWLockRelease(AddinShmemInitLock);
	attach(memory);
	is_reserved = true;
}

void
shared_init(void)
{
	if (!process_shared_preload_libraries_in_progress)
		return;
	next_request_hook = shmem_request_hook;
	shmem_request_hook = request;
	next_startup_hook = shmem_startup_hook;
	shmem_startup_hook = start;
}

Shared *
shared_if_there(void)
{
	static TimestampTz last_try = 0;
	void	   *memory;

	if (attached != NULL)
		return attached;
	if (last_try != 0 && !TimestampDifferenceExceeds(last_try,
													 GetCurrentTimestamp(),
													 RETRY_MILLISECONDS))
		return NULL;
	memory = shared_segment(LAYOUT, sizeof(Shared), initialize);
	last_try = GetCurrentTimestamp();
	if (memory != NULL)
		attach(memory);
	return attached;
}

Shared *
shared(void)
{
	if (shared_if_there() == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("agent_auth has no shared memory"),
				 errhint("Add agent_auth to shared_preload_libraries, or make room in /dev/shm.")));
	return attached;
}

/* shared_memory_complaint() returns text: NULL when nothing is wrong */
Datum
agent_auth_shared_memory_complaint(PG_FUNCTION_ARGS)
{
	if (is_reserved)
		PG_RETURN_NULL();
	if (shared_if_there() == NULL)
		PG_RETURN_TEXT_P(cstring_to_text("There is no shared memory to count failed logins in: all logins are refused. Make room in /dev/shm, add agent_auth to shared_preload_libraries and restart."));
	PG_RETURN_TEXT_P(cstring_to_text("The memory in which failed logins are counted is not reserved: that there is enough of it at the first use after each start is luck, and without it all logins are refused. Add agent_auth to shared_preload_libraries and restart."));
}
