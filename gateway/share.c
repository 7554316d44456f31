/*
 * share.c
 *		How many connections each address has.
 *
 * A hash table of chains.  Whoever could choose addresses that fall into one
 * chain would have to own as many of them: the chain is no longer than the
 * connections that are open.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "share.h"

#define NBUCKETS 4096

typedef struct Share
{
	Address		address;
	int			n;
	struct Share *next;
} Share;

static Share *table[NBUCKETS];

/* Where the owner's share hangs, or would. */
static Share **
find(const Address *owner)
{
	uint32_t	hash = 2166136261U;
	Share	  **place;
	size_t		i;

	for (i = 0; i < sizeof(owner->in6); i++)
		hash = (hash ^ owner->in6.s6_addr[i]) * 16777619U;
	for (place = &table[hash % NBUCKETS]; *place != NULL; place = &(*place)->next)
		if (memcmp(&(*place)->address, owner, sizeof(Address)) == 0)
			break;
	return place;
}

int
share_of(const Address *address)
{
	Address		owner = address_owner(address);
	const Share *share = *find(&owner);

	return share == NULL ? 0 : share->n;
}

bool
share_take(const Address *address)
{
	Address		owner = address_owner(address);
	Share	  **place = find(&owner);

	if (*place == NULL)
	{
		*place = calloc(1, sizeof(Share));
		if (*place == NULL)
			return false;
		(*place)->address = owner;
	}
	(*place)->n++;
	return true;
}

void
share_give_back(const Address *address)
{
	Address		owner = address_owner(address);
	Share	  **place = find(&owner);
	Share	   *share = *place;

	if (share == NULL || --share->n > 0)
		return;
	*place = share->next;
	free(share);
}
