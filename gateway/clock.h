/*
 * clock.h
 *		A clock that nobody sets.
 */
#ifndef GATEWAY_CLOCK_H
#define GATEWAY_CLOCK_H

#include <pthread.h>
#include <time.h>

/* The time since some moment in the past. */
extern long clock_milliseconds(void);
extern long clock_microseconds(void);

/* The same moment as pthread_cond_timedwait() wants it. */
extern struct timespec clock_timespec(long milliseconds);

/* A condition whose timed waits go by this clock. */
extern void clock_init_condition(pthread_cond_t *condition);

#endif							/* GATEWAY_CLOCK_H */
