/*
 * installed.h
 *		Whether the SQL objects of this database are those that the library
 *		was made for.
 */
#ifndef AGENT_AUTH_INSTALLED_H
#define AGENT_AUTH_INSTALLED_H

/*
 * Raises ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE where the extension's objects
 * are still those of an older version: the new library is installed, and
 * ALTER EXTENSION ... UPDATE has not been run in this database.
 */
extern void installed_check(void);

#endif							/* AGENT_AUTH_INSTALLED_H */
