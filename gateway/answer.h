/*
 * answer.h
 *		A request as the database is asked it, and its answer.
 */
#ifndef GATEWAY_ANSWER_H
#define GATEWAY_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

struct json_object;

/* All text is UTF-8. */
typedef struct Question
{
	const char *method;
	const char *target;
	const char *headers;		/* a JSON object of strings */
	const char *peer;
	const char *body;
	size_t		body_len;
} Question;

typedef struct Answer
{
	int			status;
	struct json_object *headers;	/* name to string; NULL: none */
	char	   *body;			/* malloc'ed; NULL: none */
	size_t		body_len;
	bool		is_own;			/* the gateway's, not the database's */
} Answer;

/*
 * The answers that the gateway gives by itself: JSON:API error documents of
 * these statuses, as the extension writes them.  "retry_after" is in seconds,
 * 0 for none.
 */
extern void answer_error(Answer *answer, int status, int retry_after);

/* A line of plain text. */
extern void answer_text(Answer *answer, int status, const char *text);

/* Nothing but a status. */
extern void answer_empty(Answer *answer, int status);

/* In so many seconds it may be worth another try. */
extern void answer_retry_after(Answer *answer, int seconds);

/* One header more; a further one of its name replaces it. */
extern void answer_add_header(Answer *answer, const char *name,
							  const char *value);

/* Wipes and frees what the answer holds. */
extern void answer_clear(Answer *answer);

/* Overwrites with zeros and frees; NULL is fine. */
extern void wipe_and_free(void *secret, size_t len);

#endif							/* GATEWAY_ANSWER_H */
