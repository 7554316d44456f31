/*
 * audit_lock.h
 *		Only one at a time extends the chain of seals, or shortens it.
 */
#ifndef AGENT_AUTH_AUDIT_LOCK_H
#define AGENT_AUTH_AUDIT_LOCK_H

/* False when somebody has it.  It is kept until the transaction ends. */
extern bool audit_lock_try(void);

/* Waits a minute; then an error says which processes have it. */
extern void audit_lock_wait(void);

#endif							/* AGENT_AUTH_AUDIT_LOCK_H */
