/*
 * document.c
 *		JSON:API documents (jsonapi.org, version 1.1), read and written.
 */
#include "postgres.h"

#include "api/document.h"
#include "owned.h"

#define SECONDS_PER_MINUTE 60

Outcome
document_read(const char *string, Size len, const char *type,
			  JsonNode **attributes)
{
	JsonNode   *document = json_read(string, len);
	JsonNode   *data;
	const char *found;

	if (document == NULL)
		return OUTCOME_BODY_INVALID;
	owned_json(document);
	data = json_object_member(document, "data");
	found = json_text_member(data, "type");
	*attributes = json_object_member(data, "attributes");
	if (found == NULL || *attributes == NULL)
		return OUTCOME_BODY_INVALID;
	return strcmp(found, type) == 0 ? OUTCOME_OK : OUTCOME_TYPE_INVALID;
}

/* The order of members is part of the contract. */
JsonNode *
document_data(const char *type, const char *id, JsonNode *attributes,
			  const char *self)
{
	JsonNode   *data = json_new_object();
	JsonNode   *links = json_new_object();

	json_add_text(links, "self", self);
	json_add_text(data, "type", type);
	json_add_text(data, "id", id);
	json_add(data, "attributes", attributes);
	json_add(data, "links", links);
	return data;
}

JsonNode *
document_resource(const char *type, JsonNode *attributes, const char *self)
{
	JsonNode   *document = owned_json(json_new_object());

	json_add(document, "data", document_data(type, NULL, attributes, self));
	return document;
}

/* A sentence with its number of minutes, rounded up. */
static char *
sentence(const OutcomeInfo *info, int seconds)
{
	const char *number = strstr(info->detail, "%d");

	if (number == NULL)
		return pstrdup(info->detail);
	return psprintf("%.*s%d%s", (int) (number - info->detail), info->detail,
					(seconds + SECONDS_PER_MINUTE - 1) / SECONDS_PER_MINUTE,
					number + 2);
}

JsonNode *
document_error(Outcome outcome, int seconds)
{
	const OutcomeInfo *info = outcome_info(outcome);
	JsonNode   *document = owned_json(json_new_object());
	JsonNode   *errors = json_new_array();
	JsonNode   *error = json_new_object();

	if (info->code != NULL)
		json_add_text(error, "code", info->code);
	json_add_int(error, "status", info->http);
	json_add_text(error, "detail", sentence(info, seconds));
	json_append(errors, error);
	json_add(document, "errors", errors);
	return document;
}

JsonNode *
document_tokens(const TokenRecord *record)
{
	JsonNode   *tokens = json_new_object();

	json_add_text(tokens, "tokenType", "Bearer");
	json_add_int(tokens, "expiresIn", record->expires_in);
	json_add_text(tokens, "accessToken", record->access_token);
	json_add_text(tokens, "refreshToken", record->refresh_token);
	return tokens;
}

JsonNode *
document_customers(const CustomerPage *page)
{
	JsonNode   *customers = json_new_array();
	int			i;

	for (i = 0; i < page->n; i++)
	{
		JsonNode   *customer = json_new_object();

		json_add_text(customer, "customerReference",
					  page->customers[i].reference);
		json_add_text(customer, "email", page->customers[i].email);
		json_add_text(customer, "firstName", page->customers[i].first_name);
		json_add_text(customer, "lastName", page->customers[i].last_name);
		json_append(customers, customer);
	}
	return customers;
}
