/*
 * route.h
 *		What may be told of a request's method and target: in logs and metrics.
 */
#ifndef GATEWAY_ROUTE_H
#define GATEWAY_ROUTE_H

/* How many names route_number() and route_method_number() tell apart. */
#define ROUTE_COUNT 14
#define ROUTE_METHOD_COUNT 8

/* Longest unknown first segment that is told: no key or UUID fits in. */
#define ROUTE_SEGMENT_MAX 32

/*
 * A first segment as a number, and the number's name.  The list is short and
 * fixed, with "other" as its last, so that no client adds to it.
 */
extern int	route_number(const char *target);
extern const char *route_name(int number);

/* The same of a method, NULL being "other". */
extern int	route_method_number(const char *method);
extern const char *route_method_name(int number);

/* The method where it is a known one, else "unknown". */
extern const char *route_method(const char *method, const char *unknown);

/* The first segment where it cannot be a secret, else "-". */
extern const char *route_segment(const char *target,
								 char segment[ROUTE_SEGMENT_MAX]);

#endif							/* GATEWAY_ROUTE_H */
