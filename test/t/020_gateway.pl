# The gateway as a mover of bytes: what reaches the database, what a client
# gets back, and what happens when either of them misbehaves.  Most of it runs
# against a function that answers with what it was told.

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

my $json = JSON::PP->new->utf8->canonical;
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql('postgres', q{
	CREATE ROLE gateway LOGIN;
	CREATE SCHEMA agent_auth;
	GRANT USAGE ON SCHEMA agent_auth TO gateway;
	CREATE TABLE late (id int, CONSTRAINT late_key UNIQUE (id) DEFERRABLE INITIALLY DEFERRED);
	GRANT INSERT ON late TO gateway;
	CREATE FUNCTION agent_auth.http(text, text, jsonb, bytea, inet,
		OUT status int, OUT headers jsonb, OUT body bytea) LANGUAGE plpgsql AS $$
	DECLARE
		h jsonb := $3;
	BEGIN
		status := coalesce((h ->> 'x-status')::int, 200);
		headers := coalesce((h ->> 'x-answer')::jsonb, '{"Content-Type":"application/json"}');
		body := convert_to(jsonb_build_object('method', $1, 'target', $2, 'headers', h, 'peer', host($5),
			'body', encode($4, 'escape'), 'backend', pg_backend_pid())::text, 'UTF8');
		IF status = 204 THEN body := NULL; END IF;
		CASE split_part($2, '?', 1)
			WHEN '/raise' THEN RAISE EXCEPTION 'internal secret %', h ->> 'authorization' USING ERRCODE = 'XX000';
			WHEN '/read-only' THEN RAISE EXCEPTION 'internal secret' USING ERRCODE = '25006';
			WHEN '/full' THEN RAISE EXCEPTION 'internal secret' USING ERRCODE = '53300';
			WHEN '/wait' THEN PERFORM pg_advisory_xact_lock_shared(1);
			WHEN '/sleep' THEN PERFORM pg_sleep(split_part($2, '?', 2)::float);
			WHEN '/notice' THEN RAISE WARNING 'internal secret';
			WHEN '/late' THEN INSERT INTO late VALUES (1), (1);
			ELSE NULL;
		END CASE;
	END $$;
});

# Whoever is to be cut off asks another one, so that no machine is too slow for this.
my $gateway = start_gateway($node, flags => [ '--idle-timeout', 5, '--db-timeout', 300, '--request-timeout', 300, '--pool-size', 2, '--trusted-proxy', '10.0.0.0/8, 192.0.2.1' ]);
my $hasty = start_gateway($node, flags => [ '--idle-timeout', 2, '--db-timeout', 3, '--request-timeout', 2 ]);

sub echoed
{
	my $answer = request($gateway, @_);
	return $answer->{status} == 200 ? $json->decode($answer->{body}) : { status => $answer->{status} };
}

# what reaches the database
my $seen = echoed('POST', '/a%20b//c?x=%00&y[]=1', [ [ 'X-Twice', 'one' ], [ 'x-twice', 'two' ], [ 'X-Latin', "caf\xe9" ],
	[ 'X-Utf8', "caf\xc3\xa9" ], [ 'Authorization', 'Bearer x' ] ], "bytes \x00\xff");
is($seen->{method}, 'POST', 'the method');
is($seen->{target}, '/a%20b//c?x=%00&y[]=1', 'the target, as it was sent');
is($seen->{body}, 'bytes \\000\\377', 'the body, as bytes');
is($seen->{peer}, '127.0.0.1', 'the peer');
is($seen->{headers}{'x-twice'}, 'two', 'the last of duplicates, by lower-case name');
is($seen->{headers}{'x-latin'}, "caf\x{e9}", 'Latin-1');
is($seen->{headers}{'x-utf8'}, "caf\x{e9}", 'UTF-8');
is($seen->{headers}{'authorization'}, 'Bearer x', 'Authorization');
is($seen->{headers}{'host'}, 'shop.example.com', 'the host');
is($seen->{headers}{'x-forwarded-proto'}, 'http', 'the scheme');
is(echoed('PURGE', '/')->{method}, 'PURGE', 'a method that nobody knows');

