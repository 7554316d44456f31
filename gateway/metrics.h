/*
 * metrics.h
 *		What happened, in numbers, for Prometheus.
 *
 * Counting takes no lock and no memory; what clients send makes no new series.
 */
#ifndef GATEWAY_METRICS_H
#define GATEWAY_METRICS_H

#include <stdio.h>

#include "options.h"

typedef enum Metric
{
	METRIC_CONNECTIONS,			/* accepted */
	METRIC_CONNECTIONS_CLOSED,
	METRIC_CONNECTIONS_REFUSED, /* one address had too many */
	METRIC_CONNECTIONS_CUT_OFF, /* too slow */
	METRIC_CONNECT_FAILURES,	/* tries to reach the database */
	METRIC_UNAVAILABLE,			/* answered 503 by the gateway */
	METRIC_COUNT
} Metric;

extern void metrics_count(Metric metric);

/* A request that is over; status 0: without an answer. */
extern void metrics_request(const char *target, const char *method,
							int status, long microseconds);

/* An error that the database raised. */
extern void metrics_database_error(const char *sqlstate);

/* Writes them in Prometheus' text format, version 0.0.4. */
extern void metrics_write(FILE *out, const Options *options);

/*
 * Writes the two lines that come before a metric's values.  Its "type" is
 * counter, gauge, histogram or summary.
 */
extern void metrics_begin(FILE *out, const char *name, const char *type,
						  const char *help);

#endif							/* GATEWAY_METRICS_H */
