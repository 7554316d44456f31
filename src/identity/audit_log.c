/*
 * audit_log.c
 *		What the server's log tells, because the trail cannot.
 *
 * The client owns its transaction, and can take back what it wrote: the row of
 * the trail, not what was read.  So each such row is remembered until the
 * transaction ends.  Not without end: whoever has many has the others told at
 * once.
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/builtins.h"
#include "utils/inet.h"
#include "utils/memutils.h"

#include "identity/audit_log.h"
#include "transaction.h"

#define MAX_NOTES 100

typedef struct Note
{
	struct Note *next;
	SubTransactionId subtransaction;
	char	   *what;
	char	   *origin;
	char	   *hint;			/* or NULL */
} Note;

static Note *notes = NULL;		/* in TopTransactionContext, the latest first */
static int	note_count = 0;

static char *
origin_of(const pg_uuid_t *session_id, const Client *client)
{
	Datum		session = DirectFunctionCall1(uuid_out,
											  UUIDPGetDatum(session_id));
	const char *peer = client->peer == NULL ? "unknown" :
	DatumGetCString(DirectFunctionCall1(inet_out,
										InetPGetDatum(client->peer)));

	return psprintf("Session %s, address %s.", DatumGetCString(session), peer);
}

/* The statement that led here has a token in it. */
static void
tell(const char *what, const char *circumstance, const char *origin,
	 const char *hint)
{
	ereport(LOG,
			(errmsg("agent_auth: agent %s%s", what, circumstance),
			 errdetail_log("%s", origin),
			 hint == NULL ? 0 : errhint("%s", hint),
			 errhidestmt(true),
			 errhidecontext(true)));
}

void
audit_log_now(const char *what, const pg_uuid_t *session_id,
			  const Client *client, const char *hint)
{
	tell(what, "", origin_of(session_id, client), hint);
}

/* In the order in which they came. */
static void
tell_from(const Note *note, const char *circumstance)
{
	if (note == NULL)
		return;
	tell_from(note->next, circumstance);
	tell(note->what, circumstance, note->origin, note->hint);
}

static void
end_transaction(XactEvent event, void *arg)
{
	if (event == XACT_EVENT_ABORT)
		tell_from(notes, ", in a transaction that was rolled back");
	if (event == XACT_EVENT_PREPARE)
		tell_from(notes, ", in a transaction that was prepared");
	if (event == XACT_EVENT_ABORT || event == XACT_EVENT_COMMIT ||
		event == XACT_EVENT_PREPARE)
	{
		notes = NULL;
		note_count = 0;
	}
}

/* Takes those of a subtransaction out of the list, and returns them. */
static Note *
take_of(SubTransactionId id)
{
	Note	   *taken = NULL;
	Note	  **last_taken = &taken;
	Note	  **link = &notes;

	while (*link != NULL)
	{
		Note	   *note = *link;

		if (note->subtransaction != id)
		{
			link = &note->next;
			continue;
		}
		*link = note->next;
		*last_taken = note;
		last_taken = &note->next;
		note->next = NULL;
		note_count--;
	}
	return taken;
}

/* A transaction may have any number of subtransactions. */
static void
forget(Note *note)
{
	while (note != NULL)
	{
		Note	   *next = note->next;

		pfree(note->what);
		pfree(note->origin);
		if (note->hint != NULL)
			pfree(note->hint);
		pfree(note);
		note = next;
	}
}

static void
end_subtransaction(SubXactEvent event, SubTransactionId id,
				   SubTransactionId parent, void *arg)
{
	if (event == SUBXACT_EVENT_ABORT_SUB)
	{
		Note	   *taken = take_of(id);

		tell_from(taken, ", in a transaction that was rolled back");
		forget(taken);
	}
	if (event != SUBXACT_EVENT_COMMIT_SUB)
		return;
	for (Note *note = notes; note != NULL; note = note->next)
		if (note->subtransaction == id)
			note->subtransaction = parent;
}

static void
listen(void)
{
	static bool listening = false;

	transaction_listen(&listening, end_transaction, end_subtransaction);
}

void
audit_log_if_aborted(const char *what, const pg_uuid_t *session_id,
					 const Client *client, const char *hint)
{
	MemoryContext caller;
	char	   *origin;
	Note	   *note;

	listen();
	if (note_count >= MAX_NOTES)
	{
		tell(what, ", in a transaction that is still open",
			 origin_of(session_id, client), hint);
		return;
	}
	origin = origin_of(session_id, client);
	caller = MemoryContextSwitchTo(TopTransactionContext);
	note = palloc(sizeof(Note));
	note->subtransaction = GetCurrentSubTransactionId();
	note->what = pstrdup(what);
	note->origin = pstrdup(origin);
	note->hint = hint == NULL ? NULL : pstrdup(hint);
	note->next = notes;
	notes = note;
	note_count++;
	MemoryContextSwitchTo(caller);
}
