# What many requests can do: a flood of other names and addresses frees no
# locked account; thousands of logins and of verifications leave nothing behind
# in a backend or in the gateway; a locked try writes no WAL.  AGENT_AUTH_LOGINS,
# AGENT_AUTH_VERIFICATIONS and AGENT_AUTH_NAMES say how many; 2,000, 100,000 and
# 20,000 without them; PG_TEST_TIMEOUT_DEFAULT in seconds must allow for them.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../perl";

use AgentAuth;
use PostgreSQL::Test::Utils;
use Test::More;

my $logins = $ENV{AGENT_AUTH_LOGINS} // 2000;
my $verifications = $ENV{AGENT_AUTH_VERIFICATIONS} // 100_000;
my $names = $ENV{AGENT_AUTH_NAMES} // 20_000;
my $node = new_server('main', settings => "
	fsync = off
	autovacuum = off
	agent_auth.lockout_duration = 1d	# longer than the flood takes
");
my $locked = "SELECT agent_access_token('victim\@example.com', 'wrong') #>> '{errors,0,code}'";

$node->safe_psql('postgres', "
	CREATE FUNCTION try(username text, peer inet) RETURNS int LANGUAGE sql AS
		\$\$ SELECT status FROM agent_auth.http('POST', '/agent-access-tokens', '{}', convert_to(json_build_object('data', json_build_object(
			'type', 'agent-access-tokens', 'attributes', json_build_object('username', username, 'password', 'wrong')))::text, 'UTF8'), peer) \$\$");

# nine failures, rolled back by the caller; the tenth is locked
is($node->safe_psql('postgres', "BEGIN; SELECT count(try('victim\@example.com', '192.0.2.1')) FROM generate_series(1, 9); ROLLBACK;"), 9, 'nine failures, rolled back');
is($node->safe_psql('postgres', "SELECT try('victim\@example.com', '192.0.2.1')"), 429, 'the tenth is locked');

# Other names need no hash to push the counter out: they are locked by address
# soon, or unknown addresses each.  A tenth of them brings a new address.
my $addresses = $names / 100;
my $flood = $node->safe_psql('postgres', "
	SELECT string_agg(DISTINCT s::text, ',' ORDER BY s::text) FROM (
		SELECT try('name' || n || '\@example.com', ('10.' || (n % $addresses) / 250 || '.' || (n % $addresses) % 250 || '.1')::inet) AS s
		FROM generate_series(1, $names) n) f", timeout => 3600);
like($flood, qr/401/, "a flood of $names names from $addresses addresses: $flood");
is($node->safe_psql('postgres', "SELECT try('victim\@example.com', '192.0.2.1')"), 429, 'the locked account stays locked');

# Thousands of locks at once, without shared_preload_libraries, turn nobody else
# away: there is room for them.
is($node->safe_psql('postgres', "
	SET agent_auth.lockout_failures = 1;
	SELECT string_agg(DISTINCT try('guessed' || n || '\@example.com', ('172.16.' || n / 250 || '.' || n % 250)::inet)::text, ',') FROM generate_series(1, 3000) n"), 401, 'three thousand locks');
is($node->safe_psql('postgres', "
	SELECT string_agg(DISTINCT try('other' || n || '\@example.com', '192.0.2.7')::text, ',') FROM generate_series(1, 20) n"), 401, 'others may still try');

# no WAL for a locked try
is($node->safe_psql('postgres', "
	SELECT pg_current_wal_insert_lsn() AS before \\gset
	DO \$\$ BEGIN FOR i IN 1..1000 LOOP PERFORM try('victim\@example.com', '192.0.2.1'); END LOOP; END \$\$;
	SELECT pg_current_wal_insert_lsn() - :'before'::pg_lsn"), 0, 'a thousand locked tries: no WAL');

# memory, in kilobytes
sub resident
{
	my ($pid) = @_;
	my ($kilobytes) = slurp_file("/proc/$pid/status") =~ /^RssAnon:\s+(\d+)/m;
	return $kilobytes;
}

my $session = $node->background_psql('postgres');
my $pid = $session->query_safe('SELECT pg_backend_pid();');
my $log_in = "SELECT agent_access_token('@{[NAME]}', '@{[PASSWORD]}') ? 'accessToken';\n";
my $fail = "SELECT agent_access_token(NULL, 'x') ? 'accessToken';\nSELECT agent_jwks() IS NULL;\n";
sub contexts { return $session->query_safe('SELECT sum(total_bytes) FROM pg_backend_memory_contexts;') }
# plans are made anew five times, and then kept: those of sealing the trail too
$session->query_safe((($log_in . $fail) x 20 . "SELECT agent_auth.audit_seal() IS NULL;\n") x 10);
my @before = (resident($pid), contexts());
my $blocks = $logins / 200;
my $good = 0;
foreach (1 .. $blocks)
{
	my $out = $session->query_safe($log_in x 200);
	$good += () = $out =~ /^t$/mg;
}
my @after = (resident($pid), contexts());
is($good, $blocks * 200, "$good logins in one backend");
cmp_ok($after[1] - $before[1], '<', 64 * 1024, "memory contexts: $before[1], then $after[1] bytes");
cmp_ok($after[0] - $before[0], '<', 1024, "resident memory: $before[0], then $after[0] kB");
$session->quit;

# and verifications, of tokens that are remembered and of tokens that are not
$node->safe_psql('postgres', "CREATE TABLE tokens AS SELECT n, agent_access_token('@{[NAME]}', '@{[PASSWORD]}') ->> 'accessToken' AS t FROM generate_series(1, 1000) n");
$session = $node->background_psql('postgres');
$pid = $session->query_safe('SELECT pg_backend_pid();');
$session->query_safe('SET agent_auth.token_cache_size = 100;');
my $verify = 'SELECT count(agent_auth.verify(t)) FROM (SELECT t FROM tokens ORDER BY n) t UNION ALL SELECT count(agent_auth.verify(t)) FROM tokens, generate_series(1, 9) WHERE n <= 1000;';
sub verify_all { my $n = 0; $n += $_ foreach split /\n/, $session->query_safe($verify); return $n }
verify_all() foreach 1 .. 3;
@before = (resident($pid), contexts());
my $rounds = $verifications / 10_000;
my $verified = 0;
$verified += verify_all() foreach 1 .. $rounds;
@after = (resident($pid), contexts());
is($verified, $rounds * 10_000, "$verified verifications in one backend");
cmp_ok($after[1] - $before[1], '<', 64 * 1024, "memory contexts: $before[1], then $after[1] bytes");
cmp_ok($after[0] - $before[0], '<', 1024, "resident memory: $before[0], then $after[0] kB");
$session->quit;

if (-x gateway_program())
{
	my $gateway = start_gateway($node, flags => [ '--pool-size', '2', '--log-level', 'error' ]);
	open my $file, '>', PostgreSQL::Test::Utils::tempdir() . '/body' or die;
	my $body = login_body();
	my $hit = sub {
		my $n = 0;
		foreach (1 .. $_[0])
		{
			$n++ if request($gateway, 'POST', '/agent-access-tokens', [], $body)->{status} == 201;
			request($gateway, 'POST', '/agent-access-tokens', [], '{') if $_ % 10 == 0;
		}
		return $n;
	};
	$hit->(500);
	my $start = resident($gateway->{pid});
	is($hit->($logins), $logins, "$logins logins through the gateway");
	my $end = resident($gateway->{pid});
	cmp_ok($end - $start, '<', 512, "the gateway's resident memory: $start, then $end kB");
	is(stop_gateway($gateway), 0, 'the gateway stops');
}

done_testing();
