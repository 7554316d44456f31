# The gateway's two lanes to the database.  What takes long on purpose waits for
# its own connections, in turns, in a queue with an end, and keeps nobody else
# waiting; whoever has gone is not asked for.  Order and waiting are shown with a
# function that waits for a lock of ours; then with logins of the extension.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../perl";

use AgentAuth;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'the gateway is not built' if !-x gateway_program();

my $json = JSON::PP->new->utf8;
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql('postgres', q{
	CREATE ROLE gateway LOGIN;
	CREATE SCHEMA agent_auth;
	GRANT USAGE ON SCHEMA agent_auth TO gateway;
	CREATE TABLE asked (n serial, target text);
	GRANT INSERT ON asked TO gateway;
	GRANT USAGE ON SEQUENCE asked_n_seq TO gateway;
	CREATE FUNCTION agent_auth.http(text, text, jsonb, bytea, inet,
		OUT status int, OUT headers jsonb, OUT body bytea) LANGUAGE plpgsql AS $$
	BEGIN
		status := CASE WHEN $2 LIKE '/slow%' AND $3 ->> 'expect' = 'no-wait' OR $2 = '/always' THEN 417 ELSE 200 END;
		headers := '{"Content-Type":"application/json"}';
		body := convert_to($3::text, 'UTF8');
		IF status = 200 THEN
			INSERT INTO asked (target) VALUES ($2);
			IF $2 ~ 'lock' THEN PERFORM pg_advisory_xact_lock(1); END IF;
		END IF;
	END $$;
});

# One connection each; a proxy names clients by address.
my @few = ('--pool-size', 1, '--slow-pool-size', 1, '--slow-queue', 3, '--trusted-proxy', '127.0.0.1', '--metrics-listen', '127.0.0.1:0');
my $gateway = start_gateway($node, flags => [ @few, '--db-timeout', 120 ]);

sub metric
{
	my ($of, $name, $lane) = @_;
	my ($port) = slurp_file($of->{log}) =~ /metrics are at \/metrics" port=(\d+)/;
	return request({ port => $port }, 'GET', '/metrics')->{body} =~ /^agent_auth_gateway_$name\{lane="$lane"[^}]*(?:state="busy")?\} (\S+)$/m ? $1 : -1;
}
sub busy { my ($of, $lane) = @_; return metric($of, 'pool_connections', "$lane\",state=\"busy") }
sub queued { my ($of, $lane) = @_; return metric($of, 'pool_queue_length', $lane) }

