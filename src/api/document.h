/*
 * document.h
 *		JSON:API documents (jsonapi.org, version 1.1), read and written.
 */
#ifndef AGENT_AUTH_DOCUMENT_H
#define AGENT_AUTH_DOCUMENT_H

#include "identity/customer_search.h"
#include "identity/outcome.h"
#include "identity/token_record.h"
#include "wire/json.h"

/*
 * Reads {"data":{"type":...,"attributes":{...}}}.  OUTCOME_OK and the
 * attributes, which live until the current memory context is reset;
 * OUTCOME_BODY_INVALID, or OUTCOME_TYPE_INVALID when it is another resource's.
 */
extern Outcome document_read(const char *string, Size len, const char *type,
							 JsonNode **attributes);

/* {"tokenType","expiresIn","accessToken","refreshToken"}, the caller's */
extern JsonNode *document_tokens(const TokenRecord *record);

/* [{"customerReference","email","firstName","lastName"}], the caller's */
extern JsonNode *document_customers(const CustomerPage *page);

/*
 * {"type","id","attributes","links":{"self"}}, which takes the attributes over
 * and is the caller's; "id" may be NULL.
 */
extern JsonNode *document_data(const char *type, const char *id,
							   JsonNode *attributes, const char *self);

/*
 * {"data":{"type","id":null,"attributes","links":{"self"}}}, which takes the
 * attributes over and is freed with the current memory context.
 */
extern JsonNode *document_resource(const char *type, JsonNode *attributes,
								   const char *self);

/*
 * {"errors":[{"code","status","detail"}]}, freed in the same way; "seconds" is
 * how long to wait.
 */
extern JsonNode *document_error(Outcome outcome, int seconds);

#endif							/* AGENT_AUTH_DOCUMENT_H */
