/*
 * media_type.h
 *		What a client may send and may ask for (RFC 9110 sections 8.3, 12.5.1).
 */
#ifndef AGENT_AUTH_MEDIA_TYPE_H
#define AGENT_AUTH_MEDIA_TYPE_H

#define MEDIA_TYPE_JSON_API "application/vnd.api+json"
#define MEDIA_TYPE_JSON "application/json"
#define MEDIA_TYPE_FORM "application/x-www-form-urlencoded"
#define MEDIA_TYPE_JWK_SET "application/jwk-set+json"

/*
 * Whether a body of this Content-Type is read where "own" is: NULL, an absent
 * one, is, and JSON as JSON:API.
 */
extern bool media_type_is_readable(const char *content_type, const char *own);

/*
 * Whether Accept lets us answer: NULL, an absent one, does; else it has a
 * range for JSON, JSON:API or "own", the type that the route writes.
 */
extern bool media_type_is_acceptable(const char *accept, const char *own);

#endif							/* AGENT_AUTH_MEDIA_TYPE_H */
