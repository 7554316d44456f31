/*
 * check.h
 *		Whether the gateway would work as it is told to.
 */
#ifndef GATEWAY_CHECK_H
#define GATEWAY_CHECK_H

#include "options.h"

/*
 * Says so on standard output, a line an item, and never a secret.  Returns the
 * program's exit status: 0 when nothing is wrong, else 1.
 */
extern int	check_config(Options *options);

#endif							/* GATEWAY_CHECK_H */
