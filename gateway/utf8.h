/*
 * utf8.h
 *		Whether text is UTF-8.
 */
#ifndef GATEWAY_UTF8_H
#define GATEWAY_UTF8_H

#include <stdbool.h>

/* RFC 3629: no surrogates, nothing longer than needed, nothing too high. */
extern bool utf8_is_valid(const char *text);

#endif							/* GATEWAY_UTF8_H */
