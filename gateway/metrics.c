/*
 * metrics.c
 *		What happened, in numbers, for Prometheus.
 *
 * Values are read one by one while others are counted: each is right, and their
 * sums may be of moments that lie a little apart.
 */
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include "metrics.h"
#include "pool.h"
#include "process.h"
#include "route.h"
#include "tls.h"

#define PREFIX "agent_auth_gateway_"
#define MAX_STATUS 600
#define CLASS_CHARACTERS "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define NCHARACTERS 36

/* Upper ends of the histogram's buckets, as numbers and as labels. */
static const long bounds[] = {
	500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000,
	1000000, 2500000, 5000000, 10000000
};
static const char *const bound_labels[] = {
	"0.0005", "0.001", "0.0025", "0.005", "0.01", "0.025", "0.05", "0.1",
	"0.25", "0.5", "1", "2.5", "5", "10", "+Inf"
};

#define NBUCKETS (sizeof(bound_labels) / sizeof(bound_labels[0]))

typedef struct Histogram
{
	atomic_ulong buckets[NBUCKETS]; /* each its own, without those below */
	atomic_ulong microseconds;	/* of all together */
} Histogram;

/*
 * PostgreSQL's classes of errors.  They are there from the start, at 0: of a
 * series that begins with 1, Prometheus' increase() does not see that one.
 */
static const char known_classes[] =
" 03 08 09 0A 0B 0F 0L 0P 0Z 20 21 22 23 24 25 26 27 28 2B 2D 2F 34 38 39 3B 3D"
" 3F 40 42 44 53 54 55 57 58 72 F0 HV P0 XX ";

static atomic_ulong counters[METRIC_COUNT];
static atomic_ulong requests[ROUTE_COUNT][ROUTE_METHOD_COUNT][MAX_STATUS];
static Histogram durations[ROUTE_COUNT];
static atomic_ulong database_errors[NCHARACTERS][NCHARACTERS];

