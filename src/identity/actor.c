/*
 * actor.c
 *		Who acts in this transaction.
 *
 * A stack, so that rolling back to a savepoint brings back who acted before
 * it.  It lives in the transaction's memory and ends with it, on a connection
 * that a pool lends to the next client too.
 */
#include "compat.h"

#include "access/xact.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/uuid.h"

#include "identity/actor.h"
#include "liveness.h"
#include "owned.h"
#include "settings.h"
#include "transaction.h"

typedef struct Frame
{
	Actor		actor;
	char	   *token;			/* by which it was set */
	Size		len;
	uint64		epoch;			/* of liveness, when it was last found good */
	SessionIdentity identity;
	int64		expires;		/* seconds since 1970 */
	SubTransactionId subtransaction;	/* that set it */
	struct Frame *previous;
} Frame;

static Frame *top = NULL;

static void
end_transaction(XactEvent event, void *arg)
{
	switch (event)
	{
		case XACT_EVENT_COMMIT:
		case XACT_EVENT_ABORT:
		case XACT_EVENT_PREPARE:
		case XACT_EVENT_PARALLEL_COMMIT:
		case XACT_EVENT_PARALLEL_ABORT:
			top = NULL;
			break;
		default:
			break;
	}
}

static void
end_subtransaction(SubXactEvent event, SubTransactionId id,
				   SubTransactionId parent, void *arg)
{
	Frame	   *frame;

	if (event == SUBXACT_EVENT_ABORT_SUB)
		while (top != NULL && top->subtransaction == id)
			top = top->previous;
	if (event == SUBXACT_EVENT_COMMIT_SUB)
		for (frame = top; frame != NULL && frame->subtransaction == id;
			 frame = frame->previous)
			frame->subtransaction = parent;
}

static void
listen(void)
{
	static bool listening = false;

	transaction_listen(&listening, end_transaction, end_subtransaction);
}

/* What the clock decides; the text of a reference is the actor's. */
static void
copy_times(Frame *frame, const Verified *verified)
{
	frame->identity = verified->identity;
	frame->identity.customer_reference = NULL;
	frame->expires = verified->claims.expires;
}

bool
actor_set(const char *token, Size len)
{
	uint64		epoch = liveness_epoch();
	const Verified *verified = verification_of(token, len);
	const char *customer;
	MemoryContext caller;
	Frame	   *frame;

	if (verified == NULL)
		return false;
	listen();
	customer = verified->identity.customer_reference;
	caller = MemoryContextSwitchTo(TopTransactionContext);
	frame = palloc(sizeof(Frame));
	frame->actor.session_id = verified->claims.session_id;
	frame->actor.agent_id = verified->identity.agent_id;
	frame->actor.customer_reference = customer == NULL ? NULL :
		pstrdup(customer);
	frame->token = palloc(len);
	owned_secret(frame->token, len);
	memcpy(frame->token, token, len);
	MemoryContextSwitchTo(caller);
	frame->len = len;
	frame->epoch = epoch;
	copy_times(frame, verified);
	frame->subtransaction = GetCurrentSubTransactionId();
	frame->previous = top;
	top = frame;
	return true;
}

/* As verification_of() would say now, at the cost of a comparison. */
static bool
is_good(Frame *frame)
{
	uint64		epoch = liveness_epoch();
	const Verified *verified;

	if (frame->epoch == epoch)
		return !standing_is_over(&frame->identity) &&
			!access_token_has_expired(frame->expires);
	verified = verification_of(frame->token, frame->len);
	if (verified == NULL)
		return false;
	copy_times(frame, verified);
	frame->epoch = epoch;
	return true;
}

/* The session that claims name, if they are ours and it is alive. */
static bool
identify_claims(const char *claims, Actor *actor, SessionIdentity *identity)
{
	JsonNode   *node = json_read(claims, strlen(claims));
	const char *sid;

	if (node == NULL)
		return false;
	owned_json(node);
	sid = json_text_member(node, "sid");
	if (sid == NULL || !session_read_id(sid, &actor->session_id))
		return false;
	if (!standing_of(&actor->session_id, identity))
		return false;
	actor->agent_id = identity->agent_id;
	actor->customer_reference = identity->customer_reference == NULL ? NULL :
		MemoryContextStrdup(CacheMemoryContext, identity->customer_reference);
	return true;
}

/* The last ones are remembered, as every row of a query may ask. */
const Actor *
actor_of_claims(const char *claims)
{
	static Actor actor;
	static char *known_claims = NULL;
	static uint64 known_epoch = 0;
	static SessionIdentity identity;
	static bool alive;
	uint64		epoch = liveness_epoch();

	if (known_claims == NULL || known_epoch != epoch ||
		strcmp(known_claims, claims) != 0 ||
		standing_is_over(&identity))
	{
		char	   *copy = MemoryContextStrdup(CacheMemoryContext, claims);

		known_epoch = 0;
		if (known_claims != NULL)
			pfree(known_claims);
		known_claims = copy;
		if (actor.customer_reference != NULL)
			pfree(actor.customer_reference);
		memset(&actor, 0, sizeof(actor));
		alive = identify_claims(claims, &actor, &identity);
		known_epoch = alive && standing_may_be_kept() ? epoch : 0;
	}
	return alive ? &actor : NULL;
}

/* After a transaction has used a setting it reads "" and not NULL. */
const char *
actor_request_claims(void)
{
	const char *claims = GetConfigOption("request.jwt.claims", true, false);

	return claims == NULL || claims[0] == '\0' ? NULL : claims;
}

const Actor *
actor_get(void)
{
	const char *claims;

	if (top != NULL)
	{
		if (!is_good(top))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
					 errmsg("the access token is not valid any more"),
					 errdetail("The session, the agent or the key of the token that this transaction was given has ended, or its time is over."),
					 errhint("Roll back, and log in or refresh for another token.")));
		return &top->actor;
	}
	if (!setting_trust_request_claims)
		return NULL;
	claims = actor_request_claims();
	return claims == NULL ? NULL : actor_of_claims(claims);
}
