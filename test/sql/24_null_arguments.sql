-- NULL is refused by name, argument by argument, in every function of
-- administration that is not STRICT: none of them does half of its work.

DO $$
DECLARE
	good CONSTANT jsonb := '{
		"text": "''maria@example.com''", "bigint": "7", "integer": "2048", "boolean": "true", "interval": "''30 days''",
		"uuid": "gen_random_uuid()", "regrole": "''pg_monitor''", "text[]": "''{}''", "jsonb": "''{}''", "regclass": "''agent_auth.customer''"}';
	f record;
	n integer;
	call text;
	problem text;
	asked integer := 0;
BEGIN
	FOR f IN
		SELECT p.oid, p.proname, p.pronargs, ARRAY(SELECT format_type(t, NULL) FROM unnest(p.proargtypes) t) AS types
		FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
		JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'agent_auth'
		WHERE p.pronamespace = 'agent_auth'::regnamespace AND NOT p.proisstrict AND p.pronargs > 0
		 AND p.prorettype <> 'trigger'::regtype
		 -- what answers everybody: NULL is a bad token, a bad request or no head
		 AND p.proname NOT IN ('http', 'verify', 'set_token', 'audit_verify')
		ORDER BY p.oid::regprocedure::text
	LOOP
		FOR n IN 1 .. f.pronargs LOOP
			SELECT format('SELECT agent_auth.%I(%s)', f.proname, string_agg(CASE WHEN i = n THEN 'NULL' ELSE good ->> t END || '::' || t, ', ' ORDER BY i))
			INTO call FROM unnest(f.types) WITH ORDINALITY a(t, i);
			asked := asked + 1;
			BEGIN
				EXECUTE call;
				RAISE WARNING 'accepted: %', call;
			EXCEPTION WHEN null_value_not_allowed THEN
				GET STACKED DIAGNOSTICS problem = MESSAGE_TEXT;
				IF problem <> format('argument %s of function "%s" must not be null', n, f.proname) THEN
					RAISE WARNING '%: %', call, problem;
				END IF;
			END;
		END LOOP;
	END LOOP;
	IF asked < 20 THEN
		RAISE WARNING 'only % calls were made', asked;
	END IF;
END
$$;
