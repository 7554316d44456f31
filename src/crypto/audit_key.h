/*
 * audit_key.h
 *		The key of the MACs that seal the audit trail.
 */
#ifndef AGENT_AUTH_AUDIT_KEY_H
#define AGENT_AUTH_AUDIT_KEY_H

#include "crypto/mac.h"

/*
 * Both inside SPI; the caller wipes the key.  False when there is none yet; an
 * error when the master key does not open it.
 */
extern bool audit_key_read(uint8 key[MAC_KEY_LENGTH]);

/* The same, making it first; the caller sees to it that nobody else does. */
extern void audit_key_ensure(uint8 key[MAC_KEY_LENGTH]);

/* Whether neither would fail for lack of a master key that fits. */
extern bool audit_key_is_usable(void);

#endif							/* AGENT_AUTH_AUDIT_KEY_H */
