/*
 * statistics.h
 *		The extension's numbers, among the gateway's.
 */
#ifndef GATEWAY_STATISTICS_H
#define GATEWAY_STATISTICS_H

#include <stdio.h>

/*
 * Writes what agent_auth.statistics says in Prometheus' format, over a
 * connection of its own, which is kept; waits a few seconds at most.  Without
 * it, agent_auth_up is 0 and nothing else is written.  Called in one thread.
 */
extern void statistics_write(FILE *out, const char *conninfo);

extern void statistics_close(void);

#endif							/* GATEWAY_STATISTICS_H */
