/*
 * audit_commit.c
 *		What is done about the trail when a transaction commits.
 *
 * Whoever writes seals what others have written, now and then, as the last
 * thing before the commit: a client that leaves its transaction open, or takes
 * it back, keeps nobody else from sealing.
 */
#include "compat.h"

#include "access/xact.h"
#include "catalog/namespace.h"
#include "commands/trigger.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"

#include "identity/audit_commit.h"
#include "identity/audit_seal.h"
#include "owner.h"
#include "transaction.h"

SQL_FUNCTION(agent_auth_seal_audit);

static bool seal_is_due = false;
static int64 head_number = 0;	/* 0: none */
static char head[2 * MAC_LENGTH + 1];

/* The extension may have been dropped since, or the transaction closed to it. */
static bool
can_seal(void)
{
	Oid			schema = get_namespace_oid("agent_auth", true);

	return !XactReadOnly && OidIsValid(schema) &&
		OidIsValid(get_relname_relid("audit_seal", schema));
}

static void
seal(void)
{
	OwnerScope	scope;

	if (!can_seal())
		return;
	PushActiveSnapshot(GetTransactionSnapshot());
	owner_enter(&scope);
	(void) audit_seal_some();
	owner_leave(&scope);
	PopActiveSnapshot();
}

static void
end_transaction(XactEvent event, void *arg)
{
	if (event == XACT_EVENT_PRE_COMMIT && seal_is_due)
	{
		seal_is_due = false;
		seal();
	}
	if (event == XACT_EVENT_COMMIT && head_number != 0)
		ereport(LOG,
				(errmsg("agent_auth: the audit trail is sealed up to number " INT64_FORMAT ", head %s",
						head_number, head),
				 errhidestmt(true)));
	if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_ABORT ||
		event == XACT_EVENT_PREPARE)
	{
		head_number = 0;
		seal_is_due = false;
	}
}

/* A savepoint may take the seals back: then nothing is said. */
static void
end_subtransaction(SubXactEvent event, SubTransactionId id,
				   SubTransactionId parent, void *arg)
{
	if (event == SUBXACT_EVENT_ABORT_SUB)
		head_number = 0;
}

static void
listen(void)
{
	static bool listening = false;

	transaction_listen(&listening, end_transaction, end_subtransaction);
}

/*
 * What an auditor compares with, where those who can write tables have no say:
 * the head of what this transaction has sealed.
 */
void
audit_commit_tell_head(const Seal *last)
{
	listen();
	hex_encode((const char *) last->mac, MAC_LENGTH, head);
	head[2 * MAC_LENGTH] = '\0';
	head_number = last->number;
}

/*
 * seal_audit() returns trigger, AFTER INSERT: has this transaction seal, when
 * it commits, what others have written
 */
Datum
agent_auth_seal_audit(PG_FUNCTION_ARGS)
{
	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" was not called as a trigger",
						"seal_audit")));
	listen();
	seal_is_due = true;
	return (Datum) 0;
}
