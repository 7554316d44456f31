# /metrics: what it counts, that no client makes series of its own, that it is
# Prometheus' format, and that a database which hangs keeps nobody waiting.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../perl";

use AgentAuth;
use IPC::Run ();
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

plan skip_all => 'the gateway is not built' if !-x gateway_program();

my $node = new_server('main');
my $conninfo = $node->connstr('postgres') . ' user=gateway';
my $gateway = start_gateway($node, flags => [ '--metrics-listen', '127.0.0.1:0', '--pool-size', 2, '--slow-pool-size', 2, '--max-connections-per-address', 5,
	'--request-timeout', 2, '--db-timeout', 60 ]);
my ($port) = slurp_file($gateway->{log}) =~ /msg="metrics are at \/metrics" port=(\d+)/;
my $monitor = { port => $port };

# Metrics by name and labels.
sub scrape
{
	my %values;
	foreach (split /\n/, request($monitor, 'GET', '/metrics')->{body})
	{
		$values{$1} = $2 if /^([^#]\S*(?:\{.*\})?) (\S+)$/;
	}
	return \%values;
}
sub counted { my ($route, $method, $status) = @_; return scrape()->{qq(agent_auth_gateway_requests_total{route="$route",method="$method",status="$status"})} // 0 }

my $answer = request($monitor, 'GET', '/metrics');
is($answer->{headers}{'content-type'}, 'text/plain; version=0.0.4; charset=utf-8', 'the type');
is(request($monitor, 'HEAD', '/metrics')->{status}, 200, 'HEAD');
is(request($monitor, 'POST', '/metrics', [], 'x')->{status}, 405, 'POST');
is(request($monitor, 'GET', '/')->{status}, 404, 'anything else');
is(request($gateway, 'GET', '/metrics')->{status}, 404, 'not at the public port');

# requests
is(request($gateway, 'POST', '/agent-access-tokens', [], login_body())->{status}, 201, 'a login') foreach 1 .. 3;
is(request($gateway, 'POST', '/agent-access-tokens', [], login_body(NAME, 'wrong'))->{status}, 401, 'a wrong password');
my $deleted = request($gateway, 'DELETE', '/refresh-tokens/aart_secret')->{status};
request($gateway, 'GET', '/.well-known/jwks.json');
request($gateway, 'OPTIONS', '/agent-customer-impersonation-access-tokens');
request($gateway, $_->[0], $_->[1]) foreach [ 'PURGE', '/token' ], [ 'GET', '/wp-admin' ], [ 'GET', '/tokens' ], [ 'GET', '/token2?token=1' ], [ 'GET', '/Token' ], [ 'GET', '/' ], [ 'GET', '/"}x{"' ];
foreach my $case (
	[ '/agent-access-tokens', 'POST', 201, 3 ], [ '/agent-access-tokens', 'POST', 401, 1 ], [ '/refresh-tokens', 'DELETE', $deleted, 1 ], [ '/.well-known', 'GET', 200, 1 ],
	[ '/agent-customer-impersonation-access-tokens', 'OPTIONS', 204, 1 ], [ '/token', 'other', 405, 1 ], [ 'other', 'GET', 404, 7 ])
{
	my ($route, $method, $status, $n) = @$case;
	ok(wait_until(sub { counted($route, $method, $status) == $n }, 10), "$method $route $status: $n") or diag(counted($route, $method, $status));
}
my $series = keys %{ scrape() };
request($gateway, "M$_", "/made-up-$_") foreach 1 .. 30;
ok(wait_until(sub { counted('other', 'other', 404) == 30 }), 'thirty requests of a client\'s invention');
cmp_ok(keys(%{ scrape() }) - $series, '<=', 1, 'make one series at most');

# durations: a histogram whose last bucket is its count
my $values = scrape();
my $name = 'agent_auth_gateway_request_duration_seconds';
my @buckets = map { $values->{"${name}_bucket{route=\"/agent-access-tokens\",le=\"$_\"}"} } qw(0.0005 0.001 0.0025 0.005 0.01 0.025 0.05 0.1 0.25 0.5 1 2.5 5 10 +Inf);
is(scalar(grep { defined } @buckets), 15, 'a histogram');
is_deeply(\@buckets, [ sort { $a <=> $b } @buckets ], 'which rises');
is($buckets[-1], $values->{"${name}_count{route=\"/agent-access-tokens\"}"}, 'to its count');
is($buckets[-1], 4, 'of four logins');
cmp_ok($values->{"${name}_sum{route=\"/agent-access-tokens\"}"}, '>', 0, 'and has a sum');

# connections
my @open = map { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $gateway->{port}) } 1 .. 4;
ok(wait_until(sub { scrape()->{agent_auth_gateway_connections} == 4 }), 'connections that are open');
push @open, map { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $gateway->{port}) } 1 .. 3;
ok(wait_until(sub { scrape()->{agent_auth_gateway_connections_refused_total} == 2 }), 'refused: the address has too many');
ok(wait_until(sub { scrape()->{agent_auth_gateway_connections_cut_off_total} >= 5 }), 'cut off: too slow');
ok(wait_until(sub { scrape()->{agent_auth_gateway_connections} == 0 }), 'none is left');
is(scrape()->{agent_auth_gateway_connections_limit}, 12000, 'the limit');
my $accepted = scrape()->{agent_auth_gateway_connections_accepted_total};

# Who drips at the metrics' address is cut off too, and counts as no client.
my @drops = map { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port) } 1 .. 20;
my $cut_off = () = slurp_file($gateway->{log}) =~ /a client was too slow/g;
{
	local $SIG{PIPE} = 'IGNORE';
	ok(wait_until(sub { syswrite $_, 'G' foreach @drops; (() = slurp_file($gateway->{log}) =~ /a client was too slow/g) >= $cut_off + 16 }), 'metrics: who drips is cut off');
}
close $_ foreach @drops;
$values = scrape();
is($values->{agent_auth_gateway_connections}, 0, 'metrics: that is no client');
is($values->{agent_auth_gateway_connections_accepted_total}, $accepted, 'metrics: nor was one');

