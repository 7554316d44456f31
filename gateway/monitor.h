/*
 * monitor.h
 *		/metrics, at an address of its own.
 */
#ifndef GATEWAY_MONITOR_H
#define GATEWAY_MONITOR_H

#include "options.h"

/* Opens its port where the options say, if they do, before there are threads. */
extern void monitor_open(const Options *options);

/* Serves it in a thread of its own; after server_start(), whose watch it has. */
extern void monitor_start(void);

extern void monitor_stop(void);

#endif							/* GATEWAY_MONITOR_H */
