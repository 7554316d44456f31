/*
 * password.h
 *		Password hashes: bcrypt, computed by pgcrypto.
 */
#ifndef AGENT_AUTH_PASSWORD_H
#define AGENT_AUTH_PASSWORD_H

/* bcrypt looks at no more; a longer password is refused, never cut. */
#define PASSWORD_MAX_LENGTH 72

/* Costs that a stored hash may have; the highest takes seconds. */
#define PASSWORD_MIN_COST 4
#define PASSWORD_MAX_COST 16

/* "$2b$12$" and 53 characters. */
#define PASSWORD_HASH_LENGTH 60

/*
 * True for a bcrypt hash as PHP, Python, Go, Ruby and htpasswd write it:
 * $2a$, $2b$ or $2y$, a cost within the limits, salt and hash.
 */
extern bool password_hash_is_bcrypt(const char *hash);

/* The cost of such a hash. */
extern int	password_hash_cost(const char *hash);

/* A new hash with a salt of its own, palloc'd. */
extern char *password_hash(const char *password, int cost);

/* True when the password is that of the hash. */
extern bool password_verify(const char *password, const char *hash);

/*
 * Spends the time that lies between computing a hash of cost "from" and one
 * of cost "to"; from the beginning when "from" is 0.
 */
extern void password_spend(int from, int to);

/* What is wrong with it as a new password: a sentence; NULL when nothing is. */
extern const char *password_weakness(const char *password,
									 const char *username);

#endif							/* AGENT_AUTH_PASSWORD_H */
