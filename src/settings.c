/*
 * settings.c
 *		The extension's settings, "agent_auth.*" in postgresql.conf.
 *
 * None can be set by a client: each is PGC_SUSET, so that a superuser can give
 * a database or a role its own value, or PGC_SIGHUP where it concerns the
 * whole server.
 */
#include "compat.h"

#include "access/parallel.h"
#include "access/xact.h"

#include "customer_relation.h"
#include "settings.h"

char	   *setting_issuer;
char	   *setting_audience;
char	   *setting_base_url;
char	   *setting_agent_role;
char	   *setting_customer_role;
int			setting_subject_format = SUBJECT_GLUE;
bool		setting_issue_time_claims = true;
int			setting_access_token_ttl = 28800;
int			setting_session_max_lifetime = 30 * 24 * 3600;
int			setting_impersonation_ttl = 28800;
int			setting_refresh_token_ttl = 30 * 24 * 3600;
int			setting_refresh_grace = 10;
int			setting_token_cache_size = 1024;
int			setting_token_cache_idle = 300;

int			setting_bcrypt_cost = 12;
int			setting_login_concurrency = 4;
int			setting_lockout_failures = 9;
int			setting_lockout_window = 900;
int			setting_lockout_duration = 360;
int			setting_lockout_address_failures = 50;
int			setting_lockout_account_failures = 100;

char	   *setting_customer_relation;
int			setting_search_count_limit = 10000;
bool		setting_audit_search_terms = false;
bool		setting_impersonation_reason_required = false;

char	   *setting_cors_origins;
char	   *setting_peer_header;
bool		setting_peer_header_is_of_role = false;
char	   *setting_master_key_file;
bool		setting_trust_request_claims = false;

static const struct config_enum_entry subject_formats[] = {
	{"glue", SUBJECT_GLUE, false},
	{"urn", SUBJECT_URN, false},
	{NULL, 0, false}
};

/* Links are made by appending the request target, which starts with "/". */
static bool
check_base_url(char **value, void **extra, GucSource source)
{
	const char *url = *value;
	size_t		len = strlen(url);

	if (len == 0)
		return true;
	if (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0)
	{
		GUC_check_errdetail("The base URL must start with \"https://\" or \"http://\".");
		return false;
	}
	if (url[len - 1] == '/')
	{
		GUC_check_errdetail("The base URL must not end with \"/\".");
		return false;
	}
	return true;
}

/* As browsers send them: a scheme, a host and perhaps a port (RFC 6454). */
static bool
is_origin(const char *origin)
{
	const char *host = strstr(origin, "://");

	return host != NULL && host > origin && host[3] != '\0' &&
		host[3 + strcspn(host + 3, "/?#@ \t")] == '\0';
}

static bool
check_cors_origins(char **value, void **extra, GucSource source)
{
	char	   *rest = pstrdup(*value);
	char	   *origin;

	while ((origin = strsep(&rest, ",")) != NULL)
	{
		origin += strspn(origin, " ");
		origin[strcspn(origin, " ")] = '\0';
		if (origin[0] == '\0' && (*value)[0] == '\0')
			return true;
		if (strcmp(origin, "*") != 0 && !is_origin(origin))
		{
			GUC_check_errdetail("\"%s\" is not an origin.", origin);
			GUC_check_errhint("Write origins with commas between them, such as \"https://shop.example.com\", or \"*\" for any.");
			return false;
		}
	}
	return true;
}

/* Request headers reach us with lower-case names. */
static bool
check_header_name(char **value, void **extra, GucSource source)
{
	const char *c;

	for (c = *value; *c != '\0'; c++)
	{
		if (!(*c >= 'a' && *c <= 'z') && !(*c >= '0' && *c <= '9') && *c != '-')
		{
			GUC_check_errdetail("The name of a header is written in lower-case letters, digits and \"-\".");
			return false;
		}
	}
	return true;
}

/*
 * A client with SQL can put any address into request.headers.  So the header is
 * believed only where somebody says that this connection is of a layer which
 * sets it: with the setting of a role, not with one for all connections.
 */
static bool
check_peer_header(char **value, void **extra, GucSource source)
{
	bool	   *is_of_role;

	if (!check_header_name(value, extra, source))
		return false;
	is_of_role = guc_malloc(ERROR, sizeof(bool));
	if (is_of_role == NULL)
		return false;
	*is_of_role = source >= PGC_S_USER;
	*extra = is_of_role;
	return true;
}

