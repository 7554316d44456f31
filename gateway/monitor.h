/*
 * monitor.h
 *		/metrics, at an address of its own.
 */
#ifndef GATEWAY_MONITOR_H
#define GATEWAY_MONITOR_H

#include "options.h"

/* Serves it where the options say, if they do, in a thread of its own. */
extern void monitor_start(const Options *options);

extern void monitor_stop(void);

#endif							/* GATEWAY_MONITOR_H */
