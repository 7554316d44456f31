# A standby verifies, introspects and has the keys, and never writes; what dies on
# the primary dies there at replay.  And the library preloaded, over a restart.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../perl";

use AgentAuth;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_server('primary', init => { allows_streaming => 1 }, settings => "shared_preload_libraries = 'agent_auth'\n");
$node->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'base', has_streaming => 1);
chmod 0600, $standby->data_dir . '/agent_auth.key';	# the test's copy lost that
$standby->append_conf('postgresql.conf', "hot_standby_feedback = on\n");
$standby->start;

sub catch_up
{
	$node->wait_for_catchup($standby, 'replay', $node->lsn('insert'));
}

my $keys = 'SELECT agent_jwks() -> $$keys$$';
catch_up();
is($standby->safe_psql('postgres', $keys), $node->safe_psql('postgres', $keys), 'a standby has the keys');

# one backend all along: what it has cached must go
my $session = $standby->background_psql('postgres');
my $kids = q{SELECT json_array_length(agent_jwks() -> 'keys');};
is($session->query_safe($kids), 1, 'one key');
$node->safe_psql('postgres', "SELECT agent_auth.rotate_signing_key('ES256')");
catch_up();
is($session->query_safe($kids), 2, 'a rotation is heard');
$node->safe_psql('postgres', "SELECT agent_auth.revoke_signing_key(kid) FROM agent_auth.signing_key WHERE retired_at IS NOT NULL");
catch_up();
is($session->query_safe($kids), 1, 'a revocation is heard');
$session->quit;

