/*
 * audit_verify.c
 *		Whether the audit trail is what it was when it was sealed.
 */
#include "postgres.h"

#include <openssl/crypto.h>

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "crypto/audit_key.h"
#include "executor/spi.h"
#include "identity/audit_chain.h"
#include "identity/audit_verify.h"
#include "query.h"

#define PROGRESS_SECONDS 10

static bool
mac_equals(const uint8 *a, const uint8 *b)
{
	return CRYPTO_memcmp(a, b, MAC_LENGTH) == 0;
}

static char *
hex(const uint8 mac[MAC_LENGTH])
{
	char	   *string = palloc(2 * MAC_LENGTH + 1);

	hex_encode((const char *) mac, MAC_LENGTH, string);
	string[2 * MAC_LENGTH] = '\0';
	return string;
}

/* What is wrong with a seal itself, given the one before; NULL: nothing. */
static char *
check_chain(const uint8 key[MAC_KEY_LENGTH], const Seal *seal,
			const Seal *last)
{
	static const uint8 none[MAC_LENGTH] = {0};
	uint8		mac[MAC_LENGTH];

	if (last->number == 0 && !seal->purged &&
		(seal->number != 1 || !mac_equals(seal->previous, none)))
		return psprintf("The seals before number " INT64_FORMAT " are gone.",
						seal->number);
	if (last->number != 0 &&
		(seal->number != last->number + 1 ||
		 !mac_equals(seal->previous, last->mac)))
		return psprintf("Seals between number " INT64_FORMAT " and number " INT64_FORMAT " are gone.",
						last->number, seal->number);
	if (!seal->purged)
		return NULL;
	audit_seal_purged_mac(key, seal, mac);
	if (last->number != 0 || !mac_equals(mac, seal->purged_mac))
		return psprintf("Seal number " INT64_FORMAT " was not purged, but says so.",
						seal->number);
	return NULL;
}

/* What is wrong with its rows, or with what it says of them. */
static char *
check_rows(const uint8 key[MAC_KEY_LENGTH], const Seal *seal)
{
	Seal		sealed = *seal;
	Batch		found = seal->batch;
	uint8		mac[MAC_LENGTH];

	if (seal->purged)
		return NULL;
	audit_batch_read(&found, GetActiveSnapshot());
	if (found.rows != seal->batch.rows)
		return psprintf("Seal number " INT64_FORMAT " has " INT64_FORMAT " rows from %s on, and there are " INT64_FORMAT ".",
						seal->number, seal->batch.rows,
						timestamptz_to_str(seal->batch.first_at), found.rows);
	memcpy(sealed.batch.digest, found.digest, sizeof(found.digest));
	audit_seal_mac(key, &sealed, mac);
	if (!mac_equals(mac, seal->mac))
		return psprintf("A row of seal number " INT64_FORMAT ", or the seal itself, was altered; its " INT64_FORMAT " rows are from %s on.",
						seal->number, seal->batch.rows,
						timestamptz_to_str(seal->batch.first_at));
	return NULL;
}

static int64
count_rows(void)
{
	static PreparedQuery query = {
		"SELECT pg_catalog.count(*) FROM agent_auth.audit", {InvalidOid}
	};

	query_read(&query, NULL, GetActiveSnapshot());
	return DatumGetInt64(query_value(0, 1, NULL));
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
verify_seals(const uint8 key[MAC_KEY_LENGTH], const char *known_head,
			 AuditVerdict *verdict)
{
	TimestampTz shown_at = GetCurrentTimestamp();
	bool		head_seen = known_head == NULL;
	Seal		last = {0};
	Seal		seal;

	while (verdict->complaint == NULL && audit_chain_next(last.number, GetActiveSnapshot(), &seal))
	{
		CHECK_FOR_INTERRUPTS();
		verdict->complaint = check_chain(key, &seal, &last);
		if (verdict->complaint == NULL)
			verdict->complaint = check_rows(key, &seal);
		verdict->seals++;
		verdict->rows += seal.purged ? 0 : seal.batch.rows;
		verdict->head = hex(seal.mac);
		head_seen = head_seen || strcmp(verdict->head, known_head) == 0;
		last = seal;
		show_progress(&last, &shown_at);
	}
	if (verdict->complaint == NULL && last.number == 0)
		verdict->complaint = pstrdup("All seals are gone.");
	if (verdict->complaint == NULL && !head_seen)
		verdict->complaint = pstrdup("The head that was noted is not among the seals: the end of the trail was cut off, or it was purged.");
}

void
audit_verify(const char *known_head, AuditVerdict *verdict)
{
	MemoryContext caller = CurrentMemoryContext;
	uint8		key[MAC_KEY_LENGTH];
	Seal		first;

	memset(verdict, 0, sizeof(AuditVerdict));
	SPI_connect();
	MemoryContextSwitchTo(caller);
	if (audit_key_read(key, GetActiveSnapshot()))
		verify_seals(key, known_head, verdict);
	else if (audit_chain_next(0, GetActiveSnapshot(), &first))
		verdict->complaint = pstrdup("The key that the seals were made with is gone.");
	else if (known_head != NULL)
		verdict->complaint = pstrdup("There is not even a key: nothing was ever sealed here.");
	explicit_bzero(key, sizeof(key));
	verdict->unsealed = Max(count_rows() - verdict->rows, 0);
	SPI_finish();
}