$seen = echoed('GET', '/', [ [ 'X-Json', 'a"b\\c/d' ], [ 'X-Empty', '' ], [ 'Keep-Alive', '1' ], [ 'TE', 'trailers' ] ]);
is_deeply([ @{ $seen->{headers} }{qw(x-json x-empty)} ], [ 'a"b\\c/d', '' ], 'what JSON has to escape, and nothing at all');
ok(!(grep { exists $seen->{headers}{$_} } qw(connection content-length keep-alive te)), 'nothing of the connection alone');
like(send_raw($gateway, [ "GET / HTTP/1.0\r\n\r\n" ]), qr{"host": ""}, 'an empty host for who names none');

# what a client cannot claim
$seen = echoed('GET', '/', [ [ 'X-Forwarded-For', '198.51.100.1' ], [ 'X-Forwarded-Proto', 'https' ], [ 'X-Forwarded-Host', 'evil.example.com' ],
	[ 'X-Real-IP', '198.51.100.1' ], [ 'X-Original-Method', 'DELETE' ], [ 'Forwarded', 'for=198.51.100.1' ] ]);
is($seen->{peer}, '127.0.0.1', 'an untrusted peer names no other');
is($seen->{headers}{'host'}, 'shop.example.com', 'no other host');
is($seen->{headers}{'x-forwarded-proto'}, 'http', 'no other scheme');
is_deeply([ grep { /^(x-real-ip|x-original|forwarded|x-forwarded-(for|host)|connection)/ } keys %{ $seen->{headers} } ], [],
	'and no header of a proxy');

# what a trusted proxy can
my $behind = start_gateway($node, flags => [ '--trusted-proxy', '127.0.0.1,10.0.0.0/8,2001:db8::/32' ]);
foreach my $case (
	[ [ [ 'X-Forwarded-For', '198.51.100.1' ] ], '198.51.100.1', 'the client' ],
	[ [ [ 'X-Forwarded-For', '203.0.113.5, 198.51.100.1' ] ], '198.51.100.1', 'not what the client wrote itself' ],
	[ [ [ 'X-Forwarded-For', '198.51.100.1,10.1.2.3 , 2001:db8::7' ] ], '198.51.100.1', 'past trusted ones' ],
	[ [ [ 'X-Forwarded-For', '198.51.100.1' ], [ 'X-Forwarded-For', '10.0.0.1' ] ], '198.51.100.1', 'in several headers' ],
	[ [ [ 'X-Forwarded-For', '198.51.100.1, unknown, 10.0.0.1' ] ], '10.0.0.1', 'no further than a word' ],
	[ [ [ 'X-Forwarded-For', '10.0.0.1' ] ], '10.0.0.1', 'the farthest when all are trusted' ],
	[ [ [ 'X-Forwarded-For', '2001:db9::1' ] ], '2001:db9::1', 'IPv6' ],
	[ [ [ 'X-Forwarded-For', ('1.1.1.1, ' x 400) . '198.51.100.1' ] ], '198.51.100.1', 'at the end of a flood' ],
	[ [ [ 'X-Forwarded-For', '1.1.1.1' ], [ 'X-Forwarded-For', '' ] ], '127.0.0.1', 'no further than nothing' ],
	[ [ [ 'X-Forwarded-For', '203.0.113.5, 198.51.100.1:50123' ] ], '198.51.100.1', 'with a port' ],
	[ [ [ 'X-Forwarded-For', '[2001:db9::1]:443' ] ], '2001:db9::1', 'IPv6 with a port' ],
	[ [ [ 'X-Forwarded-For', '[2001:db9::1], 10.0.0.1:8080' ] ], '2001:db9::1', 'IPv6 in brackets, past a trusted one with a port' ],
	[ [ [ 'X-Forwarded-For', '198.51.100.1:' ] ], '127.0.0.1', 'no further than a port that is none' ],
	[ [ [ 'X-Forwarded-For', '198.51.100.1:x' ] ], '127.0.0.1', 'nor than one of letters' ],
	[ [ [ 'X-Forwarded-For', ':80' ] ], '127.0.0.1', 'nor than one alone' ],
	[ [ [ 'X-Forwarded-For', '[]' ] ], '127.0.0.1', 'nor than brackets' ],
	[ [], '127.0.0.1', 'the proxy itself' ])
{
	my ($headers, $peer, $what) = @$case;
	is($json->decode(request($behind, 'GET', '/', $headers)->{body})->{peer}, $peer, "through a proxy: $what");
}
$seen = $json->decode(request($behind, 'GET', '/', [ [ 'X-Forwarded-Proto', 'https' ], [ 'X-Forwarded-Host', 'www.example.com' ] ])->{body});
is("$seen->{headers}{'x-forwarded-proto'} $seen->{headers}{host}", 'https www.example.com', 'through a proxy: scheme and host');
$seen = $json->decode(request($behind, 'GET', '/', [ map { [ 'X-Forwarded-Proto', $_->[0] ], [ 'X-Forwarded-Host', $_->[1] ] }
	[ 'https', 'evil.example.com' ], [ 'http', 'www.example.com' ] ])->{body});