# no login there, and nothing to learn from trying
foreach my $password (PASSWORD, 'wrong')
{
	my ($status, $out, $err) = $standby->psql('postgres', "SELECT agent_access_token('@{[NAME]}', '$password')");
	like($err, qr/cannot execute agent_access_token\(\) in a read-only transaction/, "a standby refuses: $password");
}
if (-x gateway_program())
{
	my $gateway = start_gateway($standby, flags => [ '--pool-size', '2', '--slow-pool-size', '1' ]);	# the server has ten connections
	my $refused = request($gateway, 'POST', '/agent-access-tokens', [], login_body());
	is("$refused->{status} '" . ($refused->{headers}{allow} =~ s/ //gr) . "'", "405 'OPTIONS'", 'through a gateway: 405, and nothing is allowed');
	is(request($gateway, 'GET', '/.well-known/jwks.json')->{status}, 200, 'through a gateway: the keys');
	is(stop_gateway($gateway), 0, 'through a gateway: stopped');
}

# an agent searches there, which only the server's log can tell
{
	my $agent = $node->safe_psql('postgres', "INSERT INTO agent_auth.customer (customer_reference, first_name) VALUES ('DE--1', 'Sonia'); SELECT agent_access_token('@{[NAME]}', '@{[PASSWORD]}') ->> 'accessToken'");
	$node->safe_psql('postgres', 'SELECT agent_auth.audit_seal()');
	catch_up();
	is($standby->safe_psql('postgres', "SELECT agent_customer_search('$agent', 'sonia') -> 'total'"), '1', 'a standby searches');
	like(slurp_file($standby->logfile), qr/LOG:  agent_auth: agent 1 searched for customers: 1 hits/, 'and logs that');
	unlike(slurp_file($standby->logfile), qr/sonia|eyJ0eX/i, 'but not what for, nor the token');
	is($standby->safe_psql('postgres', 'SELECT intact FROM agent_auth.audit_verify()'), 't', 'a standby verifies the trail');
	is($standby->safe_psql('postgres', 'SELECT agent_auth.audit_unsealed_since() IS NULL'), 't', 'and says whether rows wait for a seal');

	# over HTTP too, and the trail itself is read: by an auditor, and not by others
	my $get = sub {
		my ($target) = @_;
		my $before = -s $standby->logfile;
		my $status = $standby->safe_psql('postgres', "SELECT status FROM agent_auth.http('GET', '$target', jsonb_build_object('authorization', 'Bearer $agent'), NULL, '192.0.2.1')");
		my ($told) = substr(slurp_file($standby->logfile), $before) =~ /LOG:  agent_auth: agent (.*\n.*DETAIL:  Session [0-9a-f-]{36}, address 192\.0\.2\.1)\.$/m;
		return "$status " . ($told // 'untold') =~ s/\n.*, a/, a/r;
	};
	is($get->('/agent-customer-search?q=sonia'), '200 1 searched for customers: 1 hits, address 192.0.2.1', 'a search over HTTP is answered and told');
	is($get->('/agent-impersonations'), '403 1: impersonations_refused, address 192.0.2.1', 'a look at the trail is refused and told');
	$node->safe_psql('postgres', "SELECT agent_auth.set_auditor('@{[NAME]}', true)");
	catch_up();
	is($get->('/agent-impersonations'), '200 1: impersonations_read, address 192.0.2.1', 'an auditor\'s is answered and told');
	(undef, undef, my $err) = $standby->psql('postgres', "SELECT agent_customer_impersonation_access_token('$agent', 'DE--1')");
	like($err, qr/cannot execute agent_customer_impersonation_access_token\(\) in a read-only transaction/, 'nobody acts as a customer there');
}

# tokens are verified there, by what it has replayed; also one that is remembered
my ($agents, $token) = map { $node->safe_psql('postgres', "SELECT agent_access_token('@{[NAME]}', '@{[PASSWORD]}') ->> 'accessToken'") } 1, 2;
my $refresh = $node->safe_psql('postgres', "SELECT agent_access_token('@{[NAME]}', '@{[PASSWORD]}') ->> 'refreshToken'");
catch_up();
my $warm = $standby->background_psql('postgres');
my $good = "SELECT agent_auth.verify('$token') IS NOT NULL;";
my $active = "SELECT agent_token_introspection('$agents', '$token') ->> 'active';";
is($warm->query_safe($good), 't', 'a token is good on the standby');
is($warm->query_safe($active), 'true', 'and active');
is($warm->query_safe("BEGIN; SELECT agent_auth.set_token('$token'); SELECT agent_auth.current_agent_id() IS NOT NULL; COMMIT;") =~ s/\s//r, 't', 'and its holder acts');
is($warm->query_safe("SELECT status FROM agent_auth.http('GET', '/agent-sessions', jsonb_build_object('authorization', 'Bearer $token'), NULL, NULL);"), 200, 'sessions are listed there');
$warm->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1;');
is($warm->query_safe($good), 't', 'good in a transaction that stays open');
$node->safe_psql('postgres', "SELECT agent_revoke_token('$token')");
catch_up();
is($warm->query_safe($good), 'f', 'revoked on the primary: refused once that is replayed, in the open transaction too');
is($warm->query_safe($active), 'false', 'and not active');
$warm->query_safe('COMMIT;');
$warm->quit;

# whatever writes is no endpoint there, with good credentials and with none
foreach my $case ([ 'POST', '/agent-access-tokens' ], [ 'POST', '/refresh-tokens' ], [ 'DELETE', '/refresh-tokens/mine' ], [ 'DELETE', '/agent-sessions/x' ], [ 'POST', '/token' ], [ 'POST', '/revoke' ])
{
	my ($method, $target) = @$case;
	foreach my $headers ('{}', qq({"authorization":"Bearer $agents"}))
	{
		is($standby->safe_psql('postgres', "SELECT status FROM agent_auth.http('$method', '$target', '$headers', convert_to('grant_type=refresh_token&token=$refresh&refresh_token=$refresh', 'UTF8'), NULL)"),
			405, "405: $method $target" . ($headers eq '{}' ? '' : ', with a good token'));
	}
}

# a restart forgets who is locked out, preloaded or not
is($node->safe_psql('postgres', "SELECT agent_access_token('locked\@example.com', 'wrong') #>> '{errors,0,code}' FROM generate_series(1, 10) OFFSET 9"), '4401', 'locked out');
$node->restart;
is($node->safe_psql('postgres', "SELECT agent_access_token('locked\@example.com', 'wrong') #>> '{errors,0,code}'"), '4101', 'a restart forgets');

# promoted, it logs in with the key file of the base backup
$node->stop;
$standby->promote;
like($standby->safe_psql('postgres', "SELECT agent_access_token('@{[NAME]}', '@{[PASSWORD]}')"), qr/accessToken/, 'promoted, it logs in');

done_testing();
