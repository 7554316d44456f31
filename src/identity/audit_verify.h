/*
 * audit_verify.h
 *		Whether the audit trail is what it was when it was sealed.
 */
#ifndef AGENT_AUTH_AUDIT_VERIFY_H
#define AGENT_AUTH_AUDIT_VERIFY_H

typedef struct AuditVerdict
{
	char	   *complaint;		/* palloc'd sentence; NULL when intact */
	int64		seals;
	int64		rows;			/* that these cover */
	int64		unsealed;		/* rows that none covers yet */
	char	   *head;			/* MAC of the last seal in hex; NULL: none */
} AuditVerdict;

/*
 * Compares every sealed row with what it was, as the caller's statement sees
 * them.  "known_head", which may be NULL, is a head that was noted before and
 * must still be there.  Runs as the extension's owner, outside SPI.
 */
extern void audit_verify(const char *known_head, AuditVerdict *verdict);

#endif							/* AGENT_AUTH_AUDIT_VERIFY_H */
