/*
 * pgcrypto.h
 *		The functions of pgcrypto that hash passwords.
 */
#ifndef AGENT_AUTH_PGCRYPTO_H
#define AGENT_AUTH_PGCRYPTO_H

/*
 * crypt(password, setting) and gen_salt('bf', cost), palloc'd.  No copy of the
 * password is left behind.  An error when the library is not installed.
 */
extern char *pgcrypto_crypt(const char *password, const char *setting);
extern char *pgcrypto_gen_salt(int cost);

#endif							/* AGENT_AUTH_PGCRYPTO_H */
