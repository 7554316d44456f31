# Requests with one token while others end its session: each is answered, and
# the server lives.  And many logins of one agent at once: none is locked out.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../perl";

use AgentAuth;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_server('main', settings => "fsync = off\n");
my $script = PostgreSQL::Test::Utils::tempdir() . '/script';
append_to_file($script, "SELECT agent_access_token('@{[NAME]}', '@{[PASSWORD]}') ->> 'accessToken' AS token \\gset\n"
	  . "SELECT status FROM agent_auth.http('DELETE', '/refresh-tokens/mine', jsonb_build_object('authorization', 'Bearer :token'), NULL, NULL);\n");
$node->command_ok([ 'pgbench', '-n', '-c', '8', '-j', '2', '-t', '600', '-f', $script, 'postgres' ], 'eight clients log in and end all sessions');
# many right logins at once are no guesses, however low the limit
my $logins = PostgreSQL::Test::Utils::tempdir() . '/logins';
append_to_file($logins, "SELECT 1 / (agent_access_token('@{[NAME]}', '@{[PASSWORD]}') ? 'accessToken')::int;\n");
$node->safe_psql('postgres', 'ALTER DATABASE postgres SET agent_auth.lockout_failures = 3');
$node->command_ok([ 'pgbench', '-n', '-c', '20', '-j', '2', '-t', '10', '-f', $logins, 'postgres' ], 'twenty clients log in at once as one agent');
is($node->safe_psql('postgres', "SELECT agent_access_token('@{[NAME]}', 'wrong') #>> '{errors,0,code}' FROM generate_series(1, 2) OFFSET 1"), '4101', 'two wrong passwords');
$node->command_ok([ 'pgbench', '-n', '-c', '20', '-j', '2', '-t', '10', '-f', $logins, 'postgres' ], 'and twenty at once again');
is($node->safe_psql('postgres', 'SELECT logins_locked FROM agent_auth.statistics'), 0, 'nobody was locked out');
is($node->safe_psql('postgres', "SELECT string_agg(agent_access_token('@{[NAME]}', 'wrong') #>> '{errors,0,code}', ',') FROM generate_series(1, 4)"), '4101,4101,4101,4401', 'three wrong ones in a row do lock');
# a login that is terminated before its hash begins was no attempt; the lock holds
# it there
my $holder = $node->background_psql('postgres');
$holder->query_safe('BEGIN; LOCK TABLE agent_auth.agent IN ACCESS EXCLUSIVE MODE;');
foreach (1 .. 3)
{
	my ($out, $err) = ('', '');
	my $client = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', "SELECT agent_access_token('slow\@example.com', 'wrong')" ],
		'>', \$out, '2>', \$err);
	ok(wait_until(sub { $node->safe_psql('postgres', "SELECT coalesce(bool_and(pg_terminate_backend(pid)), false) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%agent_access_token(...)%'") eq 't' }), 'terminated in the middle');
	$client->finish;
	unlike($out, qr/4101/, 'without an answer');
}
$holder->query_safe('COMMIT;');
$holder->quit;
is($node->safe_psql('postgres', "SELECT agent_access_token('slow\@example.com', 'wrong') #>> '{errors,0,code}'"), '4101', 'and not counted');

unlike(slurp_file($node->logfile), qr/terminated by signal|PANIC/, 'the server lives');

done_testing();
