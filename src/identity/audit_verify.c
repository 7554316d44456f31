/*
 * audit_verify.c
 *		Whether the audit trail is what it was when it was sealed.
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "executor/spi.h"
#include "identity/audit_rest.h"
#include "identity/audit_verify.h"
#include "identity/audit_walk.h"

#define PROGRESS_SECONDS 10

static void
hex(const uint8 mac[MAC_LENGTH], char string[2 * MAC_LENGTH + 1])
{
	hex_encode((const char *) mac, MAC_LENGTH, string);
	string[2 * MAC_LENGTH] = '\0';
}

static void
show_progress(const Seal *seal, TimestampTz *shown_at)
{
	TimestampTz now = GetCurrentTimestamp();

	if (now < *shown_at + PROGRESS_SECONDS * USECS_PER_SEC)
		return;
	*shown_at = now;
	ereport(NOTICE,
			(errmsg("verified %lld seals, up to %s",
					(long long) seal->number,
					timestamptz_to_str(seal->batch.last_at))));
}

static void
verify_seals(AuditWalk *walk, const char *known_head, AuditVerdict *verdict)
{
	TimestampTz shown_at = GetCurrentTimestamp();
	bool		head_seen = known_head == NULL;
	char		head[2 * MAC_LENGTH + 1];

	while (audit_walk_next(walk, GetActiveSnapshot()))
	{
		hex(walk->seal.mac, head);
		head_seen = head_seen || strcmp(head, known_head) == 0;
		show_progress(&walk->seal, &shown_at);
	}
	verdict->complaint = walk->complaint;
	if (walk->seals > 0)
		verdict->head = pstrdup(head);
	else if (verdict->complaint == NULL)
		verdict->complaint = pstrdup("All seals are gone.");
	if (verdict->complaint == NULL && !head_seen)
		verdict->complaint = pstrdup("The head that was noted is not among the seals: the end of the trail was cut off, or it was purged.");
}

static char *
complain_without_key(const char *known_head)
{
	Seal		first;

	if (audit_chain_next(0, GetActiveSnapshot(), &first))
		return pstrdup("The key that the seals were made with is gone.");
	if (known_head != NULL)
		return pstrdup("There is not even a key: nothing was ever sealed here.");
	return NULL;
}

/* Where rows or seals are not what they were, the rest says nothing. */
void
audit_verify(const char *known_head, AuditVerdict *verdict)
{
	MemoryContext caller = CurrentMemoryContext;
	AuditWalk	walk;

	memset(verdict, 0, sizeof(AuditVerdict));
	SPI_connect();
	MemoryContextSwitchTo(caller);
	if (audit_walk_begin(&walk, GetActiveSnapshot()))
		verify_seals(&walk, known_head, verdict);
	else
		verdict->complaint = complain_without_key(known_head);
	audit_walk_finish(&walk);
	verdict->seals = walk.seals;
	verdict->rows = walk.rows;
	audit_rest(&walk, verdict);
	SPI_finish();
}
