/*
 * common_passwords.h
 *		The passwords that are tried first.
 */
#ifndef AGENT_AUTH_COMMON_PASSWORDS_H
#define AGENT_AUTH_COMMON_PASSWORDS_H

/* True when the list has the password, ignoring case. */
extern bool password_is_common(const char *password);

#endif							/* AGENT_AUTH_COMMON_PASSWORDS_H */
