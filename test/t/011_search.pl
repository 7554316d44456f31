# Searching in a locale that knows more letters than ASCII's, which the servers of
# the regression tests do not have; thousands of terms against the rule itself;
# and what is left behind where a search is cancelled.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../perl";

use AgentAuth;
use PostgreSQL::Test::Utils;
use Test::More;

my $searches = $ENV{AGENT_AUTH_SEARCHES} // 1500;
my $node = new_server('main', init => { extra => [ '--locale=C.UTF-8', '--encoding=UTF8' ] });
$node->safe_psql('postgres', q{
	INSERT INTO agent_auth.customer (customer_reference, email, first_name, last_name) VALUES
		('DE--1', 'Jürgen.MÜLLER@example.com', 'Jürgen', 'Müller'), ('DE--2', NULL, 'Александр', 'Иванов'), ('DE--3', NULL, 'Αικατερίνη', 'Σοφίας'),
		('DE--4', 'wang@example.org', '小明', '欧阳'), ('DE--5', NULL, NULL, 'शर्मा'), ('ÄÖ--6', NULL, 'Işık', 'Łukasz'), ('DE--7', NULL, 'O’Neill', 'Ægir');
	CREATE FUNCTION found(token text, term text) RETURNS text LANGUAGE sql AS
		$$ SELECT string_agg(c ->> 'customerReference', ' ') FROM jsonb_array_elements(agent_customer_search(token, term) -> 'customers') c $$;});
my $token = $node->safe_psql('postgres', "SELECT agent_access_token('@{[NAME]}', '@{[PASSWORD]}') ->> 'accessToken'");
foreach my $case ([ 'MÜLLER', 'DE--1' ], [ 'müller', 'DE--1' ], [ 'jü', 'DE--1' ], [ 'ÜLL', 'DE--1' ], [ 'ül', '' ], [ 'ИВАНОВ', 'DE--2' ], [ 'ив', 'DE--2' ], [ 'И', 'DE--2' ], [ 'ва', '' ],
	[ 'ΣΟΦΊΑ', 'DE--3' ], [ 'сандр ив', 'DE--2' ], [ '小', 'DE--4' ], [ '小明', 'DE--4' ], [ '欧', 'DE--4' ], [ '阳', '' ], [ '小明 欧阳', 'DE--4' ], [ 'श', 'DE--5' ], [ 'शर्', 'DE--5' ],
	[ 'łu', 'ÄÖ--6' ], [ 'ŁUK', 'ÄÖ--6' ], [ 'äö--6', 'ÄÖ--6' ], [ 'æ', 'DE--7' ], [ 'O’', 'DE--7' ])
{
	my ($term, $expected) = @$case;
	is($node->safe_psql('postgres', "SELECT found('$token', '$term')"), $expected, "the term $term");
}

# Parts of what is there, and of what is nearly there, against the rule as the
# contract has it; with a bound on counting that is often reached.
$node->safe_psql('postgres', q{
	INSERT INTO agent_auth.customer (customer_reference, email, first_name, last_name)
	SELECT 'N' || n, CASE WHEN n % 7 > 0 THEN (ARRAY['anna', 'bén', 'zoë', 'o_x', 'a+b'])[1 + n % 5] || '.' || (ARRAY['smith', 'straße', 'ивано'])[1 + n % 3] || n || '@example.' || (ARRAY['com', 'org'])[1 + n % 2] END,
		CASE WHEN n % 11 > 0 THEN (ARRAY['Anna', 'Bén', 'ZOË', '小明', 'Иван'])[1 + n % 5] END, CASE WHEN n % 13 > 0 THEN (ARRAY['Smith', 'STRASSE', 'O''Neill-Łó', '王'])[1 + n % 4] END
	FROM generate_series(1, 1500) n;
	DELETE FROM agent_auth.customer WHERE id % 10 IN (3, 4);
	VACUUM ANALYZE agent_auth.customer;
	CREATE FUNCTION expected(term text) RETURNS bigint[] LANGUAGE sql AS $$
		SELECT coalesce(array_agg(id ORDER BY id), '{}') FROM agent_auth.customer, lower(coalesce(email, '')) e, lower(coalesce(first_name || ' ' || last_name, first_name, last_name, '')) n, lower(term) t
		WHERE lower(customer_reference) = t OR
			CASE WHEN length(term) > 2 OR term = '' THEN strpos(e, t) > 0 OR strpos(n, t) > 0
			ELSE EXISTS (SELECT FROM (VALUES (e), (n)) v(w), generate_series(1, length(w)) i WHERE substr(w, i, length(t)) = t AND (i = 1 OR strpos(' .@_+-''', substr(w, i - 1, 1)) > 0)) END $$;});
my $wrong = $node->safe_psql('postgres', qq{
	SET agent_auth.search_count_limit = 150;
	SELECT setseed(0.5);
	CREATE TEMPORARY TABLE term AS
	SELECT DISTINCT CASE WHEN random() < 0.2 THEN overlay(t PLACING chr(97 + (random() * 26)::int) FROM 1 + (random() * length(t))::int FOR 1) WHEN random() < 0.3 THEN upper(t) ELSE t END AS term
	FROM (SELECT substr(w, 1 + (random() * length(w))::int, 1 + (random() * 7)::int) AS t
		  FROM generate_series(1, $searches) n, LATERAL (SELECT CASE WHEN n % 3 = 0 THEN email ELSE coalesce(first_name || ' ' || last_name, first_name, last_name) END AS w FROM agent_auth.customer WHERE id >= random() * 1500 + 0 * n ORDER BY id LIMIT 1) c) s WHERE t <> '';
	SELECT term || ': ' || left(r::text, 200) FROM (SELECT term, expected(term) AS ids, agent_customer_search('$token', term, 3, 40) AS r FROM term OFFSET 0) x
	WHERE NOT ((r ->> 'total')::int = least(cardinality(ids), 150) AND (r ->> 'exact')::boolean = (cardinality(ids) <= 150) AND
		(SELECT coalesce(array_agg(c ->> 'customerReference' ORDER BY n), '{}') FROM jsonb_array_elements(r -> 'customers') WITH ORDINALITY j(c, n)) =
		(SELECT coalesce(array_agg(customer_reference ORDER BY id), '{}') FROM agent_auth.customer WHERE id = ANY (ids[4:43]))) LIMIT 5});
is($wrong, '', "$searches terms find what they must");

# a search that is cancelled leaves nothing behind: neither its user nor its plans
my ($status, $out, $err) = $node->psql('postgres', qq{
	CREATE ROLE slow_owner; CREATE SCHEMA slow AUTHORIZATION slow_owner; SET ROLE slow_owner;
	CREATE VIEW slow.customers AS SELECT 1 AS id, 'S'::text AS customer_reference, 'x'::text AS email, 'x'::text AS first_name, 'x'::text AS last_name, true AS assistable FROM pg_sleep(10);
	RESET ROLE;
	SET agent_auth.customer_relation = 'slow.customers';
	SET statement_timeout = '100ms';
	SELECT agent_customer_search('$token', 'x');
	RESET statement_timeout;
	SELECT current_user = session_user, current_setting('enable_seqscan'), current_setting('jit') = (SELECT reset_val FROM pg_settings WHERE name = 'jit'), current_setting('plan_cache_mode')}, on_error_stop => 0);
like($err, qr/canceling statement due to statement timeout/, 'a search is cancelled');
is($out, 't|on|t|auto', 'and leaves no trace');
done_testing();