is("$seen->{headers}{'x-forwarded-proto'} $seen->{headers}{host}", 'http www.example.com', 'through a proxy: the last word on them');
is(stop_gateway($behind), 0, 'stops');
$behind = start_gateway($node, flags => [ '--base-url', 'https://api.example.com:8443' ]);
$seen = $json->decode(request($behind, 'GET', '/')->{body});
is("$seen->{headers}{'x-forwarded-proto'} $seen->{headers}{host}", 'https api.example.com:8443', '--base-url');
stop_gateway($behind);

# what comes back
my $answer = request($gateway, 'GET', '/', [ [ 'X-Status', 201 ], [ 'X-Answer', '{"Content-Type":"text/x","X-Own":"1","Content-Length":"3","Connection":"x"}' ] ]);
is($answer->{status}, 201, 'the status');
is_deeply([ @{ $answer->{headers} }{qw(content-type x-own)} ], [ 'text/x', '1' ], 'the headers');
is($answer->{headers}{'content-length'}, length $answer->{body}, 'the length is the gateway\'s');
$answer = request($gateway, 'GET', '/', [ [ 'X-Answer', '{"Keep-Alive":"1","Upgrade":"x","Trailer":"x","Transfer-Encoding":"gzip"}' ] ]);
ok(!(grep { exists $answer->{headers}{$_} } qw(keep-alive upgrade trailer transfer-encoding)), 'no headers that belong to the connection alone');
$answer = request($gateway, 'HEAD', '/');
is("$answer->{status} '$answer->{body}'", "200 ''", 'HEAD has no body');
cmp_ok($answer->{headers}{'content-length'}, '>', 10, 'but the length of one');
$answer = request($gateway, 'GET', '/', [ [ 'X-Status', 204 ] ]);
is("$answer->{status} '$answer->{body}'", "204 ''", '204 has no body');
foreach my $bad ('{"X":"a\\r\\nSet-Cookie: b"}', '{"X\\r\\nY":"a"}', '[]', '{"X":null}', '{"X Y":"z"}')
{
	$answer = request($gateway, 'GET', '/', [ [ 'X-Answer', $bad ] ]);
	is($answer->{status}, 500, "headers that cannot be sent: $bad");
	ok(!exists $answer->{headers}{'set-cookie'}, 'are not');
}
is(request($gateway, 'GET', '/', [ [ 'X-Status', 99 ] ])->{status}, 500, 'a status that cannot be');