static void
assign_peer_header(const char *value, void *extra)
{
	setting_peer_header_is_of_role = *(bool *) extra;
}

/*
 * Where it is set by hand and we can look.  Elsewhere, as in postgresql.conf,
 * whoever first uses it finds out.  ALTER DATABASE may mean another database,
 * where there may be what is missing here.
 */
static bool
check_customer_relation(char **value, void **extra, GucSource source)
{
	CustomerRelation relation;
	bool		exists;
	char	   *complaint;

	if (source < PGC_S_INTERACTIVE || (*value)[0] == '\0' ||
		!IsTransactionState() || InitializingParallelWorker)
		return true;
	complaint = customer_relation_find(*value, &relation, &exists);
	if (complaint == NULL)
		return true;
	if (source == PGC_S_TEST && !exists)
	{
		ereport(NOTICE,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation \"%s\" does not exist in this database",
						*value)));
		return true;
	}
	GUC_check_errdetail("%s", complaint);
	GUC_check_errhint("It needs id, customer_reference, email, first_name, last_name and assistable; search_text is optional.");
	return false;
}

static void
text_setting(const char *name, const char *description, char **variable,
			 const char *initial, GucContext context, int flags,
			 GucStringCheckHook check)
{
	DefineCustomStringVariable(name, description, NULL, variable, initial,
							   context, flags, check, NULL, NULL);
}

static void
int_setting(const char *name, const char *description, int *variable,
			int min, int max, int flags)
{
	DefineCustomIntVariable(name, description, NULL, variable, *variable,
							min, max, PGC_SUSET, flags, NULL, NULL, NULL);
}

