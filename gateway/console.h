/*
 * console.h
 *		The console: a web page, and what it loads, under /console/.
 */
#ifndef GATEWAY_CONSOLE_H
#define GATEWAY_CONSOLE_H

#include <stdbool.h>

#include "answer.h"

/* A file of the folder console, as "embed" writes it into the program. */
typedef struct ConsoleFile
{
	const char *name;			/* NULL behind the last one */
	const char *type;
	const char *etag;			/* with its quotes */
	const unsigned char *bytes;
	size_t		len;
} ConsoleFile;

extern const ConsoleFile console_files[];

/* Whether there is a console at all; until this is called, there is. */
extern void console_enable(bool enabled);

/*
 * Answers what is asked of the console.  False when the target is none of its
 * own, or when there is no console; then "answer" is untouched.
 * "if_none_match" is that header of the request, NULL for none.
 */
extern bool console_answer(Answer *answer, const char *method,
						   const char *target, const char *if_none_match);

#endif							/* GATEWAY_CONSOLE_H */
