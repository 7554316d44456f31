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

/* InvalidOid when there is no such relation. */
extern Oid	owner_of_relation(Oid relation);

/* InvalidOid when there is no extension. */
extern Oid	owner_of_extension(void);

/*
 * Between the two, privileges are those of the owner of agent_auth's tables.
 * For functions that are called too often for SECURITY DEFINER, on the path
 * where they need it.  An error ends it by itself.
 */
extern void owner_enter(OwnerScope *scope);

/*
 * The same as the owner of something else, who may not use the occasion for
 * more than that: what runs is code of his own choice.
 */
extern void owner_enter_as(OwnerScope *scope, Oid owner);
extern void owner_leave(const OwnerScope *scope);

#endif							/* AGENT_AUTH_OWNER_H */