/* Set by who integrates: they name the issuer and shape the claims. */
static void
define_token_settings(void)
{
	text_setting("agent_auth.issuer",
				 "Claim \"iss\" of access tokens; empty leaves it out.",
				 &setting_issuer, "", PGC_SUSET, 0, NULL);
	text_setting("agent_auth.audience",
				 "Claim \"aud\" of access tokens.",
				 &setting_audience, "frontend", PGC_SUSET, 0, NULL);
	text_setting("agent_auth.base_url",
				 "Public URL that links start with; empty takes it from the request.",
				 &setting_base_url, "", PGC_SUSET, 0, check_base_url);
	text_setting("agent_auth.agent_role",
				 "Claim \"role\" of agents' access tokens; empty leaves it out.",
				 &setting_agent_role, "", PGC_SUSET, 0, NULL);
	text_setting("agent_auth.customer_role",
				 "Claim \"role\" of the access tokens of agents acting as customers; empty leaves it out.",
				 &setting_customer_role, "", PGC_SUSET, 0, NULL);
	DefineCustomEnumVariable("agent_auth.subject_format",
							 "Form of the claim \"sub\": JSON in a string (glue), or a URN.",
							 NULL, &setting_subject_format, SUBJECT_GLUE,
							 subject_formats, PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomBoolVariable("agent_auth.issue_time_claims",
							 "Puts the claims \"iat\" and \"nbf\" into access tokens.",
							 NULL, &setting_issue_time_claims, true,
							 PGC_SUSET, 0, NULL, NULL, NULL);
	int_setting("agent_auth.access_token_ttl",
				"How long an access token is good for.",
				&setting_access_token_ttl, 1, 30 * 24 * 3600, GUC_UNIT_S);
	int_setting("agent_auth.refresh_token_ttl",
				"How long a refresh token is good for.",
				&setting_refresh_token_ttl, 1, 366 * 24 * 3600, GUC_UNIT_S);
	int_setting("agent_auth.refresh_grace",
				"How long a spent refresh token still gets its successor, as when an answer was lost.",
				&setting_refresh_grace, 0, 3600, GUC_UNIT_S);
	int_setting("agent_auth.impersonation_ttl",
				"How long after its begin an impersonation ends, whatever is refreshed.",
				&setting_impersonation_ttl, 1, 30 * 24 * 3600, GUC_UNIT_S);
	int_setting("agent_auth.session_max_lifetime",
				"How long after its login a session ends, whatever is refreshed.",
				&setting_session_max_lifetime, 1, 366 * 24 * 3600, GUC_UNIT_S);
	int_setting("agent_auth.token_cache_size",
				"How many verified tokens each backend remembers; 0 remembers none.",
				&setting_token_cache_size, 0, 1000000, 0);
	int_setting("agent_auth.token_cache_idle",
				"How long a verified token that is not used is remembered at least; at most twice as long.",
				&setting_token_cache_idle, 1, 24 * 3600, GUC_UNIT_S);
}

/* Set by who answers for security: what a guess costs and how many there are. */
static void
define_login_settings(void)
{
	int_setting("agent_auth.bcrypt_cost",
				"Cost of new password hashes, a power of two.",
				&setting_bcrypt_cost, 4, 16, 0);
	int_setting("agent_auth.login_concurrency",
				"How many password hashes are computed at once.",
				&setting_login_concurrency, 1, 256, 0);
	int_setting("agent_auth.lockout_failures",
				"Failed logins of one account from one address before it is locked out.",
				&setting_lockout_failures, 1, 1000, 0);

	/* One for the whole server, since its databases share one table. */
	DefineCustomIntVariable("agent_auth.lockout_window",
							"Time within which failed logins are counted; also how long an account is locked.",
							NULL, &setting_lockout_window, 900, 7, 24 * 3600,
							PGC_SIGHUP, GUC_UNIT_S, NULL, NULL, NULL);
	int_setting("agent_auth.lockout_duration",
				"How long an address, or an account from one address, is locked out.",
				&setting_lockout_duration, 1, 24 * 3600, GUC_UNIT_S);
	int_setting("agent_auth.lockout_address_failures",
				"Failed logins from one address, over all accounts, before it is locked out.",
				&setting_lockout_address_failures, 1, 7000, 0);
	int_setting("agent_auth.lockout_account_failures",
				"Failed logins of one account, over all addresses, before it is locked out.",
				&setting_lockout_account_failures, 1, 7000, 0);
}

/* Set by who integrates, and by who answers for privacy. */
static void
define_customer_settings(void)
{
	text_setting("agent_auth.customer_relation",
				 "Table or view that is the directory of customers; empty means agent_auth.customer.",
				 &setting_customer_relation, "", PGC_SUSET, 0,
				 check_customer_relation);
	int_setting("agent_auth.search_count_limit",
				"How many customers a search counts exactly.",
				&setting_search_count_limit, 1, 1000000, 0);
	DefineCustomBoolVariable("agent_auth.audit_search_terms",
							 "Keeps in the audit trail what agents search for.",
							 "Terms are mostly names and addresses of customers.",
							 &setting_audit_search_terms, false,
							 PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomBoolVariable("agent_auth.impersonation_reason_required",
							 "Lets agents act as a customer only for a reason that they give.",
							 NULL, &setting_impersonation_reason_required, false,
							 PGC_SUSET, 0, NULL, NULL, NULL);
}

/* Set by the operator: what stands in front, where the master key lies. */
static void
define_surroundings_settings(void)
{
	text_setting("agent_auth.cors_origins",
				 "Origins of web pages that may call the HTTP endpoints, with commas between them; \"*\" is any.",
				 &setting_cors_origins, "", PGC_SUSET, 0, check_cors_origins);
	DefineCustomStringVariable("agent_auth.peer_header",
							   "Request header in which the proxy before PostgREST puts the client's address.",
							   "Counts where it is set for the role that PostgREST connects as.",
							   &setting_peer_header, "", PGC_SUSET, 0,
							   check_peer_header, assign_peer_header, NULL);
	text_setting("agent_auth.master_key_file",
				 "File with the key that seals private keys; empty means agent_auth.key in the data directory.",
				 &setting_master_key_file, "", PGC_SIGHUP,
				 GUC_SUPERUSER_ONLY, NULL);
	DefineCustomBoolVariable("agent_auth.trust_request_claims",
							 "Takes who acts from request.jwt.claims, which any SQL session can set.",
							 "Turn it on where PostgREST is the only way in.",
							 &setting_trust_request_claims, false,
							 PGC_SUSET, 0, NULL, NULL, NULL);
}

int
settings_idle_limit(void)
{
	return Max(setting_refresh_token_ttl, setting_access_token_ttl);
}

void
settings_init(void)
{
	define_token_settings();
	define_login_settings();
	define_customer_settings();
	define_surroundings_settings();
	MarkGUCPrefixReserved("agent_auth");
}
