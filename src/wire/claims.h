/*
 * claims.h
 *		JWT claims sets (RFC 7519 section 4) as jsonb.
 */
#ifndef AGENT_AUTH_CLAIMS_H
#define AGENT_AUTH_CLAIMS_H

#include "utils/jsonb.h"

/*
 * Reads a claims set: a JSON object whose numbers are integers, as in all that
 * we sign.  NULL, and nothing raised, when the text is anything else.
 */
extern Jsonb *claims_read(const char *string, Size len);

/* A claim, palloc'd; NULL or false when absent or of another type. */
extern char *claims_text(const Jsonb *claims, const char *name);
extern bool claims_int(const Jsonb *claims, const char *name, int64 *value);

#endif							/* AGENT_AUTH_CLAIMS_H */
