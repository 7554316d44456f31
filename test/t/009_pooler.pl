# Behind pgbouncer in transaction mode, clients share one backend: who acts in
# a transaction acts in no other, however it ends; and the token that one
# client had remembered is refused to all once its session has ended.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../perl";

use AgentAuth;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my ($pgbouncer) = grep { -x } '/usr/sbin/pgbouncer', '/usr/bin/pgbouncer', '/usr/local/bin/pgbouncer';
plan skip_all => 'pgbouncer is not installed' unless $pgbouncer;

my $node = new_server('main');
my $dir = PostgreSQL::Test::Utils::tempdir();
my $port = PostgreSQL::Test::Cluster::get_free_port();
$node->safe_psql('postgres', '
	CREATE ROLE app LOGIN;
	GRANT USAGE ON SCHEMA agent_auth TO app;
	GRANT EXECUTE ON FUNCTION agent_auth.set_token, agent_auth.verify, agent_auth.current_agent_id, agent_auth.is_impersonating TO app;');
my $token = $node->safe_psql('postgres', "SELECT agent_access_token('@{[NAME]}', '@{[PASSWORD]}') ->> 'accessToken'");
my $agent = $node->safe_psql('postgres', 'SELECT id FROM agent_auth.agent');

append_to_file("$dir/pgbouncer.ini", "[databases]
postgres = host=@{[$node->host]} port=@{[$node->port]} dbname=postgres user=app
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $port
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 1
max_client_conn = 20
logfile = $dir/pgbouncer.log
pidfile =
");
my $log = "$dir/pgbouncer.out";
my $pid = fork // die;
if ($pid == 0)
{
	open STDOUT, '>', $log or die;
	open STDERR, '>&', \*STDOUT or die;
	exec $pgbouncer, "$dir/pgbouncer.ini" or die;
}
END { if (defined $pid && $pid > 0) { my $status = $?; kill 'TERM', $pid; waitpid $pid, 0; $? = $status } }

sub client
{
	my $self = { in => '', out => '', err => '' };
	$self->{psql} = IPC::Run::start([ 'psql', '-XAtq', '-h', '127.0.0.1', '-p', $port, '-U', 'app', '-d', 'postgres' ],
		'<', \$self->{in}, '>', \$self->{out}, '2>', \$self->{err}, IPC::Run::timeout(300));
	return $self;
}

sub ask
{
	my ($self, $statements) = @_;
	$self->{out} = '';
	$self->{in} .= "$statements;\n\\echo END\n";
	$self->{psql}->pump until $self->{out} =~ /END\n/;
	return $self->{out} =~ s/\n?END\n//r =~ s/^\n+//r =~ tr/\n/,/r;
}

ok(wait_until(sub { system("psql -XAtq -h 127.0.0.1 -p $port -U app -d postgres -c 'SELECT 1' >/dev/null 2>&1") == 0 }), 'pgbouncer is up') or diag slurp_file($log);

my $one = client();
my $two = client();
my $who = 'SELECT agent_auth.current_agent_id() IS NOT NULL';
is(ask($one, 'SELECT pg_backend_pid()'), ask($two, 'SELECT pg_backend_pid()'), 'two clients share one backend');

is(ask($one, "BEGIN; SELECT agent_auth.set_token('$token'); SELECT agent_auth.current_agent_id(); COMMIT"), $agent, 'one acts');
is(ask($two, $who), 'f', 'after its commit: nobody, for another client');
is(ask($one, $who), 'f', 'after its commit: nobody, for itself');

ask($one, "BEGIN; SELECT agent_auth.set_token('$token'); SELECT 1/0; COMMIT");
is(ask($two, $who), 'f', 'after an error');

is(ask($one, "BEGIN; SAVEPOINT s; SELECT agent_auth.set_token('$token'); ROLLBACK TO s; $who; COMMIT"), 'f', 'after its savepoint was rolled back');
is(ask($one, "BEGIN; SELECT agent_auth.set_token('$token'); SAVEPOINT s; SELECT 1/0; ROLLBACK TO s; SELECT agent_auth.current_agent_id(); COMMIT"), $agent, 'an error in a later savepoint changes nothing');
is(ask($two, $who), 'f', 'after that');

is(ask($one, "SELECT agent_auth.set_token('$token'); $who"), 'f', 'outside a transaction it lasts for its own statement');

ask($one, "BEGIN; SELECT agent_auth.set_token('x'); COMMIT");
like($one->{err}, qr/token/, 'a bad token is an error');
is(ask($two, $who), 'f', 'after a bad token');

is(ask($one, "BEGIN; SELECT agent_auth.set_token('$token')") . ask($one, "SELECT agent_auth.current_agent_id()"), $agent, 'a transaction that stays open');
$one->{psql}->kill_kill;
ok(wait_until(sub { ask($two, 'SELECT 1') eq '1' }), 'its client has gone');
is(ask($two, $who), 'f', 'after its client has gone');

is(ask($two, "SELECT agent_auth.verify('$token') IS NOT NULL"), 't', 'a token, remembered');
$node->safe_psql('postgres', "SELECT agent_auth.end_sessions('@{[NAME]}')");
is(ask($two, "SELECT agent_auth.verify('$token') IS NOT NULL"), 'f', 'its session ended: refused');
$two->{psql}->kill_kill;

done_testing();
