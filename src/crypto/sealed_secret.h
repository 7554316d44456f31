/*
 * sealed_secret.h
 *		Secrets as tables hold them: sealed under the master key.
 */
#ifndef AGENT_AUTH_SEALED_SECRET_H
#define AGENT_AUTH_SEALED_SECRET_H

/*
 * Seals, inside SPI, for storing, palloc'd.  "kind" and "name" say what it is,
 * and have to be the same when it is opened.  The first secret of a server
 * makes the master key file.
 */
extern bytea *sealed_secret_make(const char *kind, const char *name,
								 const uint8 *plain, Size len);

/* Opens, palloc'd; the caller wipes it.  An error when it cannot be opened. */
extern uint8 *sealed_secret_open(const bytea *sealed, const char *kind,
								 const char *name, Size *len);

/*
 * The same, NULL when the master key is another; an error when there is no
 * master key file, or it is not safe.
 */
extern uint8 *sealed_secret_try_open(const bytea *sealed, const char *kind,
									 const char *name, Size *len);

#endif							/* AGENT_AUTH_SEALED_SECRET_H */
