/*
 * audit_seal.h
 *		Sealing the audit trail, a batch at a time.
 */
#ifndef AGENT_AUTH_AUDIT_SEAL_H
#define AGENT_AUTH_AUDIT_SEAL_H

/*
 * Seals every row whose transaction, and every one before it, is over; returns
 * their number.  Others who seal are waited for, until the transaction ends.
 * Runs as the extension's owner, outside SPI.
 */
extern int64 audit_seal(void);

#endif							/* AGENT_AUTH_AUDIT_SEAL_H */