static void
count(atomic_ulong *counter, unsigned long n)
{
	atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

static unsigned long
value_of(atomic_ulong *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

void
metrics_count(Metric metric)
{
	count(&counters[metric], 1);
}

static void
observe(Histogram *histogram, long microseconds)
{
	size_t		i = 0;

	while (i < NBUCKETS - 1 && microseconds > bounds[i])
		i++;
	count(&histogram->buckets[i], 1);
	count(&histogram->microseconds, (unsigned long) microseconds);
}

void
metrics_request(const char *target, const char *method, int status,
				long microseconds)
{
	int			route = route_number(target);

	if (status < 0 || status >= MAX_STATUS)
		status = 0;
	count(&requests[route][route_method_number(method)][status], 1);

	/* How long somebody stayed who went without an answer says nothing. */
	if (status != 0)
		observe(&durations[route], microseconds);
}

void
metrics_database_error(const char *sqlstate)
{
	const char *first = sqlstate[0] == '\0' ? NULL :
	strchr(CLASS_CHARACTERS, sqlstate[0]);
	const char *second = first == NULL || sqlstate[1] == '\0' ? NULL :
	strchr(CLASS_CHARACTERS, sqlstate[1]);

	if (second != NULL)
		count(&database_errors[first - CLASS_CHARACTERS][second - CLASS_CHARACTERS], 1);
}

void
metrics_begin(FILE *out, const char *name, const char *type, const char *help)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* A metric with one value. */
static void
write_value(FILE *out, const char *name, const char *type, const char *help,
			long value)
{
	metrics_begin(out, name, type, help);
	fprintf(out, "%s %ld\n", name, value);
}

static void
write_requests(FILE *out)
{
	int			route;
	int			method;
	int			status;

	metrics_begin(out, PREFIX "requests_total", "counter",
				  "Requests that are over; status 0 went without an answer.");
	for (route = 0; route < ROUTE_COUNT; route++)
		for (method = 0; method < ROUTE_METHOD_COUNT; method++)
			for (status = 0; status < MAX_STATUS; status++)
			{
				unsigned long n = value_of(&requests[route][method][status]);

				if (n > 0)
					fprintf(out, PREFIX "requests_total{route=\"%s\",method=\"%s\",status=\"%d\"} %lu\n",
							route_name(route), route_method_name(method),
							status, n);
			}
}

static void
write_histogram(FILE *out, const char *route, Histogram *histogram)
{
	unsigned long sum = 0;
	size_t		i;

	for (i = 0; i < NBUCKETS; i++)
	{
		sum += value_of(&histogram->buckets[i]);
		fprintf(out, PREFIX "request_duration_seconds_bucket{route=\"%s\",le=\"%s\"} %lu\n",
				route, bound_labels[i], sum);
	}
	fprintf(out, PREFIX "request_duration_seconds_sum{route=\"%s\"} %.6f\n"
			PREFIX "request_duration_seconds_count{route=\"%s\"} %lu\n",
			route, (double) value_of(&histogram->microseconds) / 1e6,
			route, sum);
}

static bool
is_empty(Histogram *histogram)
{
	size_t		i;

	for (i = 0; i < NBUCKETS; i++)
		if (value_of(&histogram->buckets[i]) > 0)
			return false;
	return true;
}

static void
write_durations(FILE *out)
{
	int			route;

	metrics_begin(out, PREFIX "request_duration_seconds", "histogram",
				  "From the request's first line to the end of its answer.");
	for (route = 0; route < ROUTE_COUNT; route++)
		if (!is_empty(&durations[route]))
			write_histogram(out, route_name(route), &durations[route]);
}

static void
write_connections(FILE *out, const Options *options)
{
	/* Read first, so that no more are open than were accepted. */
	long		closed = (long) value_of(&counters[METRIC_CONNECTIONS_CLOSED]);
	long		accepted = (long) value_of(&counters[METRIC_CONNECTIONS]);

	write_value(out, PREFIX "connections", "gauge",
				"Connections from clients that are open.", accepted - closed);
	write_value(out, PREFIX "connections_limit", "gauge",
				"How many may be open; more wait to be accepted.",
				options->max_connections);
	write_value(out, PREFIX "connections_accepted_total", "counter",
				"Connections from clients.", accepted);
	write_value(out, PREFIX "connections_refused_total", "counter",
				"Closed at once, their address having too many.",
				(long) value_of(&counters[METRIC_CONNECTIONS_REFUSED]));
	write_value(out, PREFIX "connections_cut_off_total", "counter",
				"Cut off for being too slow.",
				(long) value_of(&counters[METRIC_CONNECTIONS_CUT_OFF]));
}

/* A metric with one value for each lane, found in "states" at "offset". */
static void
write_lanes(FILE *out, const char *name, const char *type, const char *help,
			const LaneState *states, size_t offset)
{
	int			i;

	metrics_begin(out, name, type, help);
	for (i = 0; i < POOL_NLANES; i++)
		fprintf(out, "%s{lane=\"%s\"} %ld\n", name, pool_lane_name(i),
				*(const long *) ((const char *) &states[i] + offset));
}

static void
write_connections_of_pool(FILE *out, const LaneState *states)
{
	int			i;

	metrics_begin(out, PREFIX "pool_connections", "gauge",
				  "Connections to the database, by lane and what they do.");
	for (i = 0; i < POOL_NLANES; i++)
		fprintf(out, PREFIX "pool_connections{lane=\"%s\",state=\"idle\"} %ld\n"
				PREFIX "pool_connections{lane=\"%s\",state=\"busy\"} %ld\n",
				pool_lane_name(i), states[i].connected > states[i].busy ?
				states[i].connected - states[i].busy : 0L,
				pool_lane_name(i), states[i].busy);
}

static void
write_waits(FILE *out, const LaneState *states)
{
	int			i;

	metrics_begin(out, PREFIX "pool_wait_seconds", "summary",
				  "How long requests waited for a connection.");
	for (i = 0; i < POOL_NLANES; i++)
		fprintf(out, PREFIX "pool_wait_seconds_sum{lane=\"%s\"} %.3f\n"
				PREFIX "pool_wait_seconds_count{lane=\"%s\"} %ld\n",
				pool_lane_name(i), (double) states[i].waited / 1000.0,
				pool_lane_name(i), states[i].taken);
}

static void
write_pool(FILE *out)
{
	LaneState	states[POOL_NLANES];
	int			i;

	for (i = 0; i < POOL_NLANES; i++)
		states[i] = pool_state(i);
	write_value(out, PREFIX "ready", "gauge",
				"Whether /readyz says so.", pool_complaint() == NULL);
	write_connections_of_pool(out, states);
	write_lanes(out, PREFIX "pool_size", "gauge",
				"Connections to the database that are wanted.",
				states, offsetof(LaneState, size));
	write_lanes(out, PREFIX "pool_queue_length", "gauge",
				"Requests that wait for a connection.",
				states, offsetof(LaneState, queued));
	write_lanes(out, PREFIX "pool_waits_total", "counter",
				"Requests that found no connection idle.",
				states, offsetof(LaneState, waits));
	write_lanes(out, PREFIX "pool_turned_away_total", "counter",
				"Requests that there was no room for in the queue.",
				states, offsetof(LaneState, turned_away));
	write_lanes(out, PREFIX "pool_abandoned_total", "counter",
				"Requests that were not asked, their client having gone.",
				states, offsetof(LaneState, abandoned));
	write_waits(out, states);
}

static bool
is_known(char first, char second)
{
	char		class[] = {' ', first, second, ' ', '\0'};

	return strstr(known_classes, class) != NULL;
}

static void
write_database_errors(FILE *out)
{
	int			i;
	int			k;

	metrics_begin(out, PREFIX "database_errors_total", "counter",
				  "Errors that the database raised, by the class of their SQLSTATE.");
	for (i = 0; i < NCHARACTERS; i++)
		for (k = 0; k < NCHARACTERS; k++)
		{
			unsigned long n = value_of(&database_errors[i][k]);

			if (n > 0 || is_known(CLASS_CHARACTERS[i], CLASS_CHARACTERS[k]))
				fprintf(out, PREFIX "database_errors_total{class=\"%c%c\"} %lu\n",
						CLASS_CHARACTERS[i], CLASS_CHARACTERS[k], n);
		}
	write_value(out, PREFIX "database_connection_failures_total", "counter",
				"Tries to connect to the database that failed.",
				(long) value_of(&counters[METRIC_CONNECT_FAILURES]));
	write_value(out, PREFIX "unavailable_answers_total", "counter",
				"Answers 503 that the gateway gave by itself.",
				(long) value_of(&counters[METRIC_UNAVAILABLE]));
}

void
metrics_write(FILE *out, const Options *options)
{
	metrics_begin(out, PREFIX "build_info", "gauge", "The program's version.");
	fprintf(out, PREFIX "build_info{version=\"" VERSION "\"} 1\n");
	write_requests(out);
	write_durations(out);
	write_connections(out, options);
	write_pool(out);
	write_database_errors(out);
	if (options->tls_certificate != NULL)
		write_value(out, PREFIX "certificate_expiry_timestamp_seconds", "gauge",
					"When the TLS certificate expires.", tls_expires());
	process_write(out);
}
