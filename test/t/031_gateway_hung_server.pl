# A database server that hangs: it is stopped by a signal, all of it or one
# backend, or waits for a synchronous standby that is not there.  Every wait of
# the gateway has an end, its readiness is the truth, its metrics answer, and it
# can be stopped.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../perl";

use AgentAuth;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'the gateway is not built' if !-x gateway_program();

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(allows_streaming => 1);
$node->append_conf('postgresql.conf', "synchronous_commit = on\n");
$node->start;
$node->safe_psql('postgres', q{
	CREATE ROLE gateway LOGIN;
	CREATE SCHEMA agent_auth;
	GRANT USAGE ON SCHEMA agent_auth TO gateway;
	CREATE TABLE written (target text);
	GRANT INSERT ON written TO gateway;
	CREATE FUNCTION agent_auth.http(text, text, jsonb, bytea, inet,
		OUT status int, OUT headers jsonb, OUT body bytea) LANGUAGE plpgsql AS $$
	BEGIN
		IF $2 LIKE '/write%' THEN INSERT INTO written VALUES ($2); END IF;
		IF $2 LIKE '/wait%' THEN PERFORM pg_advisory_xact_lock(1); END IF;
		status := 200;
		headers := '{"Content-Type":"text/plain"}';
		body := convert_to(pg_backend_pid()::text, 'UTF8');
	END $$;
});
my $lock = $node->background_psql('postgres');
my ($postmaster) = slurp_file($node->data_dir . '/postmaster.pid') =~ /^(\d+)/;

# What is stopped goes on when the test ends, however it ends.
my @stopped;
sub stop_processes { push @stopped, @_; kill 'STOP', @_; return }
sub continue_processes { kill 'CONT', splice @stopped; return }
END { my $status = $?; continue_processes(); $? = $status }

sub backends { return split /\n/, $node->safe_psql('postgres', "SELECT pid FROM pg_stat_activity WHERE usename = 'gateway'") }
sub stop_server { stop_processes(backends(), $postmaster); return }

my @flags = ('--pool-size', 3, '--slow-pool-size', 1, '--metrics-listen', '127.0.0.1:0');
sub start { return start_gateway($node, flags => [ @flags, @_ ]) }
sub ready { return request($_[0], 'GET', '/readyz') }
sub metrics_of
{
	my ($of) = @_;
	my ($port) = slurp_file($of->{log}) =~ /metrics are at \/metrics" port=(\d+)/;
	return request({ port => $port }, 'GET', '/metrics')->{body};
}
sub metric { my ($of, $name) = @_; return metrics_of($of) =~ /^agent_auth_gateway_$name (\S+)$/m ? $1 : -1 }