# the pool
$values = scrape();
foreach my $lane ('quick', 'slow')
{
	is($values->{qq(agent_auth_gateway_pool_size{lane="$lane"})}, 2, "pool: $lane: its size");
	is($values->{qq(agent_auth_gateway_pool_connections{lane="$lane",state="idle"})}, 2, "pool: $lane: idle");
	is($values->{qq(agent_auth_gateway_pool_connections{lane="$lane",state="busy"})}, 0, "pool: $lane: busy");
	is($values->{qq(agent_auth_gateway_pool_queue_length{lane="$lane"})}, 0, "pool: $lane: nobody waits");
}
is($values->{agent_auth_gateway_ready}, 1, 'pool: ready');
my $lock = $node->background_psql('postgres');
$lock->query_safe('BEGIN; LOCK TABLE agent_auth.agent;');
my @children = map { my $pid = fork // die; if ($pid == 0) { request($gateway, 'POST', '/agent-access-tokens', [], login_body()); POSIX::_exit(0) } $pid } 1 .. 4;
ok(wait_until(sub { my $v = scrape(); $v->{'agent_auth_gateway_pool_connections{lane="slow",state="busy"}'} == 2 && $v->{'agent_auth_gateway_pool_queue_length{lane="slow"}'} == 2 }),
	'pool: two are busy, and two wait');
$lock->query_safe('ROLLBACK;');
waitpid $_, 0 foreach @children;
ok(wait_until(sub { scrape()->{'agent_auth_gateway_pool_connections{lane="slow",state="busy"}'} == 0 }), 'pool: idle again');
$values = scrape();
cmp_ok($values->{'agent_auth_gateway_pool_waits_total{lane="slow"}'}, '>=', 2, 'pool: waits');
cmp_ok($values->{'agent_auth_gateway_pool_wait_seconds_sum{lane="slow"}'}, '>', 0, 'pool: for how long');
cmp_ok($values->{'agent_auth_gateway_pool_wait_seconds_count{lane="quick"}'}, '>=', 40, 'pool: of how many');

# errors of the database, at 0 before the first: increase() would not see it
is_deeply([ @{ scrape() }{ map { qq(agent_auth_gateway_database_errors_total{class="$_"}) } qw(22 42 53 P0 XX) } ], [ (0) x 5 ], 'errors: none yet, of each class');
my $before = scrape()->{agent_auth_gateway_unavailable_answers_total};
$node->safe_psql('postgres', 'REVOKE EXECUTE ON FUNCTION agent_auth.http FROM gateway');
is(request($gateway, 'GET', '/token')->{status}, 500, 'an error') foreach 1 .. 2;
$node->safe_psql('postgres', 'GRANT EXECUTE ON FUNCTION agent_auth.http TO gateway');
is(scrape()->{'agent_auth_gateway_database_errors_total{class="42"}'}, 2, 'errors by class');
is(scrape()->{agent_auth_gateway_unavailable_answers_total}, $before, 'and none for which it was away');

# the process
$values = scrape();
my ($rss) = slurp_file("/proc/$gateway->{pid}/status") =~ /^VmRSS:\s+(\d+)/m;
cmp_ok(abs($values->{process_resident_memory_bytes} / 1024 - $rss), '<', $rss / 2, 'memory');
cmp_ok(abs($values->{process_start_time_seconds} - $^T), '<', 600, 'when it started');
cmp_ok($values->{process_open_fds}, '>', 5, 'open files');
cmp_ok($values->{process_max_fds}, '>=', 12000, 'and how many there may be');
ok(exists $values->{process_cpu_seconds_total}, 'processor time');
my ($version) = `@{[gateway_program()]} --version` =~ /(\S+)$/;
is($values->{"agent_auth_gateway_build_info{version=\"$version\"}"}, 1, 'the version');

# the extension's numbers, where the role may read them
is($values->{agent_auth_up}, 0, 'statistics: not granted');
is_deeply([ grep { /^agent_auth_(?!up|gateway_)/ } keys %$values ], [], 'statistics: then there are none');
like(slurp_file($gateway->{log}), qr{level=warning msg="agent_auth\.statistics cannot be read" sqlstate=42501}, 'statistics: said in the log');
is(() = slurp_file($gateway->{log}) =~ /statistics cannot be read/g, 1, 'statistics: once');
$node->safe_psql('postgres', 'GRANT SELECT ON agent_auth.statistics TO gateway; GRANT EXECUTE ON FUNCTION agent_auth.read_statistics TO gateway');
$values = scrape();
is($values->{agent_auth_up}, 1, 'statistics: granted');
my %row = map { split /=/ } split /\n/, $node->safe_psql('postgres', q{SELECT key || '=' || value FROM agent_auth.statistics s, jsonb_each_text(to_jsonb(s)) WHERE key <> 'since'});
foreach my $column (sort keys %row)
{
	is($values->{"agent_auth_${column}_total"}, $row{$column}, "statistics: $column");
}
is($values->{agent_auth_logins_ok_total}, 7, 'statistics: seven logins');
is($values->{agent_auth_logins_failed_total}, 1, 'statistics: one failure');
cmp_ok($values->{agent_auth_statistics_start_time_seconds}, '>', 1_500_000_000, 'statistics: since when');

# for how long rows of the trail have waited for a seal
ok(!exists $values->{agent_auth_audit_unsealed_age_seconds}, 'trail: not granted');
$node->safe_psql('postgres', "GRANT EXECUTE ON FUNCTION agent_auth.audit_unsealed_since TO gateway; SELECT agent_auth.audit_seal();
	INSERT INTO agent_auth.audit (event, at) VALUES ('test', now() - interval '2 hours')");
$values = scrape();
cmp_ok($values->{agent_auth_audit_unsealed_age_seconds}, '>=', 7200, 'trail: a row waits');
cmp_ok($values->{agent_auth_audit_unsealed_age_seconds}, '<', 7200 + time - $^T + 10, 'trail: and since when');
$node->safe_psql('postgres', 'SELECT agent_auth.audit_seal()');
is(scrape()->{agent_auth_audit_unsealed_age_seconds}, 0, 'trail: all are sealed');

SKIP:
{
	skip 'promtool is missing', 2 if !`promtool --version 2>&1`;
	my ($out, $err) = ('', '');
	my $text = request($monitor, 'GET', '/metrics')->{body};
	IPC::Run::run [ 'promtool', 'check', 'metrics' ], '<', \$text, '>', \$out, '2>', \$err, IPC::Run::timeout(300);
	is($? >> 8, 0, 'promtool: the format');
	is($out . $err, '', 'promtool: says nothing');
}

# A database that hangs: scrapes take a while, clients do not.
$lock->query_safe('BEGIN; LOCK TABLE agent_auth.statistics IN ACCESS EXCLUSIVE MODE;');
my $scraping = fork // die;
if ($scraping == 0)
{
	POSIX::_exit(scrape()->{agent_auth_up} eq '0' ? 0 : 1);
}
ok(wait_until(sub { $node->safe_psql('postgres', "SELECT count(*) FROM pg_locks WHERE NOT granted") > 0 }), 'a scrape waits for the database');
is(request($gateway, 'GET', '/.well-known/jwks.json')->{status}, 200, 'clients do not');
is(waitpid($scraping, POSIX::WNOHANG()), 0, 'while it waits');
waitpid $scraping, 0;
is($?, 0, 'it comes to an end without them');
$lock->query_safe('ROLLBACK;');
$lock->quit;
ok(wait_until(sub { scrape()->{agent_auth_up} == 1 }), 'and has them again');

# a database that is away
$node->stop('immediate');
ok(wait_until(sub { scrape()->{agent_auth_gateway_database_connection_failures_total} > 0 }), 'away: tries to connect');
is(scrape()->{agent_auth_up}, 0, 'away: no statistics');
is(request($gateway, 'GET', '/token')->{status}, 503, 'away: 503');
ok(wait_until(sub { scrape()->{agent_auth_gateway_unavailable_answers_total} > $before }), 'away: counted');
ok(wait_until(sub { scrape()->{'agent_auth_gateway_pool_connections{lane="quick",state="idle"}'} == 0 }), 'away: none idle');
$node->start;
ok(wait_until(sub { scrape()->{agent_auth_up} == 1 }), 'back');
is(stop_gateway($gateway), 0, 'exit status');

done_testing();
