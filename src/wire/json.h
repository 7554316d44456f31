/*
 * json.h
 *		JSON trees: read strictly, written in the order they were built
 *		(RFC 8259; duplicate names and NUL refused as RFC 7493 advises).
 *
 * A tree is json-c's, but json-c stays behind this header: it cannot share a
 * file with the server's utils/builtins.h.
 */
#ifndef AGENT_AUTH_JSON_H
#define AGENT_AUTH_JSON_H

typedef struct json_object JsonNode;

/* Deepest nesting of arrays and objects that is read. */
#define JSON_MAX_DEPTH 32

/*
 * Reads exactly one JSON text.  NULL when it is anything else: not JSON, not
 * UTF-8, nested too deep, with a NUL, a lone surrogate, a duplicate member
 * name or trailing bytes.  The caller frees the tree with json_free().
 */
extern JsonNode *json_read(const char *string, size_t len);

/* Members and values; NULL or false when absent or of another type. */
extern JsonNode *json_object_member(const JsonNode *object, const char *name);
extern bool json_has_member(const JsonNode *object, const char *name);
extern const char *json_text_member(const JsonNode *object, const char *name);

/* The texts of an array, palloc'd, with "separator" between them. */
extern char *json_join_texts(const JsonNode *object, const char *name,
							 char separator);

/* An integer whose size is below 2^63 - 1. */
extern bool json_int_member(const JsonNode *object, const char *name,
							int64 *value);

/* Building.  A node added to another belongs to it from then on. */
extern JsonNode *json_new_object(void);
extern JsonNode *json_new_array(void);
extern void json_add(JsonNode *object, const char *name, JsonNode *value);
extern void json_add_text(JsonNode *object, const char *name,
						  const char *value);	/* NULL becomes null */
extern void json_add_int(JsonNode *object, const char *name, int64 value);
extern void json_add_bool(JsonNode *object, const char *name, bool value);

/* Adds the members of another object, which shares their values from then on. */
extern void json_add_members(JsonNode *object, const JsonNode *other);
extern void json_append(JsonNode *array, JsonNode *value);
extern void json_append_text(JsonNode *array, const char *value);

/*
 * Returns the tree as compact JSON, palloc'd; *len may be NULL.  json-c's own
 * copy of the text is wiped.
 */
extern char *json_write(JsonNode *node, size_t *len);

/* Wipes every string of the tree and frees it.  NULL is fine. */
extern void json_free(JsonNode *node);

#endif							/* AGENT_AUTH_JSON_H */