sub begin_request
{
	my ($of, $target) = @_;
	my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $of->{port}) or die "cannot connect: $!";
	$socket->syswrite("GET $target HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
	return $socket;
}
sub status_of
{
	my ($socket) = @_;
	local $SIG{ALRM} = sub { die "no answer\n" };
	alarm 120;
	sysread $socket, my $answer, 65536;
	alarm 0;
	return ($answer // '') =~ m{^HTTP/1\.1 (\d+)} ? $1 : 0;
}
sub is_answered { my ($socket) = @_; my $bits = ''; vec($bits, fileno($socket), 1) = 1; return select($bits, undef, undef, 0) }

# One backend that hangs keeps one request, for as long as the database may take.
my $gateway = start('--db-timeout', 3);
$lock->query_safe('SELECT pg_advisory_lock(1);');
my $waiting = begin_request($gateway, '/wait');
my ($one) = wait_until(sub { $node->safe_psql('postgres', "SELECT pid FROM pg_stat_activity WHERE usename = 'gateway' AND wait_event = 'advisory'") })
  && $node->safe_psql('postgres', "SELECT pid FROM pg_stat_activity WHERE usename = 'gateway' AND wait_event = 'advisory'");
stop_processes($one);
is(status_of($waiting), 503, 'a backend that hangs: its request');
is(request($gateway, 'GET', '/')->{status}, 200, 'a backend that hangs: others are served') foreach 1 .. 5;
ok(wait_until(sub { ready($gateway)->{status} == 200 }), 'a backend that hangs: it is ready');
continue_processes();
$lock->query_safe('SELECT pg_advisory_unlock(1);');
ok(wait_until(sub { $node->safe_psql('postgres', "SELECT count(*) FROM pg_stat_activity WHERE pid = $one AND state = 'active'") == 0 }), 'a backend that hangs: is not kept at it');

# The whole server, while nothing is asked.
stop_server();
ok(wait_until(sub { ready($gateway)->{status} == 503 }, 60), 'a server that hangs: not ready, though nobody has asked it');
is(request($gateway, 'GET', '/healthz')->{status}, 200, 'a server that hangs: alive');
is(request($gateway, 'GET', '/')->{status}, 503, 'a server that hangs: 503') foreach 1 .. 3;
is(metric($gateway, 'ready'), 0, 'a server that hangs: metrics answer');
like(metrics_of($gateway), qr/^agent_auth_up 0$/m, 'a server that hangs: without the extension\'s');
continue_processes();
ok(wait_until(sub { ready($gateway)->{status} == 200 }, 60), 'it goes on: ready again');
is(request($gateway, 'GET', '/')->{status}, 200, 'it goes on: served');
is(metric($gateway, 'ready'), 1, 'it goes on: in the metrics');
is(stop_gateway($gateway), 0, 'exit status');

# The same while questions are under way, and they may take long.
$gateway = start('--db-timeout', 20);
$lock->query_safe('SELECT pg_advisory_lock(1);');
my @under_way = map { begin_request($gateway, '/wait') } 1 .. 4;
ok(wait_until(sub { $node->safe_psql('postgres', "SELECT count(*) FROM pg_stat_activity WHERE usename = 'gateway' AND wait_event = 'advisory'") == 3 }), 'all connections wait');
stop_server();
ok(wait_until(sub { ready($gateway)->{status} == 503 }, 60), 'under way: not ready');
is(scalar(grep { is_answered($_) } @under_way), 0, 'under way: before anybody is answered');
is_deeply([ map { status_of($_) } @under_way ], [ (503) x 4 ], 'under way: all get 503, who waited for a connection too');

# And it can be stopped: who has been heard is answered.
my @last = map { begin_request($gateway, '/') } 1 .. 3;
ok(wait_until(sub { metric($gateway, 'pool_queue_length\{lane="quick"\}') + (grep { is_answered($_) } @last) == 3 }, 60), 'stopping: all wait');
kill 'TERM', $gateway->{pid};
is_deeply([ map { status_of($_) } @last ], [ (503) x 3 ], 'stopping: who waits is answered');
{
	local $SIG{ALRM} = sub { die "it does not end\n" };
	alarm 120;
	is(stop_gateway($gateway), 0, 'stopping: it ends while the server hangs');
	alarm 0;
}
continue_processes();
$lock->query_safe('SELECT pg_advisory_unlock(1);');
ok(wait_until(sub { backends() == 0 }, 60), 'and leaves no backend behind');

# A synchronous standby that is not there: whatever writes waits.
$gateway = start('--db-timeout', 3);
is(request($gateway, 'GET', '/write')->{status}, 200, 'no standby is waited for');
$node->safe_psql('postgres', "ALTER SYSTEM SET synchronous_standby_names = 'gone'");
$node->reload;
ok(wait_until(sub { $node->safe_psql('postgres', 'SHOW synchronous_standby_names') eq 'gone' }), 'one is');
is(request($gateway, 'GET', '/write')->{status}, 503, 'a standby is waited for: 503');
my $answer;
ok(wait_until(sub { request($gateway, 'GET', '/write'); $answer = ready($gateway); $answer->{status} == 503 }, 60), 'a standby is waited for: not ready');
is($answer->{body}, "the database does not commit\n", 'a standby is waited for: says why');
is(request($gateway, 'GET', '/')->{status}, 200, 'a standby is waited for: what is read is answered');
ok(wait_until(sub { $node->safe_psql('postgres', q{SELECT count(*) FROM pg_stat_activity WHERE usename = 'gateway' AND query LIKE '%agent_auth.http%' AND wait_event = 'SyncRep'}) == 0 }),
	'a standby is waited for: by no backend for longer than that');
$node->safe_psql('postgres', 'SET synchronous_commit = local; ALTER SYSTEM RESET synchronous_standby_names');
$node->reload;
ok(wait_until(sub { ready($gateway)->{status} == 200 }, 60), 'a standby is not waited for: ready again');
is(request($gateway, 'GET', '/write')->{status}, 200, 'a standby is not waited for: written');
is(stop_gateway($gateway), 0, 'exit status');
$lock->quit;

done_testing();
