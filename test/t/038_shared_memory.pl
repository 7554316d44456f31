# Shared memory that cannot be had.  A role without any right uses up what the
# server keeps spare, before the extension is first used; the system has none
# left.  Verifying goes on, logins are refused and not let through uncounted, and
# all is well again as soon as there is memory.  A server that preloads the
# library has reserved it.  Regress has one server, which has enough.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../perl";

use AgentAuth;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_server('main', settings => "
	max_connections = 20
	max_locks_per_transaction = 10
	restart_after_crash = on
	dynamic_shared_memory_type = posix
");
my $memory = $node->data_dir . '/pg_dynshmem';
$node->safe_psql('postgres', "
	CREATE ROLE nobody LOGIN;
	CREATE FUNCTION try(username text, password text) RETURNS int LANGUAGE sql AS
		\$\$ SELECT status FROM agent_auth.http('POST', '/agent-access-tokens', '{}', convert_to(json_build_object('data', json_build_object(
			'type', 'agent-access-tokens', 'attributes', json_build_object('username', username, 'password', password)))::text, 'UTF8'), '192.0.2.1') \$\$;");
my $token = $node->safe_psql('postgres', "SELECT agent_access_token('@{[NAME]}', '@{[PASSWORD]}') ->> 'accessToken'");
my $log_in = "SELECT try('@{[NAME]}', '@{[PASSWORD]}')";
my $verify = "SELECT agent_auth.verify('$token') IS NOT NULL";
my $check = "SELECT status FROM agent_auth.check_config() WHERE item = 'shared memory'";

# What it answers, and what it complains of.
sub run
{
	my ($sql) = @_;
	my ($out, $err) = ('', '');
	$node->psql('postgres', $sql, stdout => \$out, stderr => \$err);
	return $out . ($err =~ s/^psql:<stdin>:\d+: //mgr);
}

# Each try is a backend of its own: they share what they count.
sub counts
{
	my ($what) = @_;
	my $name = $what =~ tr/ ,//dr . '@example.com';
	is(join(' ', map { run("SELECT try('$name', 'wrong')") } 1 .. 10), '401 401 401 401 401 401 401 401 401 429', "$what: failures are counted");
	is(run($log_in), '201', "$what: the right password logs in");
	is(run($verify), 't', "$what: a token is verified");
	return;
}

sub use_up
{
	my ($out, $err);
	$node->psql('postgres', 'DO $$ BEGIN FOR i IN 1 .. 10000000 LOOP PERFORM pg_advisory_xact_lock(i); END LOOP; END $$',
		connstr => $node->connstr('postgres') . ' user=nobody', stdout => \$out, stderr => \$err);
	like($err, qr/out of shared memory/, 'a role without any right uses up shared memory');
	return;
}

# What it takes of the memory that the server reserves at its start, and has
# little to spare of afterwards.
sub taken { return $node->safe_psql('postgres', "SELECT count(*), coalesce(sum(size), 0) > 1000000 FROM pg_shmem_allocations WHERE name LIKE 'agent_auth%'") }

sub restart
{
	my (%settings) = @_;
	$node->append_conf('postgresql.conf', "$_ = '$settings{$_}'\n") foreach sort keys %settings;
	$node->restart;
	return;
}

# A crash loses what was counted, and with it the memory.
sub crash
{
	my $victim = $node->background_psql('postgres', on_error_stop => 0);
	my $pid = $victim->query_safe('SELECT pg_backend_pid()');
	my $start = $node->safe_psql('postgres', 'SELECT pg_postmaster_start_time()');
	my $before = -s $node->logfile;
	kill 'KILL', $pid;
	eval { $victim->quit };
	ok(wait_until(sub { slurp_file($node->logfile, $before) =~ /all server processes terminated; reinitializing.*database system is ready to accept connections/s }, 180), 'the server recovers from a crash');
	is($node->safe_psql('postgres', 'SELECT pg_postmaster_start_time()'), $start, '... which was no restart');
	return;
}

restart();
use_up();
counts('used up');
is(run($check), 'notice', 'used up: it is luck');
is(taken(), '0|f', 'used up: it needs none of that memory');
crash();
counts('after a crash');

# The system has none: for the segment, or for the file that says where it is.
foreach my $type ('mmap', 'posix')
{
	restart(dynamic_shared_memory_type => $type);
	unlink glob "$memory/agent_auth.*";
	chmod 0500, $memory or die;
	my $before = -s $node->logfile;
	is(run("$verify; $verify"), "t\nt", "none, $type: a token is verified, without a warning");
	is(run($log_in), '503', "none, $type: a login is refused");
	is(run("SELECT try('@{[NAME]}', 'wrong')"), '503', "none, $type: whatever the password");
	is(run("SELECT agent_access_token('@{[NAME]}', 'wrong') #>> '{errors,0,status}'"), '503', "none, $type: by name too");
	is(run($check), 'error', "none, $type: check_config() says so");
	like(run('SELECT * FROM agent_auth.statistics'), qr/^ERROR:  agent_auth has no shared memory/, "none, $type: there are no statistics");
	like(slurp_file($node->logfile, $before), qr/agent_auth has no shared memory: logins are refused, and nothing is counted\n.*DETAIL:  could not /, "none, $type: the server's log says why");
	my $session = $node->background_psql('postgres');
	is($session->query_safe($log_in), '503', "none, $type: in a backend that stays");
	chmod 0700, $memory or die;
	ok(wait_until(sub { $session->query_safe($log_in) eq '201' }), "none, $type: there it works as soon as there is some");
	$session->quit;
	counts("some again, $type");
}

restart(shared_preload_libraries => 'agent_auth');
chmod 0500, $memory or die;
use_up();
counts('reserved');
is(run($check), 'ok', 'reserved: nothing to complain of');
is(taken(), '1|t', 'reserved: all of it');
crash();
counts('reserved, after a crash');
chmod 0700, $memory or die;

done_testing();
