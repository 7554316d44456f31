/*
 * audit_key.h
 *		The key of the MACs that seal the audit trail.
 */
#ifndef AGENT_AUTH_AUDIT_KEY_H
#define AGENT_AUTH_AUDIT_KEY_H

#include "utils/snapshot.h"

#include "crypto/mac.h"

/*
 * Both inside SPI; the caller wipes the key.  As of a snapshot; false when there
 * is none, an error when the master key does not open it.
 */
extern bool audit_key_read(uint8 key[MAC_KEY_LENGTH], Snapshot snapshot);

/*
 * As committed now, making it first, unless there are seals; the caller sees to
 * it that nobody else does.
 */
extern void audit_key_ensure(uint8 key[MAC_KEY_LENGTH]);

/* Whether audit_key_ensure() would not fail for lack of a key that fits. */
extern bool audit_key_is_usable(void);

#endif							/* AGENT_AUTH_AUDIT_KEY_H */
