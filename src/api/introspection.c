/*
 * introspection.c
 *		What a token says and whether it is good (RFC 7662 section 2.2).
 */
#include "postgres.h"

#include "api/introspection.h"
#include "identity/verification.h"
#include "owned.h"

static JsonNode *
claims_of(const Verified *verified)
{
	char	   *string = JsonbToCString(NULL, &verified->claims.jsonb->root,
										VARSIZE(verified->claims.jsonb));

	return owned_json(json_read(string, strlen(string)));
}

JsonNode *
introspection_of(const char *token)
{
	const Verified *verified = verification_of(token, strlen(token));
	JsonNode   *answer = owned_json(json_new_object());
	JsonNode   *claims;
	char	   *scope;

	json_add_bool(answer, "active", verified != NULL);
	if (verified == NULL)
		return answer;
	claims = claims_of(verified);
	scope = json_join_texts(claims, "scopes", ' ');
	if (scope != NULL)
		json_add_text(answer, "scope", scope);
	json_add_text(answer, "token_type", "Bearer");
	json_add_members(answer, claims);
	return answer;
}
