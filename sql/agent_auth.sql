-- agent_auth: what CREATE EXTENSION makes
--
-- Two schemas.  The client schema, @extschema@, has only what a client may
-- call; agent_auth has everything else.  Each object is followed by its grants
-- and its comment.  Nothing is for PUBLIC: a password check that anybody may
-- call is an oracle, and a table of hashes is what thieves come for.

\echo Use "CREATE EXTENSION agent_auth CASCADE" to load this file. \quit

DO $$
BEGIN
	IF pg_catalog.getdatabaseencoding() <> 'UTF8' THEN
		RAISE EXCEPTION 'agent_auth needs a database with the encoding UTF8'
			USING ERRCODE = 'feature_not_supported',
			HINT = 'Make one with CREATE DATABASE ... ENCODING ''UTF8'' TEMPLATE template0.';
	END IF;
	IF '@extschema@' IN ('agent_auth', 'pg_catalog') THEN
		RAISE EXCEPTION 'the client functions cannot be in schema "@extschema@"'
			USING ERRCODE = 'invalid_parameter_value',
			HINT = 'Name the schema that clients use: CREATE EXTENSION agent_auth SCHEMA ... CASCADE.';
	END IF;
END
$$;

-- Whoever may create in the schemas that CREATE EXTENSION looks into must not
-- have operators of his own in what is made here.
SET LOCAL search_path = pg_catalog, pg_temp;

CREATE SCHEMA agent_auth;
COMMENT ON SCHEMA agent_auth IS 'tables and administration of agent_auth; clients call the functions of the client schema';

----------------------------------------------------------------------
-- Agents
----------------------------------------------------------------------

CREATE FUNCTION agent_auth.normalize_username(username text) RETURNS text
	AS 'MODULE_PATHNAME', 'agent_auth_normalize_username'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
REVOKE ALL ON FUNCTION agent_auth.normalize_username(text) FROM PUBLIC;
COMMENT ON FUNCTION agent_auth.normalize_username(text) IS 'the form by which user names are compared: no surrounding blanks, Unicode NFC, case folded';

CREATE FUNCTION agent_auth.password_cost(password_hash text) RETURNS integer
	AS 'MODULE_PATHNAME', 'agent_auth_password_cost'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
REVOKE ALL ON FUNCTION agent_auth.password_cost(text) FROM PUBLIC;
COMMENT ON FUNCTION agent_auth.password_cost(text) IS 'the cost of a bcrypt hash, a power of two; NULL for anything else';

-- Free space on each page keeps a login's update there, out of the indexes.
CREATE TABLE agent_auth.agent (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	username text NOT NULL,
	password_hash text NOT NULL,
	active boolean NOT NULL DEFAULT true,
	created_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	password_changed_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	last_login_at timestamptz,
	auditor boolean NOT NULL DEFAULT false,
	CONSTRAINT agent_password_hash_is_bcrypt
		CHECK (agent_auth.password_cost(password_hash) IS NOT NULL)
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX agent_username_key
	ON agent_auth.agent (agent_auth.normalize_username(username));
CREATE INDEX agent_password_cost_idx
	ON agent_auth.agent (agent_auth.password_cost(password_hash));
REVOKE ALL ON TABLE agent_auth.agent FROM PUBLIC;
COMMENT ON TABLE agent_auth.agent IS 'support staff who may log in';
COMMENT ON COLUMN agent_auth.agent.id IS 'the claim "sub" of its tokens names it; never used again';
COMMENT ON COLUMN agent_auth.agent.username IS 'as it was given; unique by agent_auth.normalize_username()';
COMMENT ON COLUMN agent_auth.agent.password_hash IS 'bcrypt: $2a$, $2b$ or $2y$';
COMMENT ON COLUMN agent_auth.agent.active IS 'false: cannot log in, and no token is good';
COMMENT ON COLUMN agent_auth.agent.auditor IS 'may read over HTTP who acted as whom';
COMMENT ON COLUMN agent_auth.agent.created_at IS 'when it was made or imported';
COMMENT ON COLUMN agent_auth.agent.password_changed_at IS 'by set_password(); replacing a hash by one of a higher cost is no change';
COMMENT ON COLUMN agent_auth.agent.last_login_at IS 'of the last good login; NULL before the first';

----------------------------------------------------------------------
-- Sessions: one row a login
----------------------------------------------------------------------

-- Free space, as above, for refreshes: no index is on what these change.  No
-- foreign keys: pg_restore, in parallel, does not mind their order in tables of
-- an extension; and a session whose agent or parent is gone is dead anyway.
CREATE TABLE agent_auth.session (
	id uuid PRIMARY KEY,
	kind text NOT NULL,
	agent_id bigint NOT NULL,
	parent_id uuid,
	customer_reference text,
	reason text,
	ticket text,
	generation integer NOT NULL DEFAULT 1,
	created_at timestamptz NOT NULL,
	refreshed_at timestamptz NOT NULL,
	expires_at timestamptz NOT NULL,
	ended_at timestamptz,
	end_reason text,
	peer inet,
	user_agent text,
	nonce bytea,
	previous_nonce bytea,
	CONSTRAINT session_kind_is_known
		CHECK (kind IN ('agent', 'impersonation')),
	CONSTRAINT session_impersonation_has_parent_and_customer
		CHECK ((kind = 'impersonation') = (parent_id IS NOT NULL) AND
			   (kind = 'impersonation') = (customer_reference IS NOT NULL))
) WITH (fillfactor = 80);
CREATE INDEX session_agent_id_idx ON agent_auth.session (agent_id);
CREATE INDEX session_expires_at_idx ON agent_auth.session (expires_at);
CREATE INDEX session_ended_at_idx ON agent_auth.session (ended_at)
	WHERE ended_at IS NOT NULL;
CREATE INDEX session_parent_id_idx ON agent_auth.session (parent_id)
	WHERE parent_id IS NOT NULL;
REVOKE ALL ON TABLE agent_auth.session FROM PUBLIC;
COMMENT ON TABLE agent_auth.session IS 'what tokens hang on: each is good while its session, the parent of that, and its agent are';
COMMENT ON COLUMN agent_auth.session.id IS 'the claim "sid" of its tokens';
COMMENT ON COLUMN agent_auth.session.kind IS 'agent: a login; impersonation: an agent who acts as a customer';
COMMENT ON COLUMN agent_auth.session.agent_id IS 'whose it is, of an impersonation too';
COMMENT ON COLUMN agent_auth.session.parent_id IS 'the session that it cannot outlive';
COMMENT ON COLUMN agent_auth.session.customer_reference IS 'of an impersonation: the customer as whom the agent acts';
COMMENT ON COLUMN agent_auth.session.reason IS 'of an impersonation: why, as the agent says';
COMMENT ON COLUMN agent_auth.session.ticket IS 'of an impersonation: the ticket that the agent names';
COMMENT ON COLUMN agent_auth.session.generation IS 'of the refresh token that is good now';
COMMENT ON COLUMN agent_auth.session.created_at IS 'of the login, or of the begin of the impersonation';
COMMENT ON COLUMN agent_auth.session.refreshed_at IS 'when the present tokens were made';
COMMENT ON COLUMN agent_auth.session.expires_at IS 'the end, whatever is refreshed';
COMMENT ON COLUMN agent_auth.session.ended_at IS 'NULL while nobody has ended it; one past expires_at is dead too';
COMMENT ON COLUMN agent_auth.session.end_reason IS 'revoked, ended, password_set, agent_disabled, refresh_token_reused or customer_not_assistable; NULL where plain SQL ended it';
COMMENT ON COLUMN agent_auth.session.peer IS 'address of the client, as the layer in front vouches for it';
COMMENT ON COLUMN agent_auth.session.user_agent IS 'as the client calls itself';
COMMENT ON COLUMN agent_auth.session.nonce IS 'in the refresh token of this generation; NULL where 0.1.0 has made that token';
COMMENT ON COLUMN agent_auth.session.previous_nonce IS 'of the generation before';

----------------------------------------------------------------------
-- Customers: whom agents act for, unless agent_auth.customer_relation names
-- another table or view
----------------------------------------------------------------------

-- search_text is what a search looks at: e-mail address and whole name, after a
-- chr(31) each, in lower case, and a chr(30) before each word.
CREATE TABLE agent_auth.customer (
	id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
	customer_reference text NOT NULL UNIQUE,
	email text,
	first_name text,
	last_name text,
	assistable boolean NOT NULL DEFAULT true,
	search_text text GENERATED ALWAYS AS (
		regexp_replace(lower(chr(31) || coalesce(email, '') || chr(31) ||
							 coalesce(first_name || ' ' || last_name, first_name, last_name, '')),
					   E'([ .@_+''\x1f-])', E'\\1\x1e', 'g')
	) STORED
);
DO $$
BEGIN
	EXECUTE pg_catalog.format('CREATE INDEX customer_search_text_idx ON agent_auth.customer USING gin (search_text %I.gin_trgm_ops)',
		(SELECT n.nspname FROM pg_catalog.pg_extension e
		 JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) e.extnamespace
		 WHERE e.extname OPERATOR(pg_catalog.=) 'pg_trgm'));