# Sends a request, and reads its answer later.
sub begin_request
{
	my ($of, $target, %params) = @_;
	my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $of->{port}) or die "cannot connect: $!";
	my $body = $params{body} // '';
	$socket->syswrite(join "\r\n", ($params{method} // 'GET') . " $target HTTP/1.1", 'Host: x', 'Connection: close', 'X-Forwarded-For: ' . ($params{from} // '192.0.2.1'),
		'Content-Length: ' . length $body, '', $body);
	return $socket;
}
sub end_request
{
	my ($socket) = @_;
	my $answer = '';
	local $SIG{ALRM} = sub { die "no answer\n" };
	alarm 180;
	while (sysread $socket, my $chunk, 65536) { $answer .= $chunk }
	alarm 0;
	my ($status) = $answer =~ m{^HTTP/1\.1 (\d+)};
	return ($status // 0, $answer);
}
sub status_of { return (end_request($_[0]))[0] }
sub asked { return join ' ', split /\n/, $node->safe_psql('postgres', 'SELECT target FROM asked ORDER BY n') }
sub forget { $node->safe_psql('postgres', 'TRUNCATE asked RESTART IDENTITY'); return }

# the lock that the slow ones wait for
my $lock = $node->background_psql('postgres');
sub hold { $lock->query_safe('SELECT pg_advisory_lock(1);'); return }
sub release { $lock->query_safe('SELECT pg_advisory_unlock(1);'); return }

# what the database is told, whatever a client expects
foreach my $case ([ '/', qr{"expect": "no-wait"}, 'not to let us wait' ], [ '/slow', qr{\r\n\r\n\{(?![^\r]*"expect")[^\r]+\}$}, 'nothing of the kind where it may wait' ])
{
	my ($target, $like, $what) = @$case;
	like(send_raw($gateway, [ "POST $target HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx" ]), $like, "told: $what");
}
my $told = $json->decode(request($gateway, 'GET', '/slow', [ [ 'X-Y', 'z' ] ])->{body});
is_deeply([ @{$told}{qw(host x-y)} ], [ 'shop.example.com', 'z' ], 'told: all else, then as before');
is(request($gateway, 'GET', '/always')->{status}, 417, 'who is told twice to wait has an answer');

# A slow one is being served, and three wait: reads do not.
forget();
hold();
my @slow = begin_request($gateway, '/slow-lock-1');
ok(wait_until(sub { busy($gateway, 'slow') == 1 }), 'one is served');
foreach my $n (2 .. 4)
{
	push @slow, begin_request($gateway, "/slow-lock-$n");
	ok(wait_until(sub { queued($gateway, 'slow') == $n - 1 }), 'one more waits');
}
is(busy($gateway, 'quick'), 0, 'not in the way of others');
is(request($gateway, 'GET', '/quick')->{status}, 200, 'who are answered') foreach 1 .. 3;
is(request($gateway, 'GET', '/readyz')->{status}, 200, 'and it is ready');

# There is no room for more of that client's, and there is for another's: it has
# the place of the last.
my ($status, $answer) = end_request(begin_request($gateway, '/slow-lock-5'));
is($status, 503, 'no room for a fifth');
like($answer, qr{^Retry-After: [1-9]}m, 'no room: when to try again');
like($answer, qr{\{"errors":\[\{"status":503,"detail":"Service Unavailable"\}\]\}$}, 'no room: the document');
my $other = begin_request($gateway, '/slow-other', from => '192.0.2.2');
is(status_of($slow[3]), 503, 'room for another client');
is(queued($gateway, 'slow'), 3, 'three wait');
is(metric($gateway, 'pool_turned_away_total', 'slow'), 2, 'two were turned away');
release();
is_deeply([ map { status_of($_) } @slow[0 .. 2], $other ], [ (200) x 4 ], 'all others are served');
is(asked(), '/slow-lock-1 /quick /quick /quick /slow-lock-2 /slow-other /slow-lock-3', 'a client with many does not keep another waiting');

# An IPv6 client has 2^64 addresses, and one turn.
forget();
hold();
@slow = begin_request($gateway, '/slow-lock-1', from => '2001:db8::1');
ok(wait_until(sub { busy($gateway, 'slow') == 1 }), 'IPv6: one is served');
foreach my $case ([ '/slow-2', '2001:db8::2' ], [ '/slow-3', '2001:db8::3' ], [ '/slow-other', '2001:db8:0:1::1' ])
{
	push @slow, begin_request($gateway, $case->[0], from => $case->[1]);
	ok(wait_until(sub { queued($gateway, 'slow') == @slow - 1 }), 'IPv6: one more waits');
}
release();
is_deeply([ map { status_of($_) } @slow ], [ (200) x 4 ], 'IPv6: all are served');
is(asked(), '/slow-lock-1 /slow-2 /slow-other /slow-3', 'IPv6: in turns');

# Who has gone while waiting is not asked for, in either lane.
foreach my $case ([ 'slow', '/slow' ], [ 'quick', '/' ])
{
	my ($lane, $target) = @$case;
	forget();
	hold();
	my $first = begin_request($gateway, "$target-lock");
	ok(wait_until(sub { busy($gateway, $lane) == 1 }), "$lane: one is served");
	my $ghost = begin_request($gateway, "$target-ghost");
	ok(wait_until(sub { queued($gateway, $lane) == 1 }), "$lane: one waits");
	close $ghost;
	ok(wait_until(sub { metric($gateway, 'pool_abandoned_total', $lane) == 1 }), "$lane: and goes");
	is(queued($gateway, $lane), 0, "$lane: nobody waits");
	my $last = begin_request($gateway, "$target-last");
	ok(wait_until(sub { queued($gateway, $lane) == 1 }), "$lane: another waits") if $lane eq 'quick';
	release();
	is_deeply([ map { status_of($_) } $first, $last ], [ 200, 200 ], "$lane: the others are served");
	is(asked(), "$target-lock $target-last", "$lane: who has gone was not asked for");
}
ok(wait_until(sub { slurp_file($gateway->{log}) =~ m{route=/slow-ghost status=0} }), 'gone: a line in the log, with status 0');
is(stop_gateway($gateway), 0, 'exit status');

# The time that the database has is that of the whole way.
$gateway = start_gateway($node, flags => [ @few, '--db-timeout', 2 ]);
forget();
hold();
@slow = map { begin_request($gateway, "/slow-lock-$_") } 1 .. 3;
is_deeply([ map { status_of($_) } @slow ], [ (503) x 3 ], 'too long: 503, for who is served and for who waits');
release();
is(request($gateway, 'GET', '/slow-later')->{status}, 200, 'too long: and then as before');
is(asked(), '/slow-later', 'too long: nothing of it was done');
is(stop_gateway($gateway), 0, 'exit status');
$lock->quit;

# Logins: hashes that take long, one at a time.
my $real = new_server('real', settings => "agent_auth.bcrypt_cost = 15\nagent_auth.login_concurrency = 1\nagent_auth.lockout_failures = 1\n");
$real->safe_psql('postgres', "
	SET agent_auth.bcrypt_cost = 4;
	SELECT agent_auth.set_password('" . NAME . "', '" . PASSWORD . "')");
$gateway = start_gateway($real, flags => [ @few, '--slow-queue', 20, '--db-timeout', 120 ]);
my $tokens = $real->safe_psql('postgres', "SET agent_auth.bcrypt_cost = 4; SELECT agent_access_token('" . NAME . "', '" . PASSWORD . "')");
my $refresh = $json->decode($tokens)->{refreshToken};
my $logins = '/agent-access-tokens';
sub wrong { my ($name) = @_; return (method => 'POST', body => login_body($name, 'wrong')) }
is(status_of(begin_request($gateway, $logins, wrong('locked@example.com'))), 401, 'logins: one that fails, and locks');
my @flood = map { begin_request($gateway, $logins, wrong("nobody$_\@example.com")) } 1 .. 10;
ok(wait_until(sub { queued($gateway, 'slow') >= 8 }), 'logins: a flood of them');
foreach my $n (1 .. 5)
{
	is(request($gateway, 'GET', '/.well-known/jwks.json')->{status}, 200, 'logins: keys are read meanwhile');
	my $pair = request($gateway, 'POST', '/refresh-tokens', [], qq({"data":{"type":"refresh-tokens","attributes":{"refreshToken":"$refresh"}}}));
	is($pair->{status}, 201, 'logins: a session is refreshed');
	$refresh = $json->decode($pair->{body})->{data}{attributes}{refreshToken};
}
is(status_of(begin_request($gateway, $logins, wrong('locked@example.com'))), 429, 'logins: who is locked out is told at once');
cmp_ok(queued($gateway, 'slow'), '>=', 1, 'logins: all the while they wait');
close $_ foreach @flood;
ok(wait_until(sub { queued($gateway, 'slow') == 0 }), 'logins: who goes waits no longer');
is(stop_gateway($gateway), 0, 'exit status');

done_testing();
