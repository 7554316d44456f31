/*
 * process.h
 *		The process as the system sees it: its limits and what it uses.
 */
#ifndef GATEWAY_PROCESS_H
#define GATEWAY_PROCESS_H

#include <stdio.h>

#include "options.h"

/*
 * Opens /dev/null for each of standard input, output and error that is closed:
 * or a socket would take its number, and our log go into it.  Called first.
 */
extern void process_open_standard_files(void);

/*
 * Notes when the program started, and sees that enough files can be open for
 * all connections; where the hard limit is lower, says so in the log and takes
 * fewer connections.
 */
extern void process_start(Options *options);

/* Writes the usual metrics of a process. */
extern void process_write(FILE *out);

#endif							/* GATEWAY_PROCESS_H */