END
$$;
CREATE INDEX customer_reference_lower_idx
	ON agent_auth.customer (lower(customer_reference));
REVOKE ALL ON TABLE agent_auth.customer FROM PUBLIC;
COMMENT ON TABLE agent_auth.customer IS 'the built-in directory of customers, used unless agent_auth.customer_relation names another';
COMMENT ON COLUMN agent_auth.customer.id IS 'the order of results, and "id_customer" in tokens';
COMMENT ON COLUMN agent_auth.customer.customer_reference IS 'by which the customer is impersonated; unique';
COMMENT ON COLUMN agent_auth.customer.email IS 'is searched; may be NULL';
COMMENT ON COLUMN agent_auth.customer.first_name IS 'is searched; may be NULL';
COMMENT ON COLUMN agent_auth.customer.last_name IS 'is searched; may be NULL';
COMMENT ON COLUMN agent_auth.customer.assistable IS 'false: is found, but nobody can act as this customer';
COMMENT ON COLUMN agent_auth.customer.search_text IS 'what agent_customer_search() looks at';

----------------------------------------------------------------------
-- Keys: secret parts only ever sealed under the master key file
----------------------------------------------------------------------

CREATE TABLE agent_auth.signing_key (
	kid text PRIMARY KEY,
	algorithm text NOT NULL
		CONSTRAINT signing_key_algorithm_is_known
		CHECK (algorithm IN ('RS256', 'ES256', 'EdDSA')),
	public_key bytea NOT NULL,
	sealed_private_key bytea NOT NULL,
	created_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	retired_at timestamptz,
	revoked_at timestamptz,
	low_s_since timestamptz
);
CREATE UNIQUE INDEX signing_key_one_is_current
	ON agent_auth.signing_key ((true))
	WHERE retired_at IS NULL AND revoked_at IS NULL;
REVOKE ALL ON TABLE agent_auth.signing_key FROM PUBLIC;
COMMENT ON TABLE agent_auth.signing_key IS 'keys that sign access tokens; the current one is neither retired nor revoked';
COMMENT ON COLUMN agent_auth.signing_key.kid IS 'thumbprint of the public key (RFC 7638)';
COMMENT ON COLUMN agent_auth.signing_key.algorithm IS 'RS256, ES256 or EdDSA';
COMMENT ON COLUMN agent_auth.signing_key.public_key IS 'SubjectPublicKeyInfo (RFC 5280), DER';
COMMENT ON COLUMN agent_auth.signing_key.sealed_private_key IS 'PKCS #8 (RFC 5958), AES-256-GCM under the master key';
COMMENT ON COLUMN agent_auth.signing_key.created_at IS 'of the rotation that made it';
COMMENT ON COLUMN agent_auth.signing_key.retired_at IS 'since when it only verifies, until its last token has expired';
COMMENT ON COLUMN agent_auth.signing_key.revoked_at IS 'since when its tokens are refused';
COMMENT ON COLUMN agent_auth.signing_key.low_s_since IS 'ES256: since when it makes only the one of the two forms of a signature that has the lower s, and soon takes no other; NULL: always';

CREATE TABLE agent_auth.refresh_key (
	number integer PRIMARY KEY
		CONSTRAINT refresh_key_number_fits_token
		CHECK (number BETWEEN 1 AND 65535),
	sealed_key bytea NOT NULL,
	created_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	retired_at timestamptz
);
REVOKE ALL ON TABLE agent_auth.refresh_key FROM PUBLIC;
COMMENT ON TABLE agent_auth.refresh_key IS 'keys of the MACs in refresh tokens, sealed under the master key; the current one is not retired';
COMMENT ON COLUMN agent_auth.refresh_key.number IS 'named in each token of this key';
COMMENT ON COLUMN agent_auth.refresh_key.sealed_key IS '32 bytes, AES-256-GCM under the master key';
COMMENT ON COLUMN agent_auth.refresh_key.created_at IS 'of the rotation that made it';
COMMENT ON COLUMN agent_auth.refresh_key.retired_at IS 'since when it only verifies, until its last token has expired';

----------------------------------------------------------------------
-- Resource servers: who may ask about tokens
----------------------------------------------------------------------

CREATE TABLE agent_auth.resource_server (
	name text PRIMARY KEY
		CONSTRAINT resource_server_name_needs_no_encoding
		CHECK (name ~ '^[A-Za-z0-9._-]{1,64}$'),
	secret_digest bytea NOT NULL,
	created_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
);
REVOKE ALL ON TABLE agent_auth.resource_server FROM PUBLIC;
COMMENT ON TABLE agent_auth.resource_server IS 'services that may ask POST /introspect whether a token is good';
COMMENT ON COLUMN agent_auth.resource_server.name IS 'the user name of its HTTP Basic credentials';
COMMENT ON COLUMN agent_auth.resource_server.secret_digest IS 'SHA-256 of a secret of 256 random bits';
COMMENT ON COLUMN agent_auth.resource_server.created_at IS 'when it was made';

----------------------------------------------------------------------
-- Audit: who did what
----------------------------------------------------------------------

CREATE FUNCTION agent_auth.system_identifier() RETURNS bigint
	AS 'MODULE_PATHNAME', 'agent_auth_system_identifier'
	LANGUAGE C STABLE STRICT PARALLEL SAFE;
REVOKE ALL ON FUNCTION agent_auth.system_identifier() FROM PUBLIC;
COMMENT ON FUNCTION agent_auth.system_identifier() IS 'tells this server from others, as in pg_control_system()';

