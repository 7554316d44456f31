/*
 * guard.c
 *		Keeps the arguments of a call out of the log.
 *
 * An error's context callbacks run before it is written, and may still say
 * what is left out.  A caller's EXECUTE shows its statement as context.
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "utils/backend_status.h"

#include "api/guard.h"

static void
hide(void *arg)
{
	errhidestmt(true);
	errhidecontext(true);
}

static void
push(Guard *guard)
{
	guard->callback.callback = hide;
	guard->callback.arg = NULL;
	guard->callback.previous = error_context_stack;
	error_context_stack = &guard->callback;
}

void
guard_enter(Guard *guard, const char *shown)
{
	push(guard);
	pgstat_report_activity(STATE_RUNNING, shown);
}

/* What is shown stays until another statement begins. */
void
guard_enter_often(Guard *guard, const char *shown)
{
	static TimestampTz shown_in = 0;

	push(guard);
	if (shown_in == GetCurrentStatementStartTimestamp())
		return;
	pgstat_report_activity(STATE_RUNNING, shown);
	shown_in = GetCurrentStatementStartTimestamp();
}

void
guard_leave(Guard *guard)
{
	error_context_stack = guard->callback.previous;
}
