/*
 * clock.c
 *		A clock that nobody sets.
 */
#include "clock.h"

long
clock_microseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

long
clock_milliseconds(void)
{
	return clock_microseconds() / 1000;
}

struct timespec
clock_timespec(long milliseconds)
{
	struct timespec result;

	result.tv_sec = milliseconds / 1000;
	result.tv_nsec = milliseconds % 1000 * 1000000L;
	return result;
}

void
clock_init_condition(pthread_cond_t *condition)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(condition, &attributes);
	pthread_condattr_destroy(&attributes);
}