-- What purge() deletes each night is made room of each night, for new rows: a
-- fiftieth of the table, and not a fifth, is worth a VACUUM.
CREATE TABLE agent_auth.audit (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	event text NOT NULL,
	agent_id bigint,
	username text,
	customer_reference text,
	session_id uuid,
	peer inet,
	user_agent text,
	detail jsonb,
	transaction_id xid8 NOT NULL DEFAULT pg_catalog.pg_current_xact_id(),
	system_identifier bigint NOT NULL DEFAULT agent_auth.system_identifier()
) WITH (autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX audit_at_idx ON agent_auth.audit USING brin (at);
CREATE INDEX audit_agent_id_idx ON agent_auth.audit (agent_id, id);
CREATE INDEX audit_customer_reference_idx ON agent_auth.audit (customer_reference, id)
	WHERE customer_reference IS NOT NULL;
CREATE INDEX audit_impersonation_ended_idx ON agent_auth.audit (session_id)
	WHERE event = 'impersonation_ended';
CREATE INDEX audit_impersonation_began_idx ON agent_auth.audit (at DESC, session_id)
	WHERE event = 'impersonation_began';
CREATE INDEX audit_transaction_id_idx ON agent_auth.audit (system_identifier, transaction_id);
REVOKE ALL ON TABLE agent_auth.audit FROM PUBLIC;
COMMENT ON TABLE agent_auth.audit IS 'the trail, append-only; names, never secrets';
COMMENT ON COLUMN agent_auth.audit.id IS 'in the order of writing, with gaps; not that of commits';
COMMENT ON COLUMN agent_auth.audit.at IS 'when it was written';
COMMENT ON COLUMN agent_auth.audit.event IS 'what was done, such as login_failed; docs/reference.md has them all';
COMMENT ON COLUMN agent_auth.audit.agent_id IS 'who did it, or to whom it was done; NULL where no agent is known';
COMMENT ON COLUMN agent_auth.audit.username IS 'of a known agent; what was typed for an unknown one may be a password and is not kept';
COMMENT ON COLUMN agent_auth.audit.customer_reference IS 'the customer concerned; of impersonation_failed as it was asked for';
COMMENT ON COLUMN agent_auth.audit.session_id IS 'the session by which, or to which, it was done';
COMMENT ON COLUMN agent_auth.audit.peer IS 'address of the client, as the layer in front vouches for it; of administrative acts that of the connection';
COMMENT ON COLUMN agent_auth.audit.user_agent IS 'as the client calls itself';
COMMENT ON COLUMN agent_auth.audit.detail IS 'of administrative acts: who was connected, as which role, and what was named';
COMMENT ON COLUMN agent_auth.audit.transaction_id IS 'that wrote the row, on the server of system_identifier: by this rows are sealed';
COMMENT ON COLUMN agent_auth.audit.system_identifier IS 'the server on which the row was written';

CREATE FUNCTION agent_auth.refuse_change() RETURNS trigger
	AS 'MODULE_PATHNAME', 'agent_auth_refuse_change'
	LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION agent_auth.refuse_change() FROM PUBLIC;
COMMENT ON FUNCTION agent_auth.refuse_change() IS 'trigger: rows are added, never changed, and deleted by agent_auth.purge() alone';

CREATE TRIGGER audit_is_append_only
	BEFORE UPDATE OR DELETE OR TRUNCATE ON agent_auth.audit
	FOR EACH STATEMENT EXECUTE FUNCTION agent_auth.refuse_change();
ALTER TABLE agent_auth.audit ENABLE ALWAYS TRIGGER audit_is_append_only;
COMMENT ON TRIGGER audit_is_append_only ON agent_auth.audit IS 'refuses UPDATE, DELETE and TRUNCATE, in replica mode too';

CREATE TABLE agent_auth.audit_key (
	sealed_key bytea NOT NULL,
	created_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
);
CREATE UNIQUE INDEX audit_key_is_one ON agent_auth.audit_key ((true));
REVOKE ALL ON TABLE agent_auth.audit_key FROM PUBLIC;
COMMENT ON TABLE agent_auth.audit_key IS 'key of the MACs that seal the trail, itself sealed under the master key';
COMMENT ON COLUMN agent_auth.audit_key.sealed_key IS '32 bytes, AES-256-GCM under the master key';
COMMENT ON COLUMN agent_auth.audit_key.created_at IS 'of the first seal';

CREATE TRIGGER audit_key_is_append_only
	BEFORE UPDATE OR DELETE OR TRUNCATE ON agent_auth.audit_key
	FOR EACH STATEMENT EXECUTE FUNCTION agent_auth.refuse_change();
ALTER TABLE agent_auth.audit_key ENABLE ALWAYS TRIGGER audit_key_is_append_only;
COMMENT ON TRIGGER audit_key_is_append_only ON agent_auth.audit_key IS 'refuses UPDATE, DELETE and TRUNCATE, in replica mode too';

CREATE TABLE agent_auth.audit_seal (
	number bigint PRIMARY KEY,
	sealed_at timestamptz NOT NULL,
	system_identifier bigint NOT NULL,
	from_transaction xid8 NOT NULL,
	until_transaction xid8 NOT NULL,
	row_count bigint NOT NULL,
	first_at timestamptz NOT NULL,
	last_at timestamptz NOT NULL,
	previous_mac bytea NOT NULL,
	mac bytea NOT NULL,
	purged_mac bytea,
	left_out xid8[],
	next_transaction xid8,
	rows_digest bytea
);
REVOKE ALL ON TABLE agent_auth.audit_seal FROM PUBLIC;
COMMENT ON TABLE agent_auth.audit_seal IS 'seals on the trail: each a MAC over the rows of a range of transactions and the seal before';
COMMENT ON COLUMN agent_auth.audit_seal.number IS '1 for the first, without gaps';
COMMENT ON COLUMN agent_auth.audit_seal.sealed_at IS 'when it was made';
COMMENT ON COLUMN agent_auth.audit_seal.system_identifier IS 'the server whose rows it seals';
COMMENT ON COLUMN agent_auth.audit_seal.from_transaction IS 'the first transaction of the range';
COMMENT ON COLUMN agent_auth.audit_seal.until_transaction IS 'the first transaction after the range; where that is empty, it seals transactions that seals before it left out';
COMMENT ON COLUMN agent_auth.audit_seal.row_count IS 'how many rows it seals';
COMMENT ON COLUMN agent_auth.audit_seal.first_at IS 'the earliest "at" of its rows';
COMMENT ON COLUMN agent_auth.audit_seal.last_at IS 'the latest "at" of its rows';
COMMENT ON COLUMN agent_auth.audit_seal.previous_mac IS 'of the seal before';
COMMENT ON COLUMN agent_auth.audit_seal.mac IS 'HMAC-SHA-256 over the rows and all of the seal; of the last one it is the head';
COMMENT ON COLUMN agent_auth.audit_seal.purged_mac IS 'once purge() has deleted its rows, and all of that server before';
COMMENT ON COLUMN agent_auth.audit_seal.left_out IS 'transactions before until_transaction that were open and are in no seal yet; NULL in seals of version 0.1.0';
COMMENT ON COLUMN agent_auth.audit_seal.next_transaction IS 'none from here on had begun at sealed_at; 0 where that is unknown, NULL in seals of version 0.1.0';
COMMENT ON COLUMN agent_auth.audit_seal.rows_digest IS 'of the rows, so that the seal itself can be verified without them; NULL in seals of version 0.1.0';

CREATE TRIGGER audit_seal_is_append_only
	BEFORE UPDATE OR DELETE OR TRUNCATE ON agent_auth.audit_seal
	FOR EACH STATEMENT EXECUTE FUNCTION agent_auth.refuse_change();
ALTER TABLE agent_auth.audit_seal ENABLE ALWAYS TRIGGER audit_seal_is_append_only;
COMMENT ON TRIGGER audit_seal_is_append_only ON agent_auth.audit_seal IS 'refuses UPDATE, DELETE and TRUNCATE, in replica mode too';

CREATE FUNCTION agent_auth.seal_audit() RETURNS trigger
	AS 'MODULE_PATHNAME', 'agent_auth_seal_audit'
	LANGUAGE C VOLATILE PARALLEL UNSAFE SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp;
REVOKE ALL ON FUNCTION agent_auth.seal_audit() FROM PUBLIC;
COMMENT ON FUNCTION agent_auth.seal_audit() IS 'trigger: now and then has a transaction seal, when it commits, what others have written';

-- Not while a dump is restored, whose rows have been written before.
CREATE TRIGGER audit_is_sealed
	AFTER INSERT ON agent_auth.audit FOR EACH ROW
	WHEN (NEW.id % 256::bigint = 0 AND NEW.transaction_id = pg_catalog.pg_current_xact_id())
	EXECUTE FUNCTION agent_auth.seal_audit();
COMMENT ON TRIGGER audit_is_sealed ON agent_auth.audit IS 'seals what others have written, every 256 rows';

-- The trail says when each began and was ended; the sessions, as long as they
-- are kept, also what plain SQL has ended.
CREATE VIEW agent_auth.impersonations AS
	SELECT a.session_id, a.agent_id, a.username, a.customer_reference,
		a.detail ->> 'reason' AS reason, a.detail ->> 'ticket' AS ticket,
		a.at AS began_at, e.ended_at,
		coalesce(e.ended_at, clock_timestamp()) - a.at AS duration,
		CASE WHEN e.ended_at IS NULL THEN NULL
			WHEN e.ended_at = s.ended_at THEN s.end_reason
			WHEN e.ended_at = p.ended_at THEN p.end_reason
			WHEN e.ended_at = x.at THEN x.detail ->> 'reason'
			ELSE 'expired' END AS end_reason,
		a.peer, a.user_agent
	FROM agent_auth.audit a
	LEFT JOIN agent_auth.audit x ON x.event = 'impersonation_ended' AND x.session_id = a.session_id
	LEFT JOIN agent_auth.session s ON s.id = a.session_id
	LEFT JOIN agent_auth.session p ON p.id = s.parent_id,
	LATERAL (SELECT least((a.detail ->> 'expires_at')::timestamptz, s.expires_at, p.expires_at) AS at) expiry,
	LATERAL (SELECT least(s.ended_at, p.ended_at, x.at,
						  CASE WHEN expiry.at <= clock_timestamp() THEN expiry.at END) AS ended_at) e
	WHERE a.event = 'impersonation_began';
REVOKE ALL ON TABLE agent_auth.impersonations FROM PUBLIC;
COMMENT ON VIEW agent_auth.impersonations IS 'who acted as whom, when, how long, why and from where';
COMMENT ON COLUMN agent_auth.impersonations.session_id IS 'of the impersonation, also the claim "sid" of its tokens';
COMMENT ON COLUMN agent_auth.impersonations.agent_id IS 'who acted';
COMMENT ON COLUMN agent_auth.impersonations.username IS 'who acted, as named then';
COMMENT ON COLUMN agent_auth.impersonations.customer_reference IS 'as whom';
COMMENT ON COLUMN agent_auth.impersonations.reason IS 'as the agent said';
COMMENT ON COLUMN agent_auth.impersonations.ticket IS 'as the agent named it';
COMMENT ON COLUMN agent_auth.impersonations.began_at IS 'when it began';
COMMENT ON COLUMN agent_auth.impersonations.ended_at IS 'NULL while it goes on';
COMMENT ON COLUMN agent_auth.impersonations.duration IS 'until it ended, or until now';
COMMENT ON COLUMN agent_auth.impersonations.end_reason IS 'as agent_auth.session has it, or expired; NULL while it goes on, and where plain SQL ended it';
COMMENT ON COLUMN agent_auth.impersonations.peer IS 'address of the client that began it';
COMMENT ON COLUMN agent_auth.impersonations.user_agent IS 'as that client calls itself';

----------------------------------------------------------------------
-- Liveness: how every backend hears of a death
----------------------------------------------------------------------

CREATE TABLE agent_auth.liveness ();
REVOKE ALL ON TABLE agent_auth.liveness FROM PUBLIC;
COMMENT ON TABLE agent_auth.liveness IS 'always empty: that it changed tells every backend to forget what it has verified';

CREATE FUNCTION agent_auth.signal_liveness() RETURNS trigger
	AS 'MODULE_PATHNAME', 'agent_auth_signal_liveness'
	LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION agent_auth.signal_liveness() FROM PUBLIC;
COMMENT ON FUNCTION agent_auth.signal_liveness() IS 'trigger: tells every backend, at commit, that something has died';

-- Row by row, since logical replication fires no other triggers; only for what
-- takes life away, so that nothing else empties the caches; and always, so
-- that no replication role keeps a revoked token alive.
CREATE TRIGGER session_dies
	AFTER UPDATE ON agent_auth.session FOR EACH ROW
	WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL OR
		  NEW.expires_at < OLD.expires_at OR
		  NEW.id <> OLD.id OR NEW.agent_id <> OLD.agent_id OR
		  NEW.parent_id IS DISTINCT FROM OLD.parent_id)
	EXECUTE FUNCTION agent_auth.signal_liveness();
