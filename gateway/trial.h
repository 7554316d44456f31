/*
 * trial.h
 *		Whether the database still commits what is written.
 */
#ifndef GATEWAY_TRIAL_H
#define GATEWAY_TRIAL_H

#include "database.h"

/*
 * Writes a trifle and commits it, where there is a reason to doubt that this
 * can be: "longest" is for how many milliseconds a question has waited for its
 * answer.  Mostly there is none, and it costs nothing.
 */
extern void trial_make(Database *database, long longest);

/* A question was not answered in time: that is a reason, too. */
extern void trial_suggest(void);

/* Whether the last one has waited in vain. */
extern bool trial_has_failed(void);

#endif							/* GATEWAY_TRIAL_H */
