/*
 * request.c
 *		An HTTP request, from whichever layer it came.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "api/request.h"
#include "settings.h"

char *
request_header(const Request *request, const char *name)
{
	JsonbValue *value;

	if (request->headers == NULL || !JB_ROOT_IS_OBJECT(request->headers))
		return NULL;
	value = getKeyJsonValueFromContainer(&request->headers->root, name,
										 strlen(name), NULL);
	if (value == NULL || value->type != jbvString)
		return NULL;
	return pnstrdup(value->val.string.val, value->val.string.len);
}

char *
request_own_header(const Request *request, const char *name)
{
	return request_header(request, psprintf("%s%s", request->prefix, name));
}

bool
request_expects_no_wait(const Request *request)
{
	const char *expectation = request_own_header(request, "expect");

	return expectation != NULL && strcmp(expectation, "no-wait") == 0;
}

const char *
request_id(const Request *request, int n)
{
	const char *id = request->target.nsegments > n ?
	request->target.segments[n] : "";

	return id[0] == '\0' ? NULL : id;
}

void
request_complete(Request *request)
{
	request->target_valid = target_parse(request->raw_target,
										 &request->target);
	request->client.user_agent = request_header(request, "user-agent");
	if (request->client.user_agent != NULL)
		client_clip_user_agent(request->client.user_agent);
}

/* A host, perhaps with a port (RFC 9112 section 3.2), and nothing else. */
static bool
is_host(const char *host)
{
	static const char allowed[] =
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:[]";

	return host != NULL && host[0] != '\0' &&
		host[strspn(host, allowed)] == '\0';
}

const char *
request_origin(const Request *request)
{
	const char *scheme = request_header(request, "x-forwarded-proto");
	const char *host = request_header(request, "host");

	if (setting_base_url[0] != '\0')
		return setting_base_url;
	if (!is_host(host))
		return "";
	if (scheme == NULL || strcmp(scheme, "https") != 0)
		scheme = "http";
	return psprintf("%s://%s", scheme, host);
}

char *
request_self(const Request *request)
{
	return psprintf("%s%s", request_origin(request), request->target.decoded);
}