CREATE TRIGGER session_is_deleted
	AFTER DELETE ON agent_auth.session FOR EACH ROW
	WHEN (OLD.ended_at IS NULL AND OLD.expires_at > pg_catalog.clock_timestamp())
	EXECUTE FUNCTION agent_auth.signal_liveness();
CREATE TRIGGER session_is_truncated
	AFTER TRUNCATE ON agent_auth.session FOR EACH STATEMENT
	EXECUTE FUNCTION agent_auth.signal_liveness();
CREATE TRIGGER agent_dies
	AFTER UPDATE ON agent_auth.agent FOR EACH ROW
	WHEN (OLD.active AND NOT NEW.active OR NEW.id <> OLD.id)
	EXECUTE FUNCTION agent_auth.signal_liveness();
CREATE TRIGGER agent_is_deleted
	AFTER DELETE ON agent_auth.agent FOR EACH ROW
	EXECUTE FUNCTION agent_auth.signal_liveness();
CREATE TRIGGER agent_is_truncated
	AFTER TRUNCATE ON agent_auth.agent FOR EACH STATEMENT
	EXECUTE FUNCTION agent_auth.signal_liveness();
CREATE TRIGGER signing_key_changes
	AFTER INSERT OR UPDATE OR DELETE ON agent_auth.signing_key FOR EACH ROW
	EXECUTE FUNCTION agent_auth.signal_liveness();
CREATE TRIGGER signing_key_is_truncated
	AFTER TRUNCATE ON agent_auth.signing_key FOR EACH STATEMENT
	EXECUTE FUNCTION agent_auth.signal_liveness();
CREATE TRIGGER refresh_key_changes
	AFTER INSERT OR UPDATE OR DELETE ON agent_auth.refresh_key FOR EACH ROW
	EXECUTE FUNCTION agent_auth.signal_liveness();
CREATE TRIGGER refresh_key_is_truncated
	AFTER TRUNCATE ON agent_auth.refresh_key FOR EACH STATEMENT
	EXECUTE FUNCTION agent_auth.signal_liveness();
