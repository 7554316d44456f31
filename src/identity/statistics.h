/*
 * statistics.h
 *		What happened since the server started, in numbers.
 */
#ifndef AGENT_AUTH_STATISTICS_H
#define AGENT_AUTH_STATISTICS_H

#include "datatype/timestamp.h"
#include "port/atomics.h"

typedef enum Statistic
{
	STATISTIC_LOGINS_OK,
	STATISTIC_LOGINS_FAILED,
	STATISTIC_LOGINS_LOCKED,
	STATISTIC_TOKENS_ISSUED,
	STATISTIC_REFRESHES,
	STATISTIC_REUSES,
	STATISTIC_VERIFICATIONS,
	STATISTIC_CACHE_HITS,
	NSTATISTICS
} Statistic;

typedef struct Statistics
{
	TimestampTz since;
	pg_atomic_uint64 counts[NSTATISTICS];
} Statistics;

extern void statistics_init(Statistics *statistics);
extern void statistics_count(Statistic statistic);

#endif							/* AGENT_AUTH_STATISTICS_H */
