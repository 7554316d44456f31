/*
 * client.c
 *		Who is asking, as far as the layer in front vouches for it.
 */
#include "compat.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include "mb/pg_wchar.h"

#include "identity/client.h"

#define USER_AGENT_MAX_LENGTH 512	/* bytes */

inet *
client_parse_peer(const char *string)
{
	inet	   *peer = palloc0(sizeof(inet));
	bool		v4 = inet_pton(AF_INET, string, ip_addr(peer)) == 1;

	if (!v4 && inet_pton(AF_INET6, string, ip_addr(peer)) != 1)
		return NULL;
	ip_family(peer) = v4 ? PGSQL_AF_INET : PGSQL_AF_INET6;
	ip_bits(peer) = ip_maxbits(peer);
	SET_INET_VARSIZE(peer);
	return peer;
}

void
client_clip_user_agent(char *user_agent)
{
	int			len = strlen(user_agent);

	user_agent[pg_mbcliplen(user_agent, len, USER_AGENT_MAX_LENGTH)] = '\0';
}
