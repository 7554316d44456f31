/*
 * audit_rest.h
 *		Rows of the audit trail that no seal is on.
 */
#ifndef AGENT_AUTH_AUDIT_REST_H
#define AGENT_AUTH_AUDIT_REST_H

#include "identity/audit_verify.h"
#include "identity/audit_walk.h"

/*
 * Counts them, and unless there is a complaint already, complains of those that
 * cannot be: inside SPI, after a walk to the end.
 */
extern void audit_rest(AuditWalk *walk, AuditVerdict *verdict);

/*
 * When the oldest of them was written; false when there is none.  Nothing is
 * verified.  Inside SPI.
 */
extern bool audit_rest_since(TimestampTz *since);

#endif							/* AGENT_AUTH_AUDIT_REST_H */
