/*
 * audit_commit.h
 *		What is done about the trail when a transaction commits.
 */
#ifndef AGENT_AUTH_AUDIT_COMMIT_H
#define AGENT_AUTH_AUDIT_COMMIT_H

#include "identity/audit_chain.h"

/* Has the server's log say what the head is, once that is committed. */
extern void audit_commit_tell_head(const Seal *last);

#endif							/* AGENT_AUTH_AUDIT_COMMIT_H */
