/*
 * share.h
 *		How many connections each address has.
 *
 * An IPv6 address counts with its whole /64: who has one has them all.  Only
 * the HTTP library's thread calls these.
 */
#ifndef GATEWAY_SHARE_H
#define GATEWAY_SHARE_H

#include "network.h"

extern int	share_of(const Address *address);

/* One more; false when memory is out. */
extern bool share_take(const Address *address);

extern void share_give_back(const Address *address);

#endif							/* GATEWAY_SHARE_H */
