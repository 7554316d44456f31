/*
 * lockout_identity.c
 *		Whose attempt to log in it is, as keys of counters.
 *
 * A key is a keyed hash of the kind, the database, whence the attempt comes and
 * the name.  The secret is made at every start, so that nobody can choose names
 * that collide.
 */
#include "compat.h"

#include <sys/socket.h>

#include "identity/lockout.h"
#include "identity/shared.h"

/* An IPv6 network is one client; an IPv4 address stays itself when mapped. */
static Size
address_bytes(const inet *peer, const uint8 **bytes)
{
	static const uint8 mapped[12] = {[10] = 0xFF,[11] = 0xFF};

	*bytes = ip_addr(peer);
	if (ip_family(peer) == PGSQL_AF_INET)
		return 4;
	if (memcmp(*bytes, mapped, sizeof(mapped)) != 0)
		return 8;
	*bytes += sizeof(mapped);
	return 4;
}

#define ORIGIN_IS_A_ROLE 0xFF	/* no address is as long */

/*
 * Whence an attempt comes: the address; where none is known, the role.  *tag
 * says which, and implies the length.
 */
static Size
origin_bytes(const Client *client, const uint8 **bytes, uint8 *tag)
{
	Size		len = 0;

	if (client->peer != NULL)
		len = address_bytes(client->peer, bytes);
	*tag = (uint8) len;
	if (client->peer != NULL || !OidIsValid(client->role))
		return len;
	*bytes = (const uint8 *) &client->role;
	*tag = ORIGIN_IS_A_ROLE;
	return sizeof(Oid);
}

static uint64
hash(LockoutKind kind, const char *username, const Client *client)
{
	const uint8 *origin = NULL;
	Size		origin_len = 0;
	uint8		tag = 0;
	Size		name_len = kind == LOCKOUT_ADDRESS ? 0 : strlen(username);
	uint8	   *data;
	uint64		key;

	if (kind != LOCKOUT_ACCOUNT)
		origin_len = origin_bytes(client, &origin, &tag);

	/* The lengths of all but the last part are fixed by the first bytes. */
	data = palloc(2 + sizeof(Oid) + origin_len + name_len);
	data[0] = (uint8) kind;
	data[1] = tag;
	memcpy(data + 2, &MyDatabaseId, sizeof(Oid));
	if (origin_len > 0)
		memcpy(data + 2 + sizeof(Oid), origin, origin_len);
	memcpy(data + 2 + sizeof(Oid) + origin_len, username, name_len);
	if (!mac_siphash(shared()->secret, data,
					 2 + sizeof(Oid) + origin_len + name_len, &key))
		elog(ERROR, "could not compute SipHash");
	pfree(data);
	return key == 0 ? 1 : key;
}

void
lockout_identify(LockoutAttempt *attempt, const char *username,
				 const Client *client)
{
	memset(attempt, 0, sizeof(LockoutAttempt));
	attempt->keys[LOCKOUT_PAIR] = hash(LOCKOUT_PAIR, username, client);
	attempt->keys[LOCKOUT_ACCOUNT] = hash(LOCKOUT_ACCOUNT, username, client);
	if (client->peer != NULL || OidIsValid(client->role))
		attempt->keys[LOCKOUT_ADDRESS] = hash(LOCKOUT_ADDRESS, username,
											  client);
	attempt->name = (uint32) attempt->keys[LOCKOUT_ACCOUNT] | 1;	/* not 0 */
}
