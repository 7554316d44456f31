/*
 * process.h
 *		The process as the system sees it: its limits and what it uses.
 */
#ifndef GATEWAY_PROCESS_H
#define GATEWAY_PROCESS_H

#include <stdio.h>

#include "options.h"

/*
 * Notes when the program started, and sees that enough files can be open for
 * all connections; where the hard limit is lower, says so in the log and takes
 * fewer connections.
 */
extern void process_start(Options *options);

/* Writes the usual metrics of a process. */
extern void process_write(FILE *out);

#endif							/* GATEWAY_PROCESS_H */
