/*
 * introspect.c
 *		POST /introspect: whether a token is good, and what it says (RFC 7662).
 *
 * Asked by an agent, with its access token, or by a resource server, with its
 * name and secret (RFC 6749 section 2.3.1).
 */
#include "postgres.h"

#include "common/base64.h"

#include "api/authorization.h"
#include "api/endpoints.h"
#include "api/introspection.h"
#include "api/oauth.h"
#include "identity/resource_server.h"
#include "owned.h"
#include "wire/target.h"

#define SCHEME "Basic "

/* "name:secret" (RFC 7617 section 2); NULL when it is not that. */
static char *
read_credentials(const char *value)
{
	const char *encoded = value + strlen(SCHEME);
	int			size;
	char	   *decoded;
	int			len;

	if (pg_strncasecmp(value, SCHEME, strlen(SCHEME)) != 0)
		return NULL;
	encoded += strspn(encoded, " ");
	size = pg_b64_dec_len((int) strlen(encoded)) + 1;
	decoded = palloc(size);
	owned_secret(decoded, size);
	len = pg_b64_decode(encoded, (int) strlen(encoded), (void *) decoded, size);
	if (len < 0)
		return NULL;
	return target_decode(decoded, len);
}

static bool
is_resource_server(const Request *request)
{
	const char *value = request_own_header(request, "authorization");
	char	   *name;
	char	   *secret;

	if (value == NULL || (name = read_credentials(value)) == NULL)
		return false;
	owned_secret(name, strlen(name));
	secret = strchr(name, ':');
	if (secret == NULL)
		return false;
	*secret++ = '\0';
	return resource_server_knows(name, secret);
}

static Outcome
check_caller(const Request *request)
{
	Actor		agent;
	Outcome		outcome = authorization_check_agent(request);

	if (outcome == OUTCOME_OK && !is_resource_server(request))
		outcome = authorization_require_agent(request, &agent);
	return outcome;
}

void
introspect_create(const Request *request, Response *response)
{
	Form		form;
	const char *token;
	Outcome		outcome;

	if (!oauth_read(request, response, &form))
		return;
	token = form_value(&form, "token");
	outcome = check_caller(request);
	if (outcome != OUTCOME_OK)
		oauth_refuse(response, outcome);
	else if (token == NULL)
		oauth_fail(response, OAUTH_INVALID_REQUEST);
	else
		oauth_answer(response, 200, introspection_of(token));
}
