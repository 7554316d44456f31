/*
 * jwks.c
 *		GET /.well-known/jwks.json: the keys that tokens verify with
 *		(RFC 7517 section 5).
 */
#include "postgres.h"

#include "common/hashfn.h"

#include "api/authorization.h"
#include "api/endpoints.h"
#include "api/media_type.h"
#include "crypto/keyring.h"

/* A key is published before it signs, or fetched anew for an unknown kid. */
#define CACHE_CONTROL "public, max-age=300"

static char *
entity_tag(const char *string)
{
	uint64		hash = hash_bytes_extended((const unsigned char *) string,
										   (int) strlen(string), 0);

	return psprintf("\"%016llx\"", (unsigned long long) hash);
}

/* If-None-Match (RFC 9110 section 13.1.2): a list of tags, or "*". */
static bool
is_known(const Request *request, const char *tag)
{
	char	   *known = request_header(request, "if-none-match");

	return known != NULL &&
		(strcmp(known, "*") == 0 || strstr(known, tag) != NULL);
}

void
jwks_get(const Request *request, Response *response)
{
	char	   *keys = keyring_jwks();
	char	   *tag = entity_tag(keys);
	Outcome		outcome = authorization_check_agent(request);

	if (outcome != OUTCOME_OK)
	{
		response_fail(response, outcome, 0);
		return;
	}
	response_add_header(response, "ETag", tag);
	response_add_header(response, "Cache-Control", CACHE_CONTROL);
	response_add_header(response, "X-Content-Type-Options", "nosniff");
	if (is_known(request, tag))
	{
		response->status = 304;
		return;
	}
	response->status = 200;
	response->body = keys;
	response->body_len = strlen(keys);
	response_add_header(response, "Content-Type", MEDIA_TYPE_JWK_SET);
}
