/*
 * agent.h
 *		The people who may log in.
 */
#ifndef AGENT_AUTH_AGENT_H
#define AGENT_AUTH_AGENT_H

typedef struct Agent
{
	int64		id;				/* 0 when there is none */
	char	   *username;
	char	   *password_hash;
	bool		active;
} Agent;

/*
 * All run inside SPI.  Finds by normalized name what is committed now; false,
 * and the agent zeroed, when there is none.
 */
extern bool agent_find(const char *normalized, Agent *agent);

/* The same by any name, for administration: an error when there is none. */
extern void agent_get(const char *username, Agent *agent);

/* The highest cost of any stored hash; 0 without agents. */
extern int	agent_highest_cost(void);

/* An error when it is unfit to be a new agent's name. */
extern void agent_check_username(const char *username);

/* Returns the new id; an error when the name, checked before, is taken. */
extern int64 agent_create(const char *username, const char *password_hash);

/*
 * The same with the id that the agent has elsewhere, at least 1; an error when
 * that is taken, too.
 */
extern void agent_create_with_id(int64 id, const char *username,
								 const char *password_hash);

extern void agent_set_password_hash(int64 id, const char *password_hash);
extern void agent_set_active(int64 id, bool active);
extern void agent_set_auditor(int64 id, bool auditor);

/* Whether the agent may read who acted as whom. */
extern bool agent_is_auditor(int64 id);

#endif							/* AGENT_AUTH_AGENT_H */