ALTER TABLE agent_auth.session ENABLE ALWAYS TRIGGER session_dies;
ALTER TABLE agent_auth.session ENABLE ALWAYS TRIGGER session_is_deleted;
ALTER TABLE agent_auth.session ENABLE ALWAYS TRIGGER session_is_truncated;
ALTER TABLE agent_auth.agent ENABLE ALWAYS TRIGGER agent_dies;
ALTER TABLE agent_auth.agent ENABLE ALWAYS TRIGGER agent_is_deleted;
ALTER TABLE agent_auth.agent ENABLE ALWAYS TRIGGER agent_is_truncated;
ALTER TABLE agent_auth.signing_key ENABLE ALWAYS TRIGGER signing_key_changes;
ALTER TABLE agent_auth.signing_key ENABLE ALWAYS TRIGGER signing_key_is_truncated;
ALTER TABLE agent_auth.refresh_key ENABLE ALWAYS TRIGGER refresh_key_changes;
ALTER TABLE agent_auth.refresh_key ENABLE ALWAYS TRIGGER refresh_key_is_truncated;
COMMENT ON TRIGGER session_dies ON agent_auth.session IS 'a session that is ended or cut short is dead everywhere at commit';
COMMENT ON TRIGGER session_is_deleted ON agent_auth.session IS 'so is one that is deleted while it lives';
COMMENT ON TRIGGER session_is_truncated ON agent_auth.session IS 'and so are all, when the table is emptied';
COMMENT ON TRIGGER agent_dies ON agent_auth.agent IS 'the tokens of a disabled agent are dead everywhere at commit';
COMMENT ON TRIGGER agent_is_deleted ON agent_auth.agent IS 'so are those of a deleted one';
COMMENT ON TRIGGER agent_is_truncated ON agent_auth.agent IS 'and those of all, when the table is emptied';
COMMENT ON TRIGGER signing_key_changes ON agent_auth.signing_key IS 'every backend reads the keys anew, and so does PostgREST';
COMMENT ON TRIGGER signing_key_is_truncated ON agent_auth.signing_key IS 'every backend reads the keys anew, and so does PostgREST';
COMMENT ON TRIGGER refresh_key_changes ON agent_auth.refresh_key IS 'every backend reads the keys anew';
COMMENT ON TRIGGER refresh_key_is_truncated ON agent_auth.refresh_key IS 'every backend reads the keys anew';

----------------------------------------------------------------------
-- Installation: in which databases keys are at home
----------------------------------------------------------------------

-- A copy of the database has the original's rows; a restored dump makes its own.
-- Without a key, and only ever inserted into: logical replication brings rows of
-- another server, where the same number may be another database's.
CREATE TABLE agent_auth.installation (
	database_oid oid NOT NULL
);
INSERT INTO agent_auth.installation
	SELECT oid FROM pg_catalog.pg_database WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database();
REVOKE ALL ON TABLE agent_auth.installation FROM PUBLIC;
COMMENT ON TABLE agent_auth.installation IS 'tells a copied database from its original';
COMMENT ON COLUMN agent_auth.installation.database_oid IS 'a database in which the extension, or the first key of all, was made';

