/*
 * cancel.h
 *		Asking the server to give up on a statement, without waiting for it.
 */
#ifndef GATEWAY_CANCEL_H
#define GATEWAY_CANCEL_H

#include <libpq-fe.h>
#include <stdbool.h>

typedef struct Cancel Cancel;

/*
 * Has it asked by a thread; NULL when that cannot be.  The connection may be
 * closed meanwhile.
 */
extern Cancel *cancel_start(PGconn *connection);

/*
 * Waits until that moment, in clock_milliseconds(), and frees it.  True when
 * the server has heard: then it cancels nothing that is sent from now on.
 * NULL has not been heard.
 */
extern bool cancel_finish(Cancel *cancel, long deadline);

/* Whether a thread still asks: the program must not end by exit() then. */
extern bool cancel_is_under_way(void);

#endif							/* GATEWAY_CANCEL_H */
