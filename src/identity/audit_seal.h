/*
 * audit_seal.h
 *		Sealing the audit trail, a batch at a time.
 */
#ifndef AGENT_AUTH_AUDIT_SEAL_H
#define AGENT_AUTH_AUDIT_SEAL_H

/*
 * All as the extension's owner, outside SPI; each returns the number of rows.
 *
 * Seals every row of this server whose transaction is over.  Others who seal
 * are waited for, until their transaction ends, but not for ever.
 */
extern int64 audit_seal(void);

/* The same for the rows of another server, which a dump brought. */
extern int64 audit_seal_foreign(int64 system);

/*
 * One small batch, for those who write; nothing while somebody else seals, or
 * where that is not possible.
 */
extern int64 audit_seal_some(void);

#endif							/* AGENT_AUTH_AUDIT_SEAL_H */
