/*
 * server_metadata.c
 *		GET /.well-known/oauth-authorization-server: what clients that speak
 *		OAuth need to know (RFC 8414).
 */
#include "postgres.h"

#include "api/authorization.h"
#include "api/endpoints.h"
#include "api/media_type.h"
#include "owned.h"
#include "settings.h"

#define CACHE_CONTROL "public, max-age=300"

static void
add_url(JsonNode *object, const char *name, const char *origin,
		const char *path)
{
	json_add_text(object, name, psprintf("%s%s", origin, path));
}

static void
add_list(JsonNode *object, const char *name, const char *const *values)
{
	JsonNode   *array = json_new_array();

	for (; *values != NULL; values++)
		json_append_text(array, *values);
	json_add(object, name, array);
}

/* No endpoint shows a page: there are no response types. */
static JsonNode *
metadata(const char *origin)
{
	static const char *const none[] = {NULL};
	static const char *const public_client[] = {"none", NULL};
	static const char *const grants[] = {"refresh_token",
	"urn:ietf:params:oauth:grant-type:token-exchange", NULL};
	static const char *const callers[] = {"client_secret_basic", "Bearer", NULL};
	JsonNode   *object = owned_json(json_new_object());

	json_add_text(object, "issuer",
				  setting_issuer[0] == '\0' ? origin : setting_issuer);
	add_url(object, "token_endpoint", origin, "/token");
	add_url(object, "jwks_uri", origin, "/.well-known/jwks.json");
	add_list(object, "response_types_supported", none);
	add_list(object, "grant_types_supported", grants);
	add_list(object, "token_endpoint_auth_methods_supported", public_client);
	add_url(object, "revocation_endpoint", origin, "/revoke");
	add_list(object, "revocation_endpoint_auth_methods_supported",
			 public_client);
	add_url(object, "introspection_endpoint", origin, "/introspect");
	add_list(object, "introspection_endpoint_auth_methods_supported", callers);
	return object;
}

void
server_metadata_get(const Request *request, Response *response)
{
	Outcome		outcome = authorization_check_agent(request);

	if (outcome != OUTCOME_OK)
	{
		response_fail(response, outcome, 0);
		return;
	}
	response->status = 200;
	response->body = json_write(metadata(request_origin(request)),
								&response->body_len);
	response_add_header(response, "Content-Type", MEDIA_TYPE_JSON);
	response_add_header(response, "Cache-Control", CACHE_CONTROL);
	response_add_header(response, "X-Content-Type-Options", "nosniff");
}
