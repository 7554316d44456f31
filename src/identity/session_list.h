/*
 * session_list.h
 *		The live sessions of an agent, for people to look at.
 */
#ifndef AGENT_AUTH_SESSION_LIST_H
#define AGENT_AUTH_SESSION_LIST_H

/* Most that are listed, the latest first. */
#define SESSION_LIST_MAX 1000

/* Texts; times as RFC 3339 writes them.  NULL where there is none. */
typedef struct SessionSummary
{
	char	   *id;
	char	   *kind;
	char	   *customer_reference;
	char	   *created_at;
	char	   *last_used_at;	/* when it was refreshed */
	char	   *expires_at;
	char	   *peer;
	char	   *user_agent;
	char	   *reason;
} SessionSummary;

/* Sets a palloc'd array and returns its length. */
extern int	session_list(int64 agent_id, SessionSummary **sessions);

#endif							/* AGENT_AUTH_SESSION_LIST_H */
