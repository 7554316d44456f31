/*
 * resource_server.h
 *		Services that may ask whether a token is good (RFC 7662 section 2.1).
 */
#ifndef AGENT_AUTH_RESOURCE_SERVER_H
#define AGENT_AUTH_RESOURCE_SERVER_H

/*
 * Makes one, inside SPI, and returns its secret, palloc'd, which is nowhere
 * else; an error when the name is taken.
 */
extern char *resource_server_create(const char *name);

/* Inside SPI; false when there is none of that name. */
extern bool resource_server_drop(const char *name);

/* Whether that is the secret of the server of that name. */
extern bool resource_server_knows(const char *name, const char *secret);

#endif							/* AGENT_AUTH_RESOURCE_SERVER_H */
