/*
 * network.c
 *		Addresses, and which of them are trusted proxies.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "network.h"

#define MAPPED_BITS 96
#define V6_PREFIX_BYTES 8

static void
map_v4(Address *address, const struct in_addr *v4)
{
	memset(address, 0, sizeof(Address));
	address->in6.s6_addr[10] = address->in6.s6_addr[11] = 0xFF;
	memcpy(&address->in6.s6_addr[12], v4, 4);
}

/* Reads exactly "len" characters; *bits is the length of the whole. */
static bool
read_address(Address *address, const char *text, size_t len, int *bits)
{
	char		copy[INET6_ADDRSTRLEN];
	struct in_addr v4;

	if (len >= sizeof(copy))
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (inet_pton(AF_INET, copy, &v4) == 1)
	{
		map_v4(address, &v4);
		*bits = 32;
		return true;
	}
	*bits = 128;
	return inet_pton(AF_INET6, copy, &address->in6) == 1;
}

static bool
read_network(Network *network, const char *text, size_t len)
{
	const char *slash = memchr(text, '/', len);
	size_t		address_len = slash == NULL ? len : (size_t) (slash - text);
	int			whole;
	long		bits;
	char	   *end;

	if (!read_address(&network->address, text, address_len, &whole))
		return false;
	bits = whole;
	if (slash != NULL)
	{
		bits = strtol(slash + 1, &end, 10);
		if (end == slash + 1 || end != text + len || bits < 0 || bits > whole)
			return false;
	}
	network->bits = (int) bits + (whole == 32 ? MAPPED_BITS : 0);
	return true;
}

bool
network_list_read(NetworkList *list, const char *text)
{
	list->n = 0;
	while (*text != '\0')
	{
		size_t		len = strcspn(text, ", ");

		if (len > 0 && (list->n == NETWORK_LIST_MAX ||
						!read_network(&list->networks[list->n++], text, len)))
			return false;
		text += len + (text[len] != '\0');
	}
	return true;
}

static bool
network_contains(const Network *network, const Address *address)
{
	const unsigned char *a = network->address.in6.s6_addr;
	const unsigned char *b = address->in6.s6_addr;
	int			bytes = network->bits / 8;
	int			rest = network->bits % 8;

	return memcmp(a, b, (size_t) bytes) == 0 &&
		(rest == 0 || (a[bytes] ^ b[bytes]) >> (8 - rest) == 0);
}

bool
network_list_contains(const NetworkList *list, const Address *address)
{
	int			i;

	for (i = 0; i < list->n; i++)
		if (network_contains(&list->networks[i], address))
			return true;
	return false;
}

bool
address_from_socket(Address *address, const struct sockaddr *socket_address)
{
	if (socket_address->sa_family == AF_INET)
		map_v4(address, &((const struct sockaddr_in *) socket_address)->sin_addr);
	else if (socket_address->sa_family == AF_INET6)
		address->in6 = ((const struct sockaddr_in6 *) socket_address)->sin6_addr;
	else
		return false;
	return true;
}

const char *
address_text(const Address *address, char buffer[INET6_ADDRSTRLEN])
{
	const char *text;

	if (IN6_IS_ADDR_V4MAPPED(&address->in6))
		text = inet_ntop(AF_INET, &address->in6.s6_addr[12], buffer,
						 INET6_ADDRSTRLEN);
	else
		text = inet_ntop(AF_INET6, &address->in6, buffer, INET6_ADDRSTRLEN);
	return text;
}

Address
address_owner(const Address *address)
{
	Address		owner = *address;

	if (!IN6_IS_ADDR_V4MAPPED(&owner.in6))
		memset(owner.in6.s6_addr + V6_PREFIX_BYTES, 0,
			   sizeof(owner.in6) - V6_PREFIX_BYTES);
	return owner;
}

/* The last element of a comma-separated list, cut off; NULL at its end. */
static const char *
last_element(const char *list, size_t *list_len, size_t *len)
{
	size_t		end = *list_len;
	size_t		start;

	while (end > 0 && (list[end - 1] == ' ' || list[end - 1] == '\t'))
		end--;
	for (start = end; start > 0 && list[start - 1] != ','; start--)
		;
	*list_len = start > 0 ? start - 1 : 0;
	while (start < end && (list[start] == ' ' || list[start] == '\t'))
		start++;
	*len = end - start;
	return *len > 0 ? list + start : NULL;
}

/* As proxies write it: an IPv6 address in brackets, or a port behind. */
static bool
read_forwarded(Address *address, const char *text, size_t len)
{
	const char *end = text + len;
	const char *port = memrchr(text, ':', len);
	int			bits;

	if (port != NULL && port > text && port + 1 < end &&
		strspn(port + 1, "0123456789") >= (size_t) (end - port - 1) &&
		(port[-1] == ']' || memchr(text, ':', len) == port))
		end = port;
	if (*text == '[' && end[-1] == ']')
	{
		text++;
		end--;
	}
	return read_address(address, text, (size_t) (end - text), &bits);
}

void
address_forwarded(Address *address, const NetworkList *trusted,
				  const char *forwarded_for)
{
	size_t		list_len = strlen(forwarded_for);

	while (network_list_contains(trusted, address))
	{
		size_t		len;
		const char *element = last_element(forwarded_for, &list_len, &len);
		Address		before;

		if (element == NULL || !read_forwarded(&before, element, len))
			return;
		*address = before;
	}
}