# faults: a bare document, and an SQLSTATE in the log
my %document = (
	400 => '{"errors":[{"status":400,"detail":"Post data is invalid."}]}',
	404 => '{"errors":[{"status":404,"detail":"Not Found"}]}',
	413 => '{"errors":[{"status":413,"detail":"Payload too large."}]}',
	431 => '{"errors":[{"status":431,"detail":"Request Header Fields Too Large"}]}',
	500 => '{"errors":[{"status":500,"detail":"Internal Server Error"}]}',
	503 => '{"errors":[{"status":503,"detail":"Service Unavailable"}]}');
is(request($gateway, 'GET', '/notice')->{status}, 200, 'a warning is no error');
foreach my $case ([ '/raise', 500 ], [ '/late', 500 ], [ '/read-only', 503 ], [ '/full', 503 ])
{
	my ($target, $status) = @$case;
	$answer = request($gateway, 'GET', $target, [ [ 'Authorization', 'Bearer leaked' ] ]);
	is("$answer->{status} $answer->{body}", "$status $document{$status}", "$target: the document");
	is($answer->{headers}{'content-type'}, 'application/vnd.api+json', "$target: its type");
	is(defined $answer->{headers}{'retry-after'}, $status == 503, "$target: Retry-After");
}
is($node->safe_psql('postgres', 'SELECT count(*) FROM late'), 0, 'what was answered with 500 at commit was not done');
$answer = request($hasty, 'GET', '/sleep?300');
is("$answer->{status} $answer->{body}", "503 $document{503}", 'a database that takes too long');
ok(wait_until(sub { $node->safe_psql('postgres', "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%agent_auth.http%' AND state = 'active' AND pid <> pg_backend_pid()") == 0 }),
	'its statement is cancelled');

# bodies
foreach my $case (
	[ 65536, [], 200, 'the longest' ],
	[ 65537, [], 413, 'a longer one' ],
	[ 1_000_000, [], 413, 'a megabyte' ],
	[ 20_000_000, [], 413, 'twenty' ])
{
	my ($size, $headers, $status, $what) = @$case;
	$answer = request($gateway, 'POST', '/', $headers, 'x' x $size);
	is($answer->{status}, $status, "body: $what");
	is($answer->{body}, $document{413}, "body: $what: the document") if $status == 413;
}
like(send_raw($gateway, [ "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1000000\r\n\r\n" ]),
	qr{^HTTP/1\.1 413}, 'body: refused before it is sent');
like(send_raw($gateway, [ "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1\r\nConnection: close\r\n\r\n", 'x' ], pause => 0.2),
	qr{^HTTP/1\.1 100 .*HTTP/1\.1 200}s, 'body: asked for');
like(send_raw($gateway, [ "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\n0\r\n\r\n" ]),
	qr{"body": "abc"}, 'body: in chunks');
like(send_raw($gateway, [ "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", ("8000\r\n" . 'x' x 32768 . "\r\n") x 4, "0\r\n\r\n" ]),
	qr{^HTTP/1\.1 413}, 'body: too many chunks');
my $curl = `curl --version 2>&1` ? `head -c 1000000 /dev/zero | curl -s -o /dev/null -w '%{http_code}' --data-binary \@- http://127.0.0.1:$gateway->{port}/` : '';
is($curl, '413', 'body: curl gets the answer to a megabyte');

