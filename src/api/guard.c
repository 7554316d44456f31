/*
 * guard.c
 *		Keeps the arguments of a call out of the log.
 *
 * An error's context callbacks run before it is written, and may still say
 * what is left out.  A caller's EXECUTE shows its statement as context.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/backend_status.h"

#include "api/guard.h"

static void
hide(void *arg)
{
	errhidestmt(true);
	errhidecontext(true);
}

void
guard_enter(Guard *guard, const char *shown)
{
	guard->callback.callback = hide;
	guard->callback.arg = NULL;
	guard->callback.previous = error_context_stack;
	error_context_stack = &guard->callback;
	pgstat_report_activity(STATE_RUNNING, shown);
}

void
guard_leave(Guard *guard)
{
	error_context_stack = guard->callback.previous;
}
