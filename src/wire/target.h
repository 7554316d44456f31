/*
 * target.h
 *		The request target (RFC 9112 section 3.2, RFC 3986).
 */
#ifndef AGENT_AUTH_TARGET_H
#define AGENT_AUTH_TARGET_H

#define TARGET_MAX_SEGMENTS 4

/* A target taken apart; all strings are palloc'd. */
typedef struct Target
{
	char	   *segments[TARGET_MAX_SEGMENTS];	/* percent-decoded */
	int			nsegments;
	char	   *query;			/* still encoded; NULL without "?" */
	char	   *decoded;		/* path and query, percent-decoded once, or as
								 * they are where that cannot be done */
} Target;

/*
 * Takes "/a/b?query" or its absolute form apart.  False when the path is not
 * one that a route could have: not starting with "/", too many segments, or
 * escapes that are malformed or decode to NUL or invalid UTF-8.
 */
extern bool target_parse(const char *raw, Target *target);

/*
 * Percent-decodes once into a palloc'd string.  NULL when an escape is
 * malformed or the result has a NUL or is not UTF-8.
 */
extern char *target_decode(const char *string, size_t len);

/*
 * Percent-encodes all but unreserved characters (RFC 3986 section 2.3) into a
 * palloc'd string.
 */
extern char *target_encode(const char *string);

#endif							/* AGENT_AUTH_TARGET_H */
