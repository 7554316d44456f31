# What is no proper request, and what is an unusual one: one answer to each, well
# formed and true, in the gateway's own form.  And clients that stop in the middle:
# their connections are closed at once.

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
	CREATE FUNCTION agent_auth.http(text, text, jsonb, bytea, inet,
		OUT status int, OUT headers jsonb, OUT body bytea) LANGUAGE plpgsql AS $$
	BEGIN
		status := 200;
		headers := '{"Content-Type":"application/json"}';
		body := convert_to(jsonb_build_object('target', $2, 'host', $3 ->> 'host', 'body', encode($4, 'escape'))::text, 'UTF8');
	END $$;
});
my $origin = 'https://shop.example.com';

# Long timeouts: whatever ends soon does not end because of them.
my $gateway = start_gateway($node, flags => [ '--request-timeout', 300, '--idle-timeout', 300, '--cors-origin', $origin ]);

# What the HTTP library refuses.  Another request behind it is not answered.  There
# is no document where it cannot be known whether the method is HEAD.
my $next = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";
my $chunked = "POST / HTTP/1.1\r\nHost: x\r\nOrigin: $origin\r\nTransfer-Encoding: chunked\r\n\r\n";
like(send_raw($gateway, [ "HEAD / HTTP/1.1\r\nHost: x\r\nContent-Length: abc\r\n\r\n" ]), qr{^HTTP/1\.1 400 .*\r\n\r\n$}s, 'HEAD: no body');
like(send_raw($gateway, [ "HEAD / HTTP/1.1\r\nHost: x\r\nX: " . 'x' x 70000 . "\r\n\r\n" ]), qr{^HTTP/1\.1 431 .*\r\n\r\n$}s, 'HEAD: nor for a header of 70 kB');
sub with_length { my ($length, $method) = @_; return ($method // 'POST') . " / HTTP/1.1\r\nHost: x\r\nOrigin: $origin\r\nContent-Length: $length\r\n\r\n" }
foreach my $case (
	[ with_length('abc'), 400, 'a length that is no number' ],
	[ with_length('-1'), 400, 'a negative length' ],
	[ with_length('+3') . 'abc', 400, 'a length with a sign' ],
	[ with_length('3x') . 'abc', 400, 'a length with a letter behind it' ],
	[ with_length(''), 400, 'an empty length' ],
	[ with_length('abc', 'GET'), 400, 'a length that is none of a GET' ],
	[ with_length('99999999999999999999999999'), 413, 'a length beyond all numbers' ],
	[ $chunked . "zz\r\nabc\r\n0\r\n\r\n", 400, 'a chunk of no size' ],
	[ $chunked . "3\r\nabcdef\r\n0\r\n\r\n", 400, 'a chunk longer than its size' ],
	[ $chunked . "ffffffffffffffffff\r\nabc\r\n0\r\n\r\n", 413, 'a chunk beyond all numbers' ],
	[ $chunked . '3;' . 'x' x 70000 . "\r\nabc\r\n0\r\n\r\n", 413, 'a chunk extension of 70 kB' ],
	[ $chunked . "3\r\nabc\r\n0\r\nX: " . 'x' x 70000 . "\r\n\r\n", 431, 'a trailer of 70 kB' ],
	[ "GET / HTTP/1.1\r\nOrigin: $origin\r\nHost: x\r\nX: " . 'x' x 70000 . "\r\n\r\n", 431, 'a header of 70 kB' ])
{
	my ($raw, $status, $what) = @$case;
	my ($head, $body) = split /\r\n\r\n/, send_raw($gateway, [ $raw . $next ]), 2;
	like($head, qr{^HTTP/1\.1 $status [A-Z]}, "$what: $status");
	ok($body eq '' || $json->decode($body)->{errors}[0]{status} == $status, "$what: one document at most, and no more");
	my @names = sort map { lc } $head =~ /^([\w-]+):/mg;
	is_deeply(\@names, [ sort { $a cmp $b } keys %{ { map { $_ => 1 } @names } } ], "$what: each header once");
	like($head, qr{^Content-Length: @{[ length $body ]}\r?$}m, "$what: its length");
	like($head, qr{^Connection: close\r?$}m, "$what: the end of the connection");
	like($head, qr{^Date: \w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT\r?$}m, "$what: the time");
	like($head, qr{^Access-Control-Allow-Origin: \Q$origin\E\r?$}m, "$what: a page may read it");
}
is(() = slurp_file($gateway->{log}) =~ /msg=request .* status=(?:400|413|431) .* peer=127\.0\.0\.1$/mg, 15, 'the log has each with its status');

# What names no host.
foreach my $host ('', 'a b', 'x/y', 'x?y', 'x#y', 'user@x', 'a,b', '<x>', 'x:99999', 'x:ab', 'x:1:2', '[::1', '[]', '[x]', "x\xff", ':80')
{
	my $answer = request($gateway, 'GET', '/', [ [ 'Host', $host ] ]);
	is("$answer->{status} $answer->{body}", '400 {"errors":[{"status":400,"detail":"Post data is invalid."}]}', "host: \"$host\" is none");
}
foreach my $host ('x', 'shop.example.com', 'shop.example.com:8443', 'x:', '192.0.2.1:80', '[2001:db8::1]', '[::ffff:192.0.2.1]:443', 'a_b-c.example')
{
	is($json->decode(request($gateway, 'GET', '/', [ [ 'Host', $host ] ])->{body})->{host}, $host, "host: \"$host\" is one");
}

# A target in absolute form is the same with another host, for everything.
foreach my $case (
	[ 'http://y.example.com/a%20b?c=d', '/a%20b?c=d', 'y.example.com' ], [ 'HTTPS://y.example.com:8443/', '/', 'y.example.com:8443' ],
	[ 'http://y.example.com', '/', 'y.example.com' ], [ 'http://y.example.com?q=1', '/?q=1', 'y.example.com' ], [ 'http://[::1]:80/x', '/x', '[::1]:80' ])
{
	my ($target, $path, $host) = @$case;
	my $seen = $json->decode(request($gateway, 'GET', $target)->{body});
	is_deeply([ @{$seen}{qw(target host)} ], [ $path, $host ], "absolute form: $target");
}
is(request($gateway, 'GET', 'http://y.example.com/healthz')->{body}, "ok\n", 'absolute form: /healthz');
is(request($gateway, 'GET', 'http://y.example.com/readyz')->{body}, "ready\n", 'absolute form: /readyz');
like(request($gateway, 'GET', 'http://y.example.com/console/')->{headers}{'content-type'}, qr{text/html}, 'absolute form: /console/');
is(request($gateway, 'GET', 'http://y.example.com/console')->{status}, 308, 'absolute form: /console');
foreach my $target ('http:///healthz', 'http://user@y.example.com/healthz', 'http://y.example.com:port/', 'https://?x')
{
	is(request($gateway, 'GET', $target)->{status}, 400, "absolute form: $target names no host");
}
is(request($gateway, 'GET', 'http://y.example.com/', [ [ 'Host', 'a b' ] ])->{status}, 400, 'absolute form: the header is to be a host all the same');
is($json->decode(request($gateway, 'GET', 'ftp://y.example.com/')->{body})->{target}, 'ftp://y.example.com/', 'absolute form: of another scheme is left as it is');
like(slurp_file($gateway->{log}), qr{route=/healthz status=200}, 'absolute form: the log has the path');

# Nobody is told to go on who has nothing to send.
foreach my $case (
	[ "GET /healthz HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n", 'a GET' ],
	[ "GET / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n", 'a GET for the database' ],
	[ "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", 'a POST of nothing' ])
{
	my ($raw, $what) = @$case;
	like(send_raw($gateway, [ $raw ]), qr{^HTTP/1\.1 200 }, "Expect: $what");
}
like(send_raw($gateway, [ "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx" ]),
	qr{^HTTP/1\.1 100 .*HTTP/1\.1 200 .*"body": "x"}s, 'Expect: who has something is told');

# Who ends in the middle, in one go with what was sent: the connection is closed,
# and nobody holds it until a time is over.
sub sockets { return scalar grep { (readlink($_) // '') =~ /^socket:/ } glob "/proc/$gateway->{pid}/fd/*" }
ok(wait_until(sub { request($gateway, 'GET', '/readyz')->{status} == 200 }), 'quiet');
my $before = sockets();
foreach my $case (
	[ '', 'nothing' ], [ 'GET /he', 'half a line' ], [ "GET / HTTP/1.1\r\nHost: x\r\n", 'some headers' ], [ with_length(10) . 'abc', 'some of a body' ],
	[ $chunked . "3\r\nab", 'some of a chunk' ])
{
	my ($raw, $what) = @$case;
	foreach my $end ('close', 'shutdown')
	{
		my @clients = map {
			my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $gateway->{port}) or die "cannot connect: $!";
			syswrite $socket, $raw;
			$end eq 'close' ? close $socket : shutdown $socket, 1;
			$socket;
		} 1 .. 20;
		ok(wait_until(sub { sockets() <= $before }), "ends after $what: $end");
	}
}
my $half = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $gateway->{port}) or die "cannot connect: $!";
syswrite $half, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
shutdown $half, 1;
my $answer = '';
{
	local $SIG{ALRM} = sub { die "no answer\n" };
	alarm 120;
	while (sysread $half, my $chunk, 65536) { $answer .= $chunk }
	alarm 0;
}
like($answer, qr{^HTTP/1\.1 200 .*\r\n\r\nok\n$}s, 'who ends after a whole request is answered');
ok(wait_until(sub { sockets() <= $before }), 'and its connection is closed, which it had not asked for');
is(stop_gateway($gateway), 0, 'exit status');

done_testing();
