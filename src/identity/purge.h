/*
 * purge.h
 *		Deleting what nobody needs any more.
 */
#ifndef AGENT_AUTH_PURGE_H
#define AGENT_AUTH_PURGE_H

#include "datatype/timestamp.h"

/* So that nobody erases the trail of what was just done. */
#define PURGE_MIN_RETENTION USECS_PER_DAY

/*
 * Deletes at most "batch" rows that were over before a time, sessions first,
 * then the trail, and returns their number.  Inside SPI.
 */
extern uint64 purge(TimestampTz before, int batch);

#endif							/* AGENT_AUTH_PURGE_H */
