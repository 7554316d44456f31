/*
 * network.h
 *		Addresses, and which of them are trusted proxies.
 */
#ifndef GATEWAY_NETWORK_H
#define GATEWAY_NETWORK_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

#define NETWORK_LIST_MAX 32

/* An address; IPv4 is held as mapped into IPv6 (RFC 4291 section 2.5.5.2). */
typedef struct Address
{
	struct in6_addr in6;
} Address;

typedef struct Network
{
	Address		address;
	int			bits;			/* of the 128 */
} Network;

typedef struct NetworkList
{
	int			n;
	Network		networks[NETWORK_LIST_MAX];
} NetworkList;

/* Reads "10.0.0.0/8,::1"; false when it is anything else. */
extern bool network_list_read(NetworkList *list, const char *text);

extern bool network_list_contains(const NetworkList *list,
								  const Address *address);

/* False for other families. */
extern bool address_from_socket(Address *address,
								const struct sockaddr *socket_address);

/* Whose it is: an IPv6 address with its whole /64. */
extern Address address_owner(const Address *address);

/* Writes the address as text; returns buffer. */
extern const char *address_text(const Address *address,
								char buffer[INET6_ADDRSTRLEN]);

/*
 * Replaces the address of a trusted proxy by the client's: walks
 * X-Forwarded-For from its end past all trusted ones.  Stops at what is no
 * address: nothing to the left of that is vouched for.
 */
extern void address_forwarded(Address *address, const NetworkList *trusted,
							  const char *forwarded_for);

#endif							/* GATEWAY_NETWORK_H */
