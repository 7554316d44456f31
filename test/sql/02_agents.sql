-- Agents: made, imported, changed; bad names, passwords and hashes refused.
\set VERBOSITY terse

SELECT agent_auth.create_agent('Maria@Example.com', 'correct horse battery') > 0 AS created;

-- one account, however it is written: case, blanks, Unicode form
SELECT agent_auth.create_agent('maria@example.COM', 'correct horse battery');
SELECT agent_auth.create_agent(E'\u00A0 maria@example.com\t', 'correct horse battery');
SELECT agent_auth.create_agent(E'ren\u00E9@example.com', 'correct horse battery') > 0 AS created;
SELECT agent_auth.create_agent(E'RENE\u0301@example.com', 'correct horse battery');
SELECT agent_auth.import_agent(E'rene\u0301@example.com', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK');

-- names that cannot be
SELECT agent_auth.create_agent('', 'correct horse battery');
SELECT agent_auth.create_agent(E' \u2003 ', 'correct horse battery');
SELECT agent_auth.create_agent(E'a\u202Eb', 'correct horse battery');
SELECT agent_auth.create_agent(E'a\u2066b', 'correct horse battery');
SELECT agent_auth.create_agent(repeat('n', 256), 'correct horse battery');
-- from the first to the last of each range of what is invisible, and what is beside them
CREATE FUNCTION refused(code integer) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	PERFORM agent_auth.create_agent('a' || chr(code) || 'b', 'correct horse battery');
	RAISE SQLSTATE 'UNDO0';
EXCEPTION
	WHEN SQLSTATE 'UNDO0' THEN RETURN false;
	WHEN invalid_parameter_value THEN RETURN true;
END $$;
SELECT string_agg(to_hex(code), ' ') AS invisible_and_taken FROM unnest(ARRAY[x'01', x'1F', x'7F', x'9F', x'AD', x'200B', x'200F', x'2028', x'202E', x'2060', x'2066', x'2069', x'206F', x'FEFF']::int[]) code WHERE NOT refused(code);
SELECT string_agg(to_hex(code), ' ') AS visible_and_refused FROM unnest(ARRAY[x'20', x'7E', x'A0', x'AC', x'AE', x'2010', x'2027', x'202F', x'205F', x'2070', x'FEFE']::int[]) code WHERE refused(code);
DROP FUNCTION refused;

-- what is far too long is nobody's, and no time is spent on it
SELECT agent_auth.normalize_username('WEIẞ') = agent_auth.normalize_username('weiß') AS sharp_s, agent_auth.normalize_username('ΟΔΥΣΣΕΥΣ') = agent_auth.normalize_username('οδυσσευς') AS sigma;
SELECT agent_auth.normalize_username('a' || repeat(E'\u0301', 15000) || repeat(E'\u0323', 15000)) = E'\x7f' AS nobody,
	agent_auth.normalize_username(repeat('n', 1021)) = E'\x7f' AS nobody, agent_auth.normalize_username(E'\x7f') = E'\x7f' AS same;
SELECT agent_auth.create_agent(E'\x7f', 'correct horse battery');

-- passwords that should not be
\set VERBOSITY default
SELECT agent_auth.create_agent('short', 'elevenbytes');
SELECT agent_auth.create_agent('long', repeat('x', 73));
SELECT agent_auth.create_agent('umlauts', repeat('ä', 37));
SELECT agent_auth.create_agent('common', 'password1234');
SELECT agent_auth.create_agent('nested', 'my name is NESTED here');
SELECT agent_auth.create_agent('exactly72', repeat('x', 72)) > 0 AS created;
SELECT agent_auth.create_agent('exactly12', 'twelve bytes') > 0 AS created;
SELECT agent_auth.create_agent(NULL, 'correct horse battery');

-- hashes: the three names of bcrypt, and nothing else
SELECT prefix, agent_auth.import_agent('imported' || prefix, prefix || '05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK') > 0 AS imported
FROM unnest(ARRAY['$2a$', '$2b$', '$2y$']) prefix;
SELECT agent_auth.import_agent('bad', '$2x$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK');
\set VERBOSITY terse

-- with the id of another system: kept, never taken twice, and skipped by later ones
SELECT agent_auth.import_agent('kept', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK', 4000);
SELECT agent_auth.import_agent('below', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK', 3000);
SELECT agent_auth.create_agent('later', 'correct horse battery');
SELECT agent_auth.import_agent('another', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK', 4000);
SELECT agent_auth.import_agent('KEPT', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK', 4002);
SELECT agent_auth.import_agent('zero', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK', 0);
SELECT agent_auth.import_agent('none', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK', NULL);
DO $$
DECLARE
	bad text;
BEGIN
	FOREACH bad IN ARRAY ARRAY[
		'', 'rl.3StKT.4T8M',						-- DES
		'_J9..rasmBYk8r9AiWNc',						-- extended DES
		'$1$rasmusle$rISCgZzpwk3UhDidwXvin0',		-- MD5
		'$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc8',
		'$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA',
		'5f4dcc3b5aa765d61d8327deb882cf99', 'correct horse battery',
		'$2$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK',
		'$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lw',
		'$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK.',
		'$2a$4$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK.',
		'$2a$03$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK',
		'$2a$17$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK',
		'$2a$-4$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK',
		'$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwL',	-- no last digit of 23 bytes
		'$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0l i',
		E'$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0l\u00E9'] LOOP
		BEGIN
			PERFORM agent_auth.import_agent('bad', bad);
			RAISE WARNING 'accepted: %', bad;
		EXCEPTION WHEN invalid_parameter_value THEN
			NULL;
		END;
	END LOOP;
END
$$;
INSERT INTO agent_auth.agent (username, password_hash) VALUES ('bad', 'plain text');

-- the rest of administration
SELECT agent_auth.set_password('nobody@example.com', 'correct horse battery');
SELECT agent_auth.set_password('maria@example.com', 'correct');
SELECT agent_auth.disable_agent('nobody@example.com');
SELECT agent_auth.disable_agent(NULL);
SELECT agent_auth.disable_agent(' MARIA@example.com');
SELECT active FROM agent_auth.agent WHERE username = 'Maria@Example.com';
SELECT agent_auth.enable_agent('maria@example.com');
SELECT active FROM agent_auth.agent WHERE username = 'Maria@Example.com';
SELECT agent_auth.unlock_agent('maria@example.com');

-- the trail: each act, none that failed, and append-only
SELECT event, username, detail = jsonb_build_object('role', current_user, 'session_user', session_user) AS detail
FROM agent_auth.audit ORDER BY id;
UPDATE agent_auth.audit SET event = 'nothing';
DELETE FROM agent_auth.audit;
TRUNCATE agent_auth.audit;
SET session_replication_role = replica;
UPDATE agent_auth.audit SET event = 'nothing';
RESET session_replication_role;