-- User data, for pg_dump; worthless without the master key file.
SELECT pg_catalog.pg_extension_config_dump('agent_auth.agent', '');
SELECT pg_catalog.pg_extension_config_dump('agent_auth.agent_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('agent_auth.session', '');
SELECT pg_catalog.pg_extension_config_dump('agent_auth.customer', '');
SELECT pg_catalog.pg_extension_config_dump('agent_auth.customer_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('agent_auth.signing_key', '');
SELECT pg_catalog.pg_extension_config_dump('agent_auth.refresh_key', '');
SELECT pg_catalog.pg_extension_config_dump('agent_auth.resource_server', '');
SELECT pg_catalog.pg_extension_config_dump('agent_auth.audit', '');
SELECT pg_catalog.pg_extension_config_dump('agent_auth.audit_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('agent_auth.audit_key', '');
SELECT pg_catalog.pg_extension_config_dump('agent_auth.audit_seal', '');

----------------------------------------------------------------------
-- Administration: agents
----------------------------------------------------------------------

CREATE FUNCTION agent_auth.create_agent(username text, password text) RETURNS bigint
	AS 'MODULE_PATHNAME', 'agent_auth_create_agent'
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp;
REVOKE ALL ON FUNCTION agent_auth.create_agent(text, text) FROM PUBLIC;
COMMENT ON FUNCTION agent_auth.create_agent(text, text) IS 'makes an agent and returns its id; the password has 12 to 72 bytes, is not a common one and does not contain the user name';

CREATE FUNCTION agent_auth.import_agent(username text, password_hash text) RETURNS bigint
	AS 'MODULE_PATHNAME', 'agent_auth_import_agent'
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp;
REVOKE ALL ON FUNCTION agent_auth.import_agent(text, text) FROM PUBLIC;
COMMENT ON FUNCTION agent_auth.import_agent(text, text) IS 'makes an agent with a bcrypt hash ($2a$, $2b$, $2y$) of another system and returns its id';

CREATE FUNCTION agent_auth.import_agent(username text, password_hash text, id bigint) RETURNS bigint
	AS 'MODULE_PATHNAME', 'agent_auth_import_agent'
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp;
REVOKE ALL ON FUNCTION agent_auth.import_agent(text, text, bigint) FROM PUBLIC;
COMMENT ON FUNCTION agent_auth.import_agent(text, text, bigint) IS 'the same with the id that the agent has in the other system, at least 1; ids given later come after it';

CREATE FUNCTION agent_auth.set_password(username text, password text) RETURNS void
	AS 'MODULE_PATHNAME', 'agent_auth_set_password'
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp;
REVOKE ALL ON FUNCTION agent_auth.set_password(text, text) FROM PUBLIC;
COMMENT ON FUNCTION agent_auth.set_password(text, text) IS 'gives an agent a new password and ends its sessions';

CREATE FUNCTION agent_auth.disable_agent(username text) RETURNS void
	AS 'MODULE_PATHNAME', 'agent_auth_disable_agent'
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp;
REVOKE ALL ON FUNCTION agent_auth.disable_agent(text) FROM PUBLIC;
COMMENT ON FUNCTION agent_auth.disable_agent(text) IS 'keeps an agent from logging in and ends its sessions at commit';

CREATE FUNCTION agent_auth.enable_agent(username text) RETURNS void
	AS 'MODULE_PATHNAME', 'agent_auth_enable_agent'
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp;
REVOKE ALL ON FUNCTION agent_auth.enable_agent(text) FROM PUBLIC;
COMMENT ON FUNCTION agent_auth.enable_agent(text) IS 'lets a disabled agent log in again';

CREATE FUNCTION agent_auth.set_auditor(username text, auditor boolean) RETURNS void
	AS 'MODULE_PATHNAME', 'agent_auth_set_auditor'
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp;
REVOKE ALL ON FUNCTION agent_auth.set_auditor(text, boolean) FROM PUBLIC;
COMMENT ON FUNCTION agent_auth.set_auditor(text, boolean) IS 'whether an agent may read over HTTP who acted as whom';

CREATE FUNCTION agent_auth.unlock_agent(username text) RETURNS void
	AS 'MODULE_PATHNAME', 'agent_auth_unlock_agent'
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp;
REVOKE ALL ON FUNCTION agent_auth.unlock_agent(text) FROM PUBLIC;
COMMENT ON FUNCTION agent_auth.unlock_agent(text) IS 'forgets the failed logins of an agent, from every address, at once';

CREATE FUNCTION agent_auth.end_session(session uuid) RETURNS boolean
	AS 'MODULE_PATHNAME', 'agent_auth_end_session'
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp;
REVOKE ALL ON FUNCTION agent_auth.end_session(uuid) FROM PUBLIC;
COMMENT ON FUNCTION agent_auth.end_session(uuid) IS 'ends a session and what hangs on it at commit; false when it was not alive';

CREATE FUNCTION agent_auth.end_sessions(username text) RETURNS bigint
	AS 'MODULE_PATHNAME', 'agent_auth_end_sessions'
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp;
REVOKE ALL ON FUNCTION agent_auth.end_sessions(text) FROM PUBLIC;
COMMENT ON FUNCTION agent_auth.end_sessions(text) IS 'ends every session of an agent at commit and returns their number';

CREATE FUNCTION agent_auth.purge(retention interval DEFAULT '30 days', batch integer DEFAULT 10000) RETURNS bigint
	AS 'MODULE_PATHNAME', 'agent_auth_purge'
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp;
REVOKE ALL ON FUNCTION agent_auth.purge(interval, integer) FROM PUBLIC;
COMMENT ON FUNCTION agent_auth.purge(interval, integer) IS 'deletes at most one batch of dead sessions and audit rows that are older than the retention, and returns their number: call it until that is 0';

----------------------------------------------------------------------
-- Administration: the audit trail
----------------------------------------------------------------------

CREATE FUNCTION agent_auth.audit_seal() RETURNS bigint
	AS 'MODULE_PATHNAME', 'agent_auth_audit_seal'
	LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp;
REVOKE ALL ON FUNCTION agent_auth.audit_seal() FROM PUBLIC;
COMMENT ON FUNCTION agent_auth.audit_seal() IS 'seals this server''s rows of the trail whose transactions are over and returns their number; happens by itself every 256 rows or so';

CREATE FUNCTION agent_auth.audit_adopt(system_identifier bigint) RETURNS bigint
	AS 'MODULE_PATHNAME', 'agent_auth_audit_adopt'
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp;
REVOKE ALL ON FUNCTION agent_auth.audit_adopt(bigint) FROM PUBLIC;
COMMENT ON FUNCTION agent_auth.audit_adopt(bigint) IS 'seals the rows of another server, which a restored dump or pg_upgrade brought, and returns their number; the trail says so';

CREATE FUNCTION agent_auth.audit_unsealed_since() RETURNS timestamptz
	AS 'MODULE_PATHNAME', 'agent_auth_audit_unsealed_since'
	LANGUAGE C STABLE STRICT PARALLEL UNSAFE SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp;
REVOKE ALL ON FUNCTION agent_auth.audit_unsealed_since() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agent_auth.audit_unsealed_since() TO pg_monitor;
COMMENT ON FUNCTION agent_auth.audit_unsealed_since() IS 'when the oldest row of the trail was written that is under no seal; NULL when all are';

CREATE FUNCTION agent_auth.audit_verify(known_head text DEFAULT NULL,
										OUT intact boolean, OUT complaint text, OUT seals bigint, OUT sealed_rows bigint, OUT unsealed_rows bigint, OUT head text)
	AS 'MODULE_PATHNAME', 'agent_auth_audit_verify'
	LANGUAGE C VOLATILE PARALLEL UNSAFE SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp;
REVOKE ALL ON FUNCTION agent_auth.audit_verify(text) FROM PUBLIC;
COMMENT ON FUNCTION agent_auth.audit_verify(text) IS 'whether every sealed row of the trail is there as it was written; "head" is to be noted elsewhere, and given back another time it proves that the end was not cut off';

----------------------------------------------------------------------
-- Administration: resource servers
----------------------------------------------------------------------

CREATE FUNCTION agent_auth.create_resource_server(name text) RETURNS text
	AS 'MODULE_PATHNAME', 'agent_auth_create_resource_server'
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp;
REVOKE ALL ON FUNCTION agent_auth.create_resource_server(text) FROM PUBLIC;
COMMENT ON FUNCTION agent_auth.create_resource_server(text) IS 'lets a service ask POST /introspect about tokens, and returns its secret, which is nowhere else';

CREATE FUNCTION agent_auth.drop_resource_server(name text) RETURNS void
	AS 'MODULE_PATHNAME', 'agent_auth_drop_resource_server'
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp;
REVOKE ALL ON FUNCTION agent_auth.drop_resource_server(text) FROM PUBLIC;
COMMENT ON FUNCTION agent_auth.drop_resource_server(text) IS 'lets a service ask no more';

----------------------------------------------------------------------
-- Administration: keys
----------------------------------------------------------------------

CREATE FUNCTION agent_auth.rotate_signing_key(algorithm text DEFAULT 'RS256', bits integer DEFAULT 2048) RETURNS text
	AS 'MODULE_PATHNAME', 'agent_auth_rotate_signing_key'
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp;
REVOKE ALL ON FUNCTION agent_auth.rotate_signing_key(text, integer) FROM PUBLIC;
COMMENT ON FUNCTION agent_auth.rotate_signing_key(text, integer) IS 'makes a new current signing key (RS256 with 2048 to 4096 bits, ES256, EdDSA) and returns its kid; the old one verifies until its tokens expire';

CREATE FUNCTION agent_auth.revoke_signing_key(kid text) RETURNS void
	AS 'MODULE_PATHNAME', 'agent_auth_revoke_signing_key'
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp;
REVOKE ALL ON FUNCTION agent_auth.revoke_signing_key(text) FROM PUBLIC;
COMMENT ON FUNCTION agent_auth.revoke_signing_key(text) IS 'has every token of a signing key refused at commit';

CREATE FUNCTION agent_auth.rotate_refresh_key() RETURNS void
	AS 'MODULE_PATHNAME', 'agent_auth_rotate_refresh_key'
	LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp;
REVOKE ALL ON FUNCTION agent_auth.rotate_refresh_key() FROM PUBLIC;
COMMENT ON FUNCTION agent_auth.rotate_refresh_key() IS 'makes a new key for refresh tokens; the old one verifies until its last token expires';

----------------------------------------------------------------------
-- The front door
----------------------------------------------------------------------

CREATE FUNCTION agent_auth.http(method text, target text, headers jsonb, body bytea, peer inet,
								OUT status integer, OUT headers jsonb, OUT body bytea)
	AS 'MODULE_PATHNAME', 'agent_auth_http'
	LANGUAGE C VOLATILE PARALLEL UNSAFE SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp;
REVOKE ALL ON FUNCTION agent_auth.http(text, text, jsonb, bytea, inet) FROM PUBLIC;
COMMENT ON FUNCTION agent_auth.http(text, text, jsonb, bytea, inet) IS 'answers an HTTP request; believes the peer and the headers it is given, so that only the layer in front may execute it';

----------------------------------------------------------------------
-- For applications and row-level security
----------------------------------------------------------------------

CREATE FUNCTION agent_auth.verify(token text) RETURNS jsonb
	AS 'MODULE_PATHNAME', 'agent_auth_verify'
	LANGUAGE C STABLE STRICT PARALLEL SAFE;
REVOKE ALL ON FUNCTION agent_auth.verify(text) FROM PUBLIC;
COMMENT ON FUNCTION agent_auth.verify(text) IS 'the claims of an access token if its signature, time, session and agent are all good, else NULL';

CREATE FUNCTION agent_auth.set_token(token text) RETURNS void
	AS 'MODULE_PATHNAME', 'agent_auth_set_token'
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION agent_auth.set_token(text) FROM PUBLIC;
COMMENT ON FUNCTION agent_auth.set_token(text) IS 'makes the holder of an access token the one who acts until the transaction ends; SQLSTATE 28000 when the token is not good';

CREATE FUNCTION agent_auth.current_agent_id() RETURNS bigint
	AS 'MODULE_PATHNAME', 'agent_auth_current_agent_id'
	LANGUAGE C STABLE STRICT LEAKPROOF PARALLEL RESTRICTED;
REVOKE ALL ON FUNCTION agent_auth.current_agent_id() FROM PUBLIC;
COMMENT ON FUNCTION agent_auth.current_agent_id() IS 'the agent who acts, also as a customer; NULL when nobody does';

CREATE FUNCTION agent_auth.current_customer_reference() RETURNS text
	AS 'MODULE_PATHNAME', 'agent_auth_current_customer_reference'
	LANGUAGE C STABLE STRICT LEAKPROOF PARALLEL RESTRICTED;
REVOKE ALL ON FUNCTION agent_auth.current_customer_reference() FROM PUBLIC;
COMMENT ON FUNCTION agent_auth.current_customer_reference() IS 'the customer as whom an agent acts; NULL when none';

CREATE FUNCTION agent_auth.current_session_id() RETURNS uuid
	AS 'MODULE_PATHNAME', 'agent_auth_current_session_id'
	LANGUAGE C STABLE STRICT LEAKPROOF PARALLEL RESTRICTED;
REVOKE ALL ON FUNCTION agent_auth.current_session_id() FROM PUBLIC;
COMMENT ON FUNCTION agent_auth.current_session_id() IS 'the session of who acts; NULL when nobody does';

CREATE FUNCTION agent_auth.is_impersonating() RETURNS boolean
	AS 'MODULE_PATHNAME', 'agent_auth_is_impersonating'
	LANGUAGE C STABLE STRICT LEAKPROOF PARALLEL RESTRICTED;
REVOKE ALL ON FUNCTION agent_auth.is_impersonating() FROM PUBLIC;
COMMENT ON FUNCTION agent_auth.is_impersonating() IS 'whether an agent acts as a customer';

CREATE FUNCTION agent_auth.stamp_actor() RETURNS trigger
	AS 'MODULE_PATHNAME', 'agent_auth_stamp_actor'
	LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION agent_auth.stamp_actor() FROM PUBLIC;
COMMENT ON FUNCTION agent_auth.stamp_actor() IS 'trigger, BEFORE INSERT OR UPDATE FOR EACH ROW: fills acted_by_agent_id and acted_by_session_id, where the table has them, with the agent who writes; other writes leave the last agent''s mark';

CREATE FUNCTION agent_auth.forbid_impersonated() RETURNS trigger
	AS 'MODULE_PATHNAME', 'agent_auth_forbid_impersonated'
	LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION agent_auth.forbid_impersonated() FROM PUBLIC;
COMMENT ON FUNCTION agent_auth.forbid_impersonated() IS 'trigger, BEFORE any change: refuses it (42501) when an agent makes it on a customer''s behalf';

CREATE FUNCTION agent_auth.pre_request() RETURNS void
	AS 'MODULE_PATHNAME', 'agent_auth_pre_request'
	LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION agent_auth.pre_request() FROM PUBLIC;
COMMENT ON FUNCTION agent_auth.pre_request() IS 'for PostgREST''s db-pre-request: refuses ended sessions, expired tokens and those of revoked keys (SQLSTATE PT401)';

CREATE FUNCTION agent_auth.pre_config() RETURNS void
	AS 'MODULE_PATHNAME', 'agent_auth_pre_config'
	LANGUAGE C VOLATILE PARALLEL UNSAFE SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp;
REVOKE ALL ON FUNCTION agent_auth.pre_config() FROM PUBLIC;
COMMENT ON FUNCTION agent_auth.pre_config() IS 'for PostgREST''s db-pre-config: hands it the public keys as its jwt-secret';

----------------------------------------------------------------------
-- Client functions
----------------------------------------------------------------------

CREATE FUNCTION @extschema@.agent_access_token(username text, password text) RETURNS jsonb
	AS 'MODULE_PATHNAME', 'agent_auth_agent_access_token'
	LANGUAGE C VOLATILE PARALLEL UNSAFE SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp;
REVOKE ALL ON FUNCTION @extschema@.agent_access_token(text, text) FROM PUBLIC;
COMMENT ON FUNCTION @extschema@.agent_access_token(text, text) IS 'logs an agent in: {tokenType, expiresIn (seconds), accessToken, refreshToken}, or {errors} with code 4101 or 4401';

CREATE FUNCTION @extschema@.agent_refresh_access_token(refresh_token text) RETURNS jsonb
	AS 'MODULE_PATHNAME', 'agent_auth_agent_refresh_access_token'
	LANGUAGE C VOLATILE PARALLEL UNSAFE SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp;
REVOKE ALL ON FUNCTION @extschema@.agent_refresh_access_token(text) FROM PUBLIC;
COMMENT ON FUNCTION @extschema@.agent_refresh_access_token(text) IS 'spends a refresh token: a new record as of agent_access_token(), or {errors} with code 004';

CREATE FUNCTION @extschema@.agent_revoke_token(token text) RETURNS jsonb
	AS 'MODULE_PATHNAME', 'agent_auth_agent_revoke_token'
	LANGUAGE C VOLATILE PARALLEL UNSAFE SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp;
REVOKE ALL ON FUNCTION @extschema@.agent_revoke_token(text) FROM PUBLIC;
COMMENT ON FUNCTION @extschema@.agent_revoke_token(text) IS 'ends the session of an access or refresh token at commit; {} whatever the token (RFC 7009)';

CREATE FUNCTION @extschema@.agent_customer_search(agent_token text, q text DEFAULT '', page_offset integer DEFAULT 0, page_limit integer DEFAULT 10) RETURNS jsonb
	AS 'MODULE_PATHNAME', 'agent_auth_agent_customer_search'
	LANGUAGE C VOLATILE PARALLEL UNSAFE SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp;
REVOKE ALL ON FUNCTION @extschema@.agent_customer_search(text, text, integer, integer) FROM PUBLIC;
COMMENT ON FUNCTION @extschema@.agent_customer_search(text, text, integer, integer) IS 'finds customers: {"customers":[{customerReference, email, firstName, lastName}], "total", "exact"}; 1 to 1000 a page; {errors} with code 4102 or 4103, or status 400';

CREATE FUNCTION @extschema@.agent_customer_impersonation_access_token(agent_token text, customer_reference text, reason text DEFAULT NULL, ticket text DEFAULT NULL) RETURNS jsonb
	AS 'MODULE_PATHNAME', 'agent_auth_agent_customer_impersonation_access_token'
	LANGUAGE C VOLATILE PARALLEL UNSAFE SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp;
REVOKE ALL ON FUNCTION @extschema@.agent_customer_impersonation_access_token(text, text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION @extschema@.agent_customer_impersonation_access_token(text, text, text, text) IS 'lets an agent act as a customer: a record as of agent_access_token(), whose tokens name the agent in "act" (RFC 8693 section 4.1); {errors} with code 4102, 4103, 4104 or 901';

CREATE FUNCTION @extschema@.agent_token_introspection(agent_token text, token text) RETURNS jsonb
	AS 'MODULE_PATHNAME', 'agent_auth_agent_token_introspection'
	LANGUAGE C VOLATILE PARALLEL UNSAFE SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp;
REVOKE ALL ON FUNCTION @extschema@.agent_token_introspection(text, text) FROM PUBLIC;
COMMENT ON FUNCTION @extschema@.agent_token_introspection(text, text) IS 'asked by an agent about an access token: {"active":false}, or {"active":true} and its claims (RFC 7662 section 2.2); {errors} with code 4102 or 4103';

CREATE FUNCTION @extschema@.agent_jwks() RETURNS json
	AS 'MODULE_PATHNAME', 'agent_auth_agent_jwks'
	LANGUAGE C STABLE PARALLEL UNSAFE SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp;
REVOKE ALL ON FUNCTION @extschema@.agent_jwks() FROM PUBLIC;
COMMENT ON FUNCTION @extschema@.agent_jwks() IS 'the public keys that verify access tokens, as a JWK set (RFC 7517 section 5)';

CREATE FUNCTION @extschema@.agent_http(bytea) RETURNS json
	AS 'MODULE_PATHNAME', 'agent_auth_agent_http'
	LANGUAGE C VOLATILE PARALLEL UNSAFE SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp;
REVOKE ALL ON FUNCTION @extschema@.agent_http(bytea) FROM PUBLIC;
COMMENT ON FUNCTION @extschema@.agent_http(bytea) IS 'the front door behind PostgREST: method and target from X-Original-Method and X-Original-URI, the answer''s status and headers in response.status and response.headers';

----------------------------------------------------------------------
-- Administration: grants, statistics, configuration
----------------------------------------------------------------------

CREATE FUNCTION agent_auth.grant_client(role regrole) RETURNS void
	AS 'MODULE_PATHNAME', 'agent_auth_grant_client'
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp;
REVOKE ALL ON FUNCTION agent_auth.grant_client(regrole) FROM PUBLIC;
COMMENT ON FUNCTION agent_auth.grant_client(regrole) IS 'lets a role call exactly the client functions';

CREATE FUNCTION agent_auth.revoke_client(role regrole) RETURNS void
	AS 'MODULE_PATHNAME', 'agent_auth_revoke_client'
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp;
REVOKE ALL ON FUNCTION agent_auth.revoke_client(regrole) FROM PUBLIC;
COMMENT ON FUNCTION agent_auth.revoke_client(regrole) IS 'takes the client functions from a role';

CREATE FUNCTION agent_auth.read_statistics(OUT logins_ok bigint, OUT logins_failed bigint, OUT logins_locked bigint,
										   OUT tokens_issued bigint, OUT refreshes bigint, OUT reuse_detections bigint, OUT verifications bigint, OUT cache_hits bigint, OUT since timestamptz)
	AS 'MODULE_PATHNAME', 'agent_auth_read_statistics'
	LANGUAGE C VOLATILE STRICT PARALLEL SAFE;
REVOKE ALL ON FUNCTION agent_auth.read_statistics() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agent_auth.read_statistics() TO pg_monitor;
COMMENT ON FUNCTION agent_auth.read_statistics() IS 'what agent_auth.statistics shows';

CREATE VIEW agent_auth.statistics AS
	SELECT logins_ok, logins_failed, logins_locked, tokens_issued, refreshes, reuse_detections, verifications, cache_hits, since
	FROM agent_auth.read_statistics();
REVOKE ALL ON TABLE agent_auth.statistics FROM PUBLIC;
GRANT SELECT ON TABLE agent_auth.statistics TO pg_monitor;
GRANT USAGE ON SCHEMA agent_auth TO pg_monitor;
COMMENT ON VIEW agent_auth.statistics IS 'what happened since the server started, in numbers, all databases together';
COMMENT ON COLUMN agent_auth.statistics.logins_ok IS 'good logins';
COMMENT ON COLUMN agent_auth.statistics.logins_failed IS 'failed logins, without those tried while locked';
COMMENT ON COLUMN agent_auth.statistics.logins_locked IS 'tries refused while locked';
COMMENT ON COLUMN agent_auth.statistics.tokens_issued IS 'access tokens, of logins, refreshes and impersonations';
COMMENT ON COLUMN agent_auth.statistics.refreshes IS 'refresh tokens that gave a new pair, also once more within the grace period';
COMMENT ON COLUMN agent_auth.statistics.reuse_detections IS 'refresh tokens spent again too late: each ended a session';
COMMENT ON COLUMN agent_auth.statistics.verifications IS 'access tokens looked at';
COMMENT ON COLUMN agent_auth.statistics.cache_hits IS 'of these, found among those that the backend remembers';
COMMENT ON COLUMN agent_auth.statistics.since IS 'when the counting began: at the first use after the start';

CREATE FUNCTION agent_auth.master_key_complaint() RETURNS text
	AS 'MODULE_PATHNAME', 'agent_auth_master_key_complaint'
	LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION agent_auth.master_key_complaint() FROM PUBLIC;
COMMENT ON FUNCTION agent_auth.master_key_complaint() IS 'what is wrong with the master key file; NULL when nothing is';

CREATE FUNCTION agent_auth.shared_memory_complaint() RETURNS text
	AS 'MODULE_PATHNAME', 'agent_auth_shared_memory_complaint'
	LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION agent_auth.shared_memory_complaint() FROM PUBLIC;
COMMENT ON FUNCTION agent_auth.shared_memory_complaint() IS 'what is wrong with the memory that failed logins are counted in; NULL when nothing is';

CREATE FUNCTION agent_auth.peer_header_complaint() RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL UNSAFE SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp
AS $$
	WITH setting AS (
		SELECT d.setrole, substr(s.setting, length('agent_auth.peer_header=') + 1) AS header
		FROM pg_db_role_setting d, unnest(d.setconfig) s(setting)
		WHERE d.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
		 AND s.setting LIKE 'agent\_auth.peer\_header=_%'
	), for_all(header) AS (
		SELECT header FROM setting WHERE setrole = 0
		UNION ALL
		SELECT setting FROM pg_settings
		WHERE name = 'agent_auth.peer_header' AND setting <> ''
		 AND source IN ('configuration file', 'command line', 'environment variable')
	), layer AS (
		-- PostgREST logs in as a role that inherits nothing
		SELECT min(r.rolname) AS name
		FROM pg_roles r
		WHERE r.rolcanlogin AND NOT r.rolinherit AND NOT r.rolsuper
		 AND EXISTS (SELECT 1 FROM pg_extension e
					 JOIN pg_depend d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
					  AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e'
					 JOIN pg_proc p ON p.oid = d.objid AND p.pronamespace = e.extnamespace,
					 LATERAL aclexplode(p.proacl) a
					 WHERE e.extname = 'agent_auth' AND a.grantee <> 0 AND pg_has_role(r.oid, a.grantee, 'MEMBER'))
	)
	SELECT format('agent_auth.peer_header is set for all connections, and counts for none: any client with SQL could write the header "%s". Set it for the role that PostgREST connects as: ALTER ROLE %I SET agent_auth.peer_header = %L;',
				  f.header, coalesce(l.name, 'authenticator'), f.header)
	FROM (SELECT min(header) AS header FROM for_all) f, layer l
	WHERE f.header IS NOT NULL AND NOT EXISTS (SELECT 1 FROM setting WHERE setrole <> 0)
$$;
REVOKE ALL ON FUNCTION agent_auth.peer_header_complaint() FROM PUBLIC;
COMMENT ON FUNCTION agent_auth.peer_header_complaint() IS 'what to run where agent_auth.peer_header is set, and for no role; NULL elsewhere';

CREATE FUNCTION agent_auth.customer_directory_complaint() RETURNS text
	AS 'MODULE_PATHNAME', 'agent_auth_customer_directory_complaint'
	LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp;
REVOKE ALL ON FUNCTION agent_auth.customer_directory_complaint() FROM PUBLIC;
COMMENT ON FUNCTION agent_auth.customer_directory_complaint() IS 'what is wrong with the directory of customers, and which index it lacks; NULL when nothing is';

