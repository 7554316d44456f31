/*
 * username.h
 *		When two user names are the same.
 */
#ifndef AGENT_AUTH_USERNAME_H
#define AGENT_AUTH_USERNAME_H

#define USERNAME_MAX_LENGTH 255 /* bytes */

/*
 * The form by which names are compared: surrounding blanks gone, Unicode
 * normalization form C, case folded; palloc'd.  Any text has one, also one
 * that no agent can bear.
 */
extern char *username_normalize(const char *username);

/* What is wrong with it as a new name: a sentence; NULL when nothing is. */
extern const char *username_weakness(const char *username);

#endif							/* AGENT_AUTH_USERNAME_H */
