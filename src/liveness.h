/*
 * liveness.h
 *		How every backend hears that a key, a session or an agent has died.
 */
#ifndef AGENT_AUTH_LIVENESS_H
#define AGENT_AUTH_LIVENESS_H

/*
 * A number that grows whenever something that is cached may have died or
 * changed, here or in another backend, up to this moment.  What was read under
 * one number is good while the number stays the same.  Ask for it before
 * reading.  (The leader of a parallel query has a number of that query's, since
 * what it reads is as old as the query.)
 */
extern uint64 liveness_epoch(void);

#endif							/* AGENT_AUTH_LIVENESS_H */
