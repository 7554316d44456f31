/*
 * admission.h
 *		How many password hashes are computed at once.
 */
#ifndef AGENT_AUTH_ADMISSION_H
#define AGENT_AUTH_ADMISSION_H

#include "storage/condition_variable.h"
#include "storage/spin.h"

typedef struct Admission
{
	slock_t		mutex;
	int			running;
	ConditionVariable left;		/* signalled when one has finished */
} Admission;

extern void admission_init(Admission *admission);

/*
 * Runs work(arg) when there is room for one more, and returns true; false
 * when there was none for ADMISSION_WAIT_SECONDS.  A cancel or an end of the
 * connection is heard before it begins, or when it is done.
 */
extern bool admission_run(void (*work) (void *arg), void *arg);

#define ADMISSION_WAIT_SECONDS 5

#endif							/* AGENT_AUTH_ADMISSION_H */