# messages that two readers would understand differently, and other nonsense
foreach my $case (
	[ "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 'two framings' ],
	[ "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 'two lengths' ],
	[ "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 'a negative length' ],
	[ "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 'chunked twice' ],
	[ "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 'a list of codings' ],
	[ "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity\r\n\r\n", 'a coding without an end' ],
	[ "POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 'chunks in HTTP/1.0' ],
	[ "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 'a space before the colon' ],
	[ "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3, 3\r\n\r\nabc", 'a list of lengths' ],
	[ "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 'a chunk of no size' ],
	[ "GET /a\0b HTTP/1.1\r\nHost: x\r\n\r\n", 'a NUL in the target' ],
	[ "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 'two hosts' ],
	[ "GET / HTTP/1.1\r\n\r\n", 'no host' ],
	[ "nonsense\r\n\r\n", 'no HTTP' ])
{
	my ($raw, $what) = @$case;
	like(send_raw($gateway, [ $raw ]), qr{^(HTTP/1\.[01] 400|$)}, "refused: $what");
}
# One answer, and the end: what follows on the connection is nobody's request.
my $refused = $document{400};
my $next = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";
foreach my $case (
	[ "GET / HTTP/1.1\r\n\r\n", 'no host' ],
	[ "GET / HTTP/1.1\nHost: x\n\n", 'bare line feeds' ],
	[ "GET / HTTP/1.1\r\nHost: x\r\nX: y\nZ: z\r\n\r\n", 'one line feed' ],
	[ "GET / HTTP/1.1\r\nHost: x\r\nX: y\r\n\n", 'a line feed as the last line' ],
	[ "GET / HTTP/1.1\r\nHost: x\r\nX: y\rContent-Length: 38\r\n\r\n", 'a carriage return in a value' ],
	[ "GET / HTTP/1.1\r\nHost: x\r\nX: y\0z\r\n\r\n", 'a NUL in a value' ],
	[ "GET / HTTP/1.1\r\nHost: x\r\nX: y\0\r\n\r\n", 'a NUL behind a value' ],
	[ "GET / HTTP/1.1\r\nHost: x\r\nX: y\r\n z\r\n\r\n", 'a folded line' ],
	[ "GET / HTTP/1.1\r\nHost: x\r\n\tz\r\nX: y\r\n\r\n", 'a folded host' ],
	[ "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 38\r\n 38\r\n\r\n", 'a folded length' ],
	[ "GET / HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n", 'a header without a name' ],
	[ "GET / HTTP/1.1\r\nHost: x\r\nX : y\r\n\r\n", 'a space before a colon' ],
	[ "GET  / HTTP/1.1\r\nHost: x\r\n\r\n", 'two spaces before the target' ],
	[ "GET /  HTTP/1.1\r\nHost: x\r\n\r\n", 'two spaces behind it' ],
	[ "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", 'a space in it' ],
	[ "GET /a\x01 HTTP/1.1\r\nHost: x\r\n\r\n", 'a control character in it' ],
	[ "G\0ET / HTTP/1.1\r\nHost: x\r\n\r\n", 'a NUL in the method' ],
	[ "G\"T / HTTP/1.1\r\nHost: x\r\n\r\n", 'a method that is no token' ])
{
	my ($raw, $what) = @$case;
	my $answers = send_raw($gateway, [ $raw . $next ]);
	like($answers, qr{^HTTP/1\.1 400 .*\r\n\r\n\Q$refused\E$}s, "one answer: $what");
	is(() = $answers =~ m{HTTP/1\.}g, 1, "one answer: $what: no more");
}
foreach my $chunks ("3\nabc\r\n0\r\n\r\n", "3\r\nabc\n0\r\n\r\n", "3\r\nabc\r\n0\n\r\n", "3\r\nabc\r\n0\r\nX: y\n\n")
{
	my $answers = send_raw($gateway, [ "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n$chunks$next" ]);
	is(() = $answers =~ m{HTTP/1\.}g, 1, 'one answer: bare line feeds between chunks');
}
like(send_raw($gateway, [ "\r\nGET / HTTP/1.1\r\nHost:x\r\nX-Empty:\r\nX:\ty \r\nY: 1:2 \r\n\r\n" . $next ]),
	qr{"target": "/".*"target": "/smuggled"}s, 'what is unusual only is heard');
is(request($gateway, 'GET', "/\xff")->{status}, 404, 'a target that is not UTF-8');
foreach my $case ([ 16200, 200 ], [ 16500, 431 ], [ 40000, 431 ])
{
	my ($size, $status) = @$case;
	$answer = request($gateway, 'GET', '/', [ [ 'X-Long', 'x' x $size ] ]);
	is($answer->{status}, $status, "headers: $size bytes");
	is($answer->{body}, $document{431}, "headers: $size bytes: the document") if $status == 431;
}
like(send_raw($gateway, [ "GET / HTTP/1.1\r\nHost: x\r\nX-Long: " . 'x' x 200000 . "\r\n\r\n" ]), qr{^(HTTP/1\.1 431|$)}, 'headers: far too large');
like(send_raw($gateway, [ 'GET /' . 'x' x 20000 . " HTTP/1.1\r\nHost: x\r\n\r\n" ]), qr{^HTTP/1\.1 (414|431)}, 'a target too long');

# Sends the pieces, one now and then and the last again and again, until the other
# side closes; false when it does not.
sub is_cut_off
{
	my @pieces = @_;
	my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $hasty->{port}) or die "cannot connect: $!";
	my $trickles = @pieces > 1;
	my $is_closed = 0;
	local $SIG{PIPE} = 'IGNORE';

	$socket->syswrite(shift @pieces) if @pieces;
	$socket->blocking(0);
	return wait_until(sub {
		my $n = sysread $socket, my $bytes, 65536;
		$is_closed ||= defined $n ? $n == 0 : !$!{EAGAIN};
		$socket->syswrite(@pieces > 1 ? shift @pieces : $pieces[0]) if $trickles && !$is_closed;
		return $is_closed;
	});
}

# clients that take their time: a byte now and then, in headers, in a body, or none at all
foreach my $case (
	[ [ split //, "GET / HTTP/1.1\r\nHost: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" ], 'slow headers' ],
	[ [ "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n", split //, 'x' x 60 ], 'a slow body' ],
	[ [], 'a silent client' ],
	[ [ "GET / HTTP/1.1\r\nHost: x\r\n\r\n" ], 'an idle connection' ])
{
	my ($pieces, $what) = @$case;
	ok(is_cut_off(@$pieces), "cut off: $what");
}
is(stop_gateway($hasty), 0, 'the one that cuts off stops');
my @idle = map { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $gateway->{port}) } 1 .. 200;
is(echoed('GET', '/')->{method}, 'GET', 'two hundred idle clients keep nobody out');
close $_ foreach @idle;

# two requests on one connection, and two at once
my $both = send_raw($gateway, [ "GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" ]);
like($both, qr{"target": "/1".*"target": "/2"}s, 'one connection, two requests');

# a connection that has died while idle is noticed, and no request is lost
my %backends = map { echoed('GET', '/')->{backend} => 1 } 1 .. 20;
$node->safe_psql('postgres', "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE usename = 'gateway'");
is(echoed('GET', '/')->{method}, 'GET', "after all backends were terminated, $_") foreach 1 .. 5;
ok(!exists $backends{ echoed('GET', '/')->{backend} }, 'others have taken over');

# while the database is away
is(request($gateway, 'GET', '/healthz')->{body}, "ok\n", '/healthz');
is(request($gateway, 'GET', '/readyz')->{status}, 200, '/readyz');
$node->stop('immediate');
$answer = request($gateway, 'GET', '/');
is("$answer->{status} $answer->{body}", "503 $document{503}", 'without a database');
ok($answer->{headers}{'retry-after'} > 0, 'Retry-After');
is(request($gateway, 'GET', '/healthz')->{status}, 200, '/healthz without a database');
ok(wait_until(sub { request($gateway, 'GET', '/readyz')->{status} == 503 }), '/readyz without a database');
$node->start;
ok(wait_until(sub { request($gateway, 'GET', '/')->{status} == 200 }), 'it comes back by itself');

# stopping: what is at hand is answered, and nothing new begins
my $holder = $node->background_psql('postgres');
$holder->query_safe('SELECT pg_advisory_lock(1)');
my $reader = fork // die;
if ($reader == 0)
{
	my $late = request($gateway, 'GET', '/wait');
	POSIX::_exit($late->{status} == 200 && $late->{headers}{connection} eq 'close' ? 0 : 1);
}
ok(wait_until(sub { $node->safe_psql('postgres', "SELECT count(*) FROM pg_stat_activity WHERE usename = 'gateway' AND wait_event = 'advisory'") == 1 }), 'stopping: a request is at hand');
kill 'TERM', $gateway->{pid};
ok(wait_until(sub { !IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $gateway->{port}) }), 'stopping: no more connections');
$holder->quit;
waitpid $reader, 0;
is($?, 0, 'stopping: the request at hand is answered');
is(stop_gateway($gateway), 0, 'stopping: exit status');

# nobody takes all connections, where that is limited
my $strict = start_gateway($node, flags => [ '--max-connections-per-address', '2' ]);
sub healthy
{
	my ($socket) = @_;
	print $socket "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
	return (sysread($socket, my $bytes, 100) // 0) > 0;
}
local $SIG{PIPE} = 'IGNORE';
my @mine = map { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $strict->{port}) } 1 .. 3;
is_deeply([ map { healthy($_) ? 1 : 0 } @mine ], [ 1, 1, 0 ], 'a third connection from one address is closed');
ok(healthy(IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $strict->{port}, LocalAddr => '127.0.0.9')), 'one from another is not');
close $mine[0];
ok(wait_until(sub { healthy(IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $strict->{port})) }), 'and again one, when another has gone');
is(stop_gateway($strict), 0, 'limited: exit status');

# the log: a line a request, and nothing of what was in it
my $log = slurp_file($gateway->{log});
like($log, qr{level=info msg=request method=POST route=- status=200 duration_ms=[\d.]+ bytes=\d+ peer=127\.0\.0\.1$}m, 'log: a request');
like($log, qr{method=GET route=/raise status=500}, 'log: the route');
like($log, qr{method=- route=- status=200}, 'log: nothing that a client chose');
like($log, qr{msg="the database raised an error" sqlstate=XX000}, 'log: the SQLSTATE');
unlike($log, qr{leaked|secret|x=%00|Bearer|bytes \x00|198\.51\.100\.1}, 'log: no secrets');
unlike($log, qr{^(?!ts=\S+ level=\w+ msg=)}m, 'log: logfmt throughout');

# flags
foreach my $case (
	[ [ '--pool-size', '0' ], 2 ], [ [ '--pool-size', '8x' ], 2 ], [ [ '--listen', 'localhost:80' ], 2 ], [ [ '--listen', '127.0.0.1' ], 2 ],
	[ [ '--listen', '127.0.0.1:65536' ], 2 ], [ [ '--trusted-proxy', '10.0.0.0/33' ], 2 ], [ [ '--trusted-proxy', 'proxy.example.com' ], 2 ],
	[ [ '--base-url', 'shop.example.com' ], 2 ], [ [ '--base-url', 'https://shop.example.com/' ], 2 ], [ [ '--log-level', 'all' ], 2 ],
	[ [ '--base-url', 'https://user:secret@shop.example.com' ], 2 ], [ [ '--base-url', 'user:secret@shop.example.com' ], 2 ],
	[ [ '--conninfo', 'password=my secret' ], 2 ], [ [ '--conninfo', 'postgresql://u:secret%zz@x/' ], 2 ], [ [ '--max-body', '-1' ], 2 ],
	[ [ '--no-such-flag' ], 2 ], [ [ 'argument' ], 2 ], [ [ '--help' ], 0 ], [ [ '--version' ], 0 ])
{
	my ($flags, $expected) = @$case;
	my ($out, $err);
	my $ok = IPC::Run::run [ gateway_program(), @$flags ], '>', \$out, '2>', \$err, IPC::Run::timeout(300);
	is($? >> 8, $expected, "flags: @$flags");
	isnt($expected == 0 ? $out : $err, '', "flags: @$flags: says something");
	unlike("$out$err", qr{secret}, "flags: @$flags: repeats no password");
}
{
	local $ENV{AGENT_AUTH_GATEWAY_POOL_SIZE} = 'many';
	is(system(gateway_program() . ' 2>/dev/null') >> 8, 2, 'environment: a bad value');
}

done_testing();
