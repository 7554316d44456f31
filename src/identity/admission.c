/*
 * admission.c
 *		How many password hashes are computed at once.
 *
 * A hash keeps a processor busy on purpose; without a bound, a flood of logins
 * would starve every other query.  So at most login_concurrency run at once,
 * and always at least one processor is left to others, as far as there are two.
 *
 * What has a place is done to its end: interrupts are held from there on, so
 * that a guesser cannot have the hash begun and not pay for it.  Before, while
 * it waits, it can be cancelled like anything else.
 */
#include "compat.h"

#include <sched.h>

#include "utils/timestamp.h"
#include "utils/wait_event.h"

#include "identity/admission.h"
#include "identity/shared.h"
#include "settings.h"

void
admission_init(Admission *admission)
{
	SpinLockInit(&admission->mutex);
	admission->running = 0;
	ConditionVariableInit(&admission->left);
}

/* As many processors as this process may use, less one. */
static int
spare_processors(void)
{
	static int	spare = 0;
	cpu_set_t	set;

	if (spare == 0)
	{
		spare = sched_getaffinity(0, sizeof(set), &set) == 0 ?
			CPU_COUNT(&set) - 1 : 1;
		spare = Max(spare, 1);
	}
	return spare;
}

static bool
try_enter(Admission *admission)
{
	int			limit = Min(setting_login_concurrency, spare_processors());
	bool		entered;

	SpinLockAcquire(&admission->mutex);
	entered = admission->running < limit;
	if (entered)
		admission->running++;
	SpinLockRelease(&admission->mutex);
	return entered;
}

static void
leave(int code, Datum arg)
{
	Admission  *admission = (Admission *) DatumGetPointer(arg);

	SpinLockAcquire(&admission->mutex);
	admission->running--;
	SpinLockRelease(&admission->mutex);
	/* All: one that is woken and gives up would keep it from the others. */
	ConditionVariableBroadcast(&admission->left);
}

/* Interrupts are held when it returns true. */
static bool
try_enter_for_good(Admission *admission)
{
	CHECK_FOR_INTERRUPTS();
	HOLD_INTERRUPTS();
	if (try_enter(admission))
		return true;
	RESUME_INTERRUPTS();
	return false;
}

static bool
enter(Admission *admission)
{
	TimestampTz deadline = TimestampTzPlusMilliseconds(GetCurrentTimestamp(),
													   ADMISSION_WAIT_SECONDS * 1000);
	long		remaining;
	bool		entered;

	if (try_enter_for_good(admission))
		return true;

	ConditionVariablePrepareToSleep(&admission->left);
	while (!(entered = try_enter_for_good(admission)))
	{
		remaining = TimestampDifferenceMilliseconds(GetCurrentTimestamp(),
													deadline);
		if (remaining <= 0)
			break;
		ConditionVariableTimedSleep(&admission->left, remaining,
									PG_WAIT_EXTENSION);
	}
	ConditionVariableCancelSleep();
	return entered;
}

bool
admission_run(void (*work) (void *arg), void *arg)
{
	Admission  *admission = &shared()->admission;
	Datum		cleanup = PointerGetDatum(admission);

	if (!enter(admission))
		return false;
	PG_ENSURE_ERROR_CLEANUP(leave, cleanup);
	{
		work(arg);
	}
	PG_END_ENSURE_ERROR_CLEANUP(leave, cleanup);
	leave(0, cleanup);
	RESUME_INTERRUPTS();

	/* Before anybody looks at the result, so that it tells nothing of it. */
	CHECK_FOR_INTERRUPTS();
	return true;
}
