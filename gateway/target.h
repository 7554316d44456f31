/*
 * target.h
 *		What a request is for: a host, and a path on it.
 */
#ifndef GATEWAY_TARGET_H
#define GATEWAY_TARGET_H

#include <stdbool.h>

/* Whether it is a host, perhaps with a port (RFC 9110 section 7.2). */
extern bool target_is_host(const char *host);

/*
 * Cuts "http://host" off a target in absolute form (RFC 9112 section 3.2.2) and
 * returns the host, malloc'ed; NULL, and nothing done, when it has another form
 * or memory is out.  Whether it is a host is not looked at.
 */
extern char *target_cut_host(char *target);

#endif							/* GATEWAY_TARGET_H */
