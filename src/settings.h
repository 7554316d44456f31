/*
 * settings.h
 *		The extension's settings, "agent_auth.*" in postgresql.conf.
 */
#ifndef AGENT_AUTH_SETTINGS_H
#define AGENT_AUTH_SETTINGS_H

typedef enum SubjectFormat
{
	SUBJECT_GLUE,				/* a string holding JSON */
	SUBJECT_URN					/* urn:agent:1 */
} SubjectFormat;

/* tokens */
extern char *setting_issuer;
extern char *setting_audience;
extern char *setting_base_url;
extern char *setting_agent_role;
extern char *setting_customer_role;
extern int	setting_subject_format;
extern bool setting_issue_time_claims;
extern int	setting_access_token_ttl;	/* seconds */
extern int	setting_session_max_lifetime;	/* seconds */
extern int	setting_impersonation_ttl;	/* seconds */
extern int	setting_refresh_token_ttl;	/* seconds */
extern int	setting_refresh_grace;	/* seconds */
extern int	setting_token_cache_size;
extern int	setting_token_cache_idle;	/* seconds */

/* passwords and lockout */
extern int	setting_bcrypt_cost;
extern int	setting_login_concurrency;
extern int	setting_lockout_failures;
extern int	setting_lockout_window; /* seconds */
extern int	setting_lockout_duration;	/* seconds */
extern int	setting_lockout_address_failures;
extern int	setting_lockout_account_failures;

/* customers */
extern char *setting_customer_relation;
extern int	setting_search_count_limit;
extern bool setting_audit_search_terms;
extern bool setting_impersonation_reason_required;

/* surroundings */
extern char *setting_cors_origins;
extern char *setting_peer_header;
extern bool setting_peer_header_is_of_role; /* else it counts for nothing */
extern char *setting_master_key_file;
extern bool setting_trust_request_claims;

/*
 * Seconds since its last refresh after which no token of a session can be good:
 * it has ended then, though nobody has ended it.
 */
extern int	settings_idle_limit(void);

extern void settings_init(void);

#endif							/* AGENT_AUTH_SETTINGS_H */
