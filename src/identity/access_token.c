/*
 * access_token.c
 *		Access tokens: JSON Web Tokens (RFC 7519) that live as long as their
 *		session.
 *
 * A token is verified in the order that trusts least: its first segment must
 * be one that we write (RFC 8725 section 3.1), then its signature must hold,
 * and only then is anything of it parsed.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "crypto/random.h"
#include "identity/access_token.h"
#include "identity/statistics.h"
#include "owned.h"
#include "query.h"
#include "settings.h"
#include "wire/base64url.h"
#include "wire/json.h"
#include "wire/jws.h"
#include "wire/target.h"

#define JTI_BYTES 40

/* Seconds since 1970 (RFC 7519 section 2, NumericDate), rounded down. */
static int64
numeric_date(TimestampTz time)
{
	return time / USECS_PER_SEC +
		(int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY;
}

static void
add_id(JsonNode *object, const char *name, const int64 *id)
{
	if (id == NULL)
		json_add(object, name, NULL);
	else
		json_add_int(object, name, *id);
}

/* A string that holds JSON, as storefronts read it. */
static char *
glue_subject(const int64 *agent_id, const char *customer_reference,
			 const int64 *customer_id)
{
	JsonNode   *subject = json_new_object();
	char	   *string;

	json_add(subject, "id_company_user", NULL);
	add_id(subject, "id_agent", agent_id);
	json_add_text(subject, "customer_reference", customer_reference);
	add_id(subject, "id_customer", customer_id);
	json_add(subject, "permissions", NULL);
	string = json_write(subject, NULL);
	json_free(subject);
	return string;
}

static char *
agent_subject(const Session *session)
{
	if (setting_subject_format == SUBJECT_URN)
		return psprintf("urn:agent:" INT64_FORMAT, session->agent_id);
	return glue_subject(&session->agent_id, NULL, NULL);
}

/* A reference may have any characters, a URN may not (RFC 8141 section 2). */
static char *
customer_subject(const Session *session)
{
	if (setting_subject_format == SUBJECT_URN)
		return psprintf("urn:customer:%s",
						target_encode(session->customer_reference));
	return glue_subject(NULL, session->customer_reference,
						&session->customer_id);
}

static char *
uuid_text(const pg_uuid_t *uuid)
{
	return DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(uuid)));
}

const char *
access_token_scope(const Session *session)
{
	return session->customer_reference == NULL ? "agent" :
		"customer_impersonation customer";
}

static JsonNode *
scopes_of(const Session *session)
{
	JsonNode   *scopes = json_new_array();
	const char *scope = access_token_scope(session);

	while (*scope != '\0')
	{
		size_t		len = strcspn(scope, " ");

		json_append_text(scopes, pnstrdup(scope, len));
		scope += len + strspn(scope + len, " ");
	}
	return scopes;
}

/* Who really acts: RFC 8693 section 4.1. */
static void
add_actor(JsonNode *claims, const Session *session)
{
	JsonNode   *actor = json_new_object();

	json_add_text(actor, "sub", agent_subject(session));
	json_add(claims, "act", actor);
}

/* The order of the members is part of the contract. */
static JsonNode *
make_claims(const Session *session, int64 now, int64 expires)
{
	JsonNode   *claims = owned_json(json_new_object());
	bool		impersonates = session->customer_reference != NULL;
	const char *role = impersonates ? setting_customer_role :
	setting_agent_role;
	char		jti[2 * JTI_BYTES + 1];

	random_hex(jti, JTI_BYTES);
	json_add_text(claims, "aud", setting_audience);
	json_add_text(claims, "jti", jti);
	if (setting_issue_time_claims)
	{
		json_add_int(claims, "iat", now);
		json_add_int(claims, "nbf", now);
	}
	json_add_int(claims, "exp", expires);
	json_add_text(claims, "sub", impersonates ? customer_subject(session) :
				  agent_subject(session));
	json_add(claims, "scopes", scopes_of(session));
	json_add_text(claims, "sid", uuid_text(&session->id));
	if (setting_issuer[0] != '\0')
		json_add_text(claims, "iss", setting_issuer);
	if (role[0] != '\0')
		json_add_text(claims, "role", role);
	if (impersonates)
		add_actor(claims, session);
	return claims;
}

char *
access_token_issue(const Session *session, const SigningKey *key,
				   int *expires_in)
{
	int64		now = numeric_date(GetCurrentTimestamp());
	int64		expires = Min(now + setting_access_token_ttl,
							  numeric_date(session->expires_at));
	size_t		len;
	char	   *payload = json_write(make_claims(session, now, expires), &len);

	*expires_in = (int) (expires - now);
	statistics_count(STATISTIC_TOKENS_ISSUED);
	return keyring_sign(key, payload, len);
}

/* The decoded payload of a token that our key signed; NULL otherwise. */
static char *
signed_payload(const char *token, Size token_len, Size *len)
{
	Jws			jws;
	const SigningKey *key;
	uint8		signature[SIGNATURE_MAX_LENGTH];
	ssize_t		signature_len = -1;
	ssize_t		payload_len;
	char	   *payload;

	if (!jws_split(token, token_len, &jws))
		return NULL;
	key = keyring_by_header(jws.header.text, jws.header.len);
	if (key == NULL)
		return NULL;
	if (BASE64URL_DECODED_LENGTH(jws.signature.len) <= sizeof(signature))
		signature_len = base64url_decode(jws.signature.text,
										 jws.signature.len, signature);
	if (signature_len < 0 ||
		!keyring_verify(key, jws.signing_input.text, jws.signing_input.len,
						signature, signature_len))
		return NULL;

	payload = palloc(BASE64URL_DECODED_LENGTH(jws.payload.len) + 1);
	payload_len = base64url_decode(jws.payload.text, jws.payload.len,
								   (uint8 *) payload);
	if (payload_len < 0)
		return NULL;
	payload[payload_len] = '\0';
	*len = payload_len;
	return payload;
}

/* RFC 7519 section 4.1.5 */
static bool
has_begun(const Jsonb *claims)
{
	int64		not_before;

	return !claims_int(claims, "nbf", &not_before) ||
		numeric_date(GetCurrentTimestamp()) >= not_before;
}

static bool
pick(const Jsonb *jsonb, Claims *claims)
{
	char	   *sid = claims_text(jsonb, "sid");

	claims->audience = claims_text(jsonb, "aud");
	claims->issuer = claims_text(jsonb, "iss");
	if (claims->issuer == NULL)
		claims->issuer = "";
	return sid != NULL && session_read_id(sid, &claims->session_id) &&
		claims->audience != NULL &&
		claims_int(jsonb, "exp", &claims->expires);
}

bool
access_token_read(const char *token, Size len, Claims *claims)
{
	Size		payload_len;
	char	   *payload = signed_payload(token, len, &payload_len);

	if (payload == NULL)
		return false;
	claims->jsonb = claims_read(payload, payload_len);
	return claims->jsonb != NULL && has_begun(claims->jsonb) &&
		pick(claims->jsonb, claims) && access_token_is_good_now(claims);
}

bool
access_token_has_expired(int64 expires)
{
	return numeric_date(GetCurrentTimestamp()) >= expires;
}

/*
 * RFC 7519 sections 4.1.1, 4.1.3, 4.1.4: databases that share a key are told
 * apart by issuer and audience.  No leeway: the clock is the one that issued.
 */
bool
access_token_is_good_now(const Claims *claims)
{
	return !access_token_has_expired(claims->expires) &&
		strcmp(claims->audience, setting_audience) == 0 &&
		strcmp(claims->issuer, setting_issuer) == 0;
}
