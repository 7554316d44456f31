/*
 * two_phase.h
 *		Transactions that cannot be prepared for a two-phase commit.
 */
#ifndef AGENT_AUTH_TWO_PHASE_H
#define AGENT_AUTH_TWO_PHASE_H

/*
 * PREPARE TRANSACTION fails from now on until the transaction ends.  For what a
 * client does with sessions: a prepared transaction keeps its locks when the
 * client has gone, and over a restart.
 */
extern void two_phase_forbid(void);

#endif							/* AGENT_AUTH_TWO_PHASE_H */
