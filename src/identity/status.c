/*
 * status.c
 *		The outcomes that a client can cause, as values: one table with what
 *		HTTP makes of each.
 */
#include "postgres.h"

#include "identity/status.h"

static const StatusInfo infos[] = {
	[STATUS_OK] = {200, NULL, NULL},
	[STATUS_LOGIN_FAILED] = {401, "4101",
	"Failed to authenticate an agent."},
	[STATUS_AGENT_TOKEN_INVALID] = {401, "4102",
	"Agent access token is invalid."},
	[STATUS_ACCESS_TOKEN_INVALID] = {401, "001",
	"Invalid access token."},
	[STATUS_LOCKED_OUT] = {429, "4401",
		"Too many log in attempts from your address. "
	"Please wait %d minutes before trying again."},
	[STATUS_BODY_INVALID] = {400, NULL, "Post data is invalid."},
	[STATUS_TYPE_INVALID] = {400, NULL, "Invalid type."},
	[STATUS_NOT_FOUND] = {404, NULL, "Not Found"},
	[STATUS_METHOD_NOT_ALLOWED] = {405, NULL, "Method Not Allowed"},
	[STATUS_NOT_ACCEPTABLE] = {406, NULL, "Not acceptable."},
	[STATUS_TOO_LARGE] = {413, NULL, "Payload too large."},
	[STATUS_UNSUPPORTED_MEDIA_TYPE] = {415, NULL, "Unsupported media type."},
	[STATUS_UNAVAILABLE] = {503, NULL, "Service Unavailable"},
};

const StatusInfo *
status_info(Status status)
{
	return &infos[status];
}
