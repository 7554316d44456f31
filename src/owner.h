/*
 * owner.h
 *		Acting as the extension's owner for a moment.
 */
#ifndef AGENT_AUTH_OWNER_H
#define AGENT_AUTH_OWNER_H

typedef struct OwnerScope
{
	Oid			user;
	int			context;
} OwnerScope;

/*
 * Between the two, privileges are those of the owner of agent_auth's tables.
 * For functions that are called too often for SECURITY DEFINER, on the path
 * where they need it.  An error ends it by itself.
 */
extern void owner_enter(OwnerScope *scope);
extern void owner_leave(const OwnerScope *scope);

#endif							/* AGENT_AUTH_OWNER_H */
