# The gateway as a service: requests sent in one go, limits of addresses and of
# open files, the answers that it gives by itself and which pages may read them,
# logs as JSON, and what --check-config says.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../perl";

use AgentAuth;
use IPC::Run ();
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
		IF $2 LIKE '/sleep%' THEN PERFORM pg_sleep(split_part($2, '?', 2)::float); END IF;
		IF $2 LIKE '/raise%' THEN RAISE EXCEPTION 'internal' USING ERRCODE = split_part($2, '?', 2); END IF;
		status := 200;
		headers := '{"Content-Type":"text/plain"}';
		body := convert_to($1 || ' ' || $2 || ' ' || encode($4, 'escape') || E'\n', 'UTF8');
	END $$;
});

# Requests that are sent without waiting for answers are answered in order, a
# slow one in the middle included.
my $gateway = start_gateway($node, flags => [ '--pool-size', 4, '--max-header', 2048, '--max-body', 1000, '--log-format', 'json',
	'--cors-origin', 'https://shop.example.com, http://localhost:3000' ]);
my @targets = ((map { "/fast-$_" } 1 .. 5), '/sleep?0.7', (map { "/fast-$_" } 6 .. 10));
my $answers = send_raw($gateway, [ join '', (map { "GET $_ HTTP/1.1\r\nHost: x\r\n\r\n" } @targets),
	"POST /posted HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc", "GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" ]);
is_deeply([ $answers =~ /^(\w+ \S+ \w*)$/mg ], [ (map { "GET $_ " } @targets), 'POST /posted abc', 'GET /last ' ], 'pipelined: answers in order');
is(() = $answers =~ m{^HTTP/1\.1 200}mg, 13, 'pipelined: one each');

# what the gateway answers by itself
foreach my $case (
	[ 'POST', '/healthz', 405 ], [ 'DELETE', '/readyz', 405 ], [ 'OPTIONS', '/healthz?x', 405 ], [ 'HEAD', '/healthz', 200 ], [ 'GET', '/readyz?x', 200 ])
{
	my ($method, $target, $status) = @$case;
	my $answer = request($gateway, $method, $target);
	is($answer->{status}, $status, "$method $target");
	is($answer->{headers}{allow}, $status == 405 ? 'GET, HEAD' : undef, "$method $target: Allow");
	is($answer->{body}, '{"errors":[{"status":405,"detail":"Method Not Allowed"}]}', "$method $target: the document") if $status == 405;
}

# A page of an origin that is listed can read them; others' cannot.
my $origin = 'Access-Control-Allow-Origin';
my @own = (
	[ 413, 'POST', '/', [], 'x' x 1001 ], [ 431, 'GET', '/', [ [ 'X-Long', 'x' x 2100 ] ] ], [ 400, 'GET', '/', [ [ 'Host', 'x' ], [ 'Host', 'y' ] ] ],
	[ 404, 'GET', "/\xff", [] ], [ 500, 'GET', '/raise?XX000', [] ], [ 503, 'GET', '/raise?53300', [] ], [ 405, 'POST', '/healthz', [] ]);
foreach my $case (@own)
{
	my ($status, $method, $target, $headers, $body) = @$case;
	foreach my $from ([ 'https://shop.example.com', 'https://shop.example.com' ], [ 'http://localhost:3000', 'http://localhost:3000' ],
		[ 'https://shop.example.com.example.org' ], [ 'https://shop.example.co' ], [ 'http://shop.example.com' ], [ 'null' ], [ '*' ])
	{
		my ($page, $allowed) = @$from;
		my $answer = request($gateway, $method, $target, [ @$headers, [ 'Origin', $page ] ], $body);
		is_deeply([ $answer->{status}, @{ $answer->{headers} }{ map { lc } $origin, 'Access-Control-Expose-Headers', 'Vary' } ],
			[ $status, $allowed, $allowed && 'ETag, Retry-After, WWW-Authenticate', 'Origin' ], "CORS: $status for a page of $page");
	}
}
my $plain = request($gateway, 'GET', '/', [ [ 'Origin', 'https://shop.example.com' ] ]);
ok(!exists $plain->{headers}{ lc $origin }, 'CORS: nothing is added to what the database answers');

# Without a database a preflight lets the page come far enough to be told so.
my @preflight = ([ 'Origin', 'https://shop.example.com' ], [ 'Access-Control-Request-Method', 'POST' ], [ 'Access-Control-Request-Headers', 'authorization' ]);
my $answer = request($gateway, 'OPTIONS', '/raise?53300', \@preflight);
is_deeply([ $answer->{status}, $answer->{body}, @{ $answer->{headers} }{ map { lc } $origin, 'Access-Control-Allow-Methods', 'Access-Control-Allow-Headers', 'Access-Control-Max-Age' } ],
	[ 204, '', 'https://shop.example.com', 'POST', 'Accept, Authorization, Content-Type, X-Agent-Authorization', 5 ], 'CORS: a preflight without a database');
foreach my $case (
	[ [ [ 'Origin', 'https://evil.example.com' ], $preflight[1] ], 503, 'of another origin' ],
	[ [ $preflight[0] ], 503, 'that asks for no method' ],
	[ [ $preflight[0], [ 'Access-Control-Request-Method', "TRACE" ] ], 503, 'that asks for an odd method' ])
{
	my ($headers, $status, $what) = @$case;
	is(request($gateway, 'OPTIONS', '/raise?53300', $headers)->{status}, $status, "CORS: a preflight $what");
}
is(request($gateway, 'OPTIONS', '/raise?XX000', \@preflight)->{status}, 500, 'CORS: a preflight that met an error');

{
	my $open = start_gateway($node, flags => [ '--cors-origin', '*' ]);
	my $any = request($open, 'GET', "/\xff", [ [ 'Origin', 'https://any.example.com' ] ]);
	is_deeply([ $any->{status}, @{ $any->{headers} }{ lc $origin, 'vary' } ], [ 404, '*', undef ], 'CORS: any page, where any may');
	is(request($open, 'GET', "/\xff")->{headers}{ lc $origin }, undef, 'CORS: nothing is said to who asks for nothing');
	is(request($open, 'GET', "/\xff", [ [ 'Origin', 'https://any.example.com' ] ])->{headers}{'access-control-allow-credentials'}, undef, 'CORS: no credentials');
	stop_gateway($open);
}

# any line of the log is an object, whatever a client or the database says
send_raw($gateway, [ "\x{01}\xff\"\\ nonsense\r\n\r\n" ]);
request($gateway, 'GET', '/"quoted"\\back');
$node->stop('immediate');
ok(wait_until(sub { request($gateway, 'GET', '/readyz')->{status} == 503 }), '/readyz without a database');
$answer = request($gateway, 'GET', '/readyz', [ [ 'Origin', 'https://shop.example.com' ] ]);
cmp_ok($answer->{headers}{'retry-after'}, '>', 0, '/readyz without a database: Retry-After');
is($answer->{headers}{ lc $origin }, 'https://shop.example.com', '/readyz without a database: CORS');
is(request($gateway, 'OPTIONS', '/', \@preflight)->{status}, 204, 'CORS: a preflight while the server is away');
$node->start;
ok(wait_until(sub { request($gateway, 'GET', '/readyz')->{status} == 200 }), 'it comes back by itself');
kill 'HUP', $gateway->{pid};
is(request($gateway, 'GET', '/healthz')->{status}, 200, 'SIGHUP without TLS changes nothing');
is(stop_gateway($gateway), 0, 'exit status');

sub lines_of { return split /\n/, slurp_file($_[0]->{log}) }
my @lines = lines_of($gateway);
my @objects = map { eval { $json->decode($_) } } @lines;
is(scalar @objects, scalar @lines, 'json: ' . @lines . ' lines, each an object');
is_deeply([ grep { !exists $_->{ts} || !exists $_->{level} || !exists $_->{msg} } @objects ], [], 'json: with a time, a level and a message');
my ($logged) = grep { $_->{msg} eq 'request' && $_->{route} eq '/sleep' } @objects;
is_deeply([ sort keys %$logged ], [ sort qw(ts level msg method route status duration_ms bytes peer) ], 'json: the names of logfmt');
like((grep { /"route":"\/sleep"/ } @lines)[0], qr/"status":200,"duration_ms":\d+\.\d,"bytes":\d+,"peer":"127\.0\.0\.1"\}$/, 'json: numbers are numbers');
ok((grep { /"sqlstate":"53300"/ } @lines), 'json: an SQLSTATE is none');
ok((grep { $_->{msg} eq 'no connection to the database' && length $_->{reason} > 20 } @objects), 'json: a reason that was quoted');

# a value that fills the line is cut, and the line is an object still
{
	my $bad = start_gateway($node, wait => 0, conninfo => "host='" . "/\xc3\xa9" x 400 . "' port=1", flags => [ '--log-format', 'json', '--pool-size', 1 ]);
	ok(wait_until(sub { slurp_file($bad->{log}) =~ /no connection/ }), 'json: a reason that is too long');
	stop_gateway($bad);
	is_deeply([ grep { !eval { $json->decode($_); 1 } } lines_of($bad) ], [], 'json: is cut');
}

# The same for any bytes, some of them cut: what is given to the parts alone.
my $parts = PostgreSQL::Test::Utils::tempdir() . '/parts';
my $sources = "$FindBin::RealBin/../../gateway";
my $built = `cc --version 2>/dev/null` &&
  system("cc -D_GNU_SOURCE -I$sources -o $parts $FindBin::RealBin/../gateway/parts.c $sources/log_json.c $sources/utf8.c $sources/share.c $sources/network.c") == 0;
sub ask_parts
{
	my ($what, @given) = @_;
	my ($in, $said) = (join('', map { "$_\0" } @given), '');
	IPC::Run::run [ $parts, $what ], '<', \$in, '>', \$said, IPC::Run::timeout(300);
	return split /\n/, $said;
}
SKIP:
{
	skip 'there is no compiler', 1 if !$built;
	srand 1;
	my @bytes = (qw(" \\ = a 1 0 . - {), ' ', "\t", "\x01", "\x7f", "\xc3\xa9", "\xc3", "\xed\xa0\x80", "\xf0\x9f\x98\x80", "\xff", 'status=', 'msg="');
	my @random = map { join '', map { $bytes[ rand @bytes ] } 1 .. rand 60 } 1 .. 3000;
	my @made = ask_parts('json', @random);
	is(scalar @made, 3000, 'json: a line each');
	is_deeply([ grep { !eval { $json->decode($_); 1 } } @made ], [], 'json: whatever the bytes are');
	foreach my $case (
		[ 'msg=x status=200 sqlstate=42501', '{"msg":"x","status":200,"sqlstate":"42501"}' ],
		[ 'status=007 bytes=- port=1.5 limit=1.', '{"status":"007","bytes":"-","port":1.5,"limit":"1."}' ],
		[ 'msg="a \\"b\\" \\\\ c" x=1', '{"msg":"a \\"b\\" \\\\ c","x":"1"}' ],
		[ 'msg="cut off', '{"msg":"cut off"}' ],
		[ "msg=\"caf\xc3\xa9 \xc3\"", "{\"msg\":\"caf\xc3\xa9 \xef\xbf\xbd\"}" ])
	{
		my ($line, $object) = @$case;
		is((ask_parts('json', $line))[0], $object, "json: $line");
	}
	foreach my $case (
		[ [ '2001:db8::1', '2001:db8::2', '2001:db8:0:1::1', '2001:db8::ffff:0:0:1' ], [ 1, 2, 1, 3 ], 'an IPv6 address counts with its /64' ],
		[ [ '192.0.2.1', '192.0.2.2', '192.0.2.1', '::ffff:192.0.2.1' ], [ 1, 1, 2, 3 ], 'an IPv4 address by itself' ],
		[ [ '192.0.2.1', '-192.0.2.1', '192.0.2.1', '192.0.2.1', '-192.0.2.9' ], [ 1, 0, 1, 2, 0 ], 'what is given back counts no longer' ])
	{
		my ($addresses, $shares, $what) = @$case;
		is_deeply([ ask_parts('share', @$addresses) ], $shares, "shares: $what");
	}
}

# An IPv6 client has 2^64 addresses: the limit counts its /64.
SKIP:
{
	my $six = eval { start_program(PostgreSQL::Test::Utils::tempdir(), gateway_program(), '--listen', '[::1]:0', '--max-connections-per-address', 2,
		'--conninfo', $node->connstr('postgres') . ' user=gateway') };
	require IO::Socket::IP;
	my @three = map { $six && IO::Socket::IP->new(PeerHost => '::1', PeerPort => $six->{port}) } 1 .. 3;
	skip 'no IPv6 here', 1 if !$three[0];
	my $healthy = sub { my $s = shift; local $SIG{PIPE} = 'IGNORE'; print $s "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"; $s->flush; return (sysread($s, my $b, 100) // 0) > 0 ? 1 : 0 };
	is_deeply([ map { $healthy->($_) } @three ], [ 1, 1, 0 ], 'IPv6: a third connection is closed');
	stop_program($six);
}

# where fewer files may be open than connections are wanted
sub run_limited
{
	my ($limits, @flags) = @_;
	return start_program(PostgreSQL::Test::Utils::tempdir(), 'sh', '-c', "$limits; exec \"\$0\" \"\$@\"", gateway_program(), '--listen', '127.0.0.1:0',
		'--conninfo', $node->connstr('postgres') . ' user=gateway', '--pool-size', 1, '--slow-pool-size', 1, @flags);
}
sub limit_of { return slurp_file("/proc/$_[0]->{pid}/limits") =~ /^Max open files\s+(\d+)/m ? $1 : -1 }
my $limited = run_limited('ulimit -Sn 200; ulimit -Hn 600', '--max-connections', 500);
is(limit_of($limited), 566, 'open files: as many as are needed, not all that are allowed');
unlike(slurp_file($limited->{log}), qr{limit of open files}, 'open files: no warning');
stop_program($limited);
$limited = run_limited('ulimit -Sn 100; ulimit -Hn 300', '--max-connections', 500);
is(limit_of($limited), 300, 'open files: as many as are allowed');
like(slurp_file($limited->{log}), qr{level=warning msg="the limit of open files allows fewer.*limit=300 wanted=566 max_connections=234}, 'open files: a warning');
my @many = map { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $limited->{port}) } 1 .. 260;
close $_ foreach splice @many, 0, 100;
is(request($limited, 'GET', '/healthz')->{status}, 200, 'open files: more clients than that do no harm');
stop_program($limited);

# Started without standard files it has some, or a line of its log would go into a
# connection that took the number.
my $bare = start_program(PostgreSQL::Test::Utils::tempdir(), 'sh', '-c', 'exec "$0" "$@" 0<&- 1>&- 2>&-', gateway_program(), '--listen', '127.0.0.1:0',
	'--conninfo', $node->connstr('postgres') . ' user=gateway', '--pool-size', 3);
is_deeply([ map { readlink "/proc/$bare->{pid}/fd/$_" } 0 .. 2 ], [ ('/dev/null') x 3 ], 'closed standard files: /dev/null');
is(request($bare, 'GET', '/fast')->{status}, 200, 'closed standard files: a request') foreach 1 .. 10;
is(request($bare, 'GET', '/raise?XX000')->{status}, 500, 'closed standard files: an error') foreach 1 .. 10;
is(stop_program($bare), 0, 'closed standard files: exit status');

# --check-config: a line an item, and no secret
sub check
{
	my (%params) = @_;
	my ($out, $err) = ('', '');
	IPC::Run::run [ gateway_program(), '--check-config', '--listen', '127.0.0.1:0', '--conninfo', $params{conninfo}, @{ $params{flags} // [] } ],
	  '>', \$out, '2>', \$err, IPC::Run::timeout(300);
	return ($? >> 8, $out, $err);
}
my $real = new_server('real');
my $good = $real->connstr('postgres') . ' user=gateway';
my ($status, $out) = check(conninfo => $good);
is($status, 0, 'check: all is well');
like($out, qr{^ok +--listen.*^ok +--max-connections.*^ok +--conninfo.*^ok +agent_auth\.http\(\) answers, with 1 key$}ms, 'check: a line an item');
like($out, qr{^note .*check_config\(\)}m, 'check: where to look further');
unlike($out, qr{^(wrong|warning)}m, 'check: nothing else');
my $port = IO::Socket::INET->new(Listen => 1000, LocalAddr => '127.0.0.1');
my $taken = '127.0.0.1:' . $port->sockport;
my $folder = PostgreSQL::Test::Utils::tempdir();
my $free = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Proto => 'tcp')->sockport;

# A start that fails ends with a line and status 1, and never with a signal: tried
# some times, since that was a matter of what threads in libpq were doing.
foreach my $case (
	[ 'a port in use', [ '--listen', $taken ], qr{"cannot listen" flag=--listen address="127\.0\.0\.1:\d+" reason="Address already in use"} ],
	[ 'one for metrics', [ '--metrics-listen', $taken ], qr{"cannot listen" flag=--metrics-listen address="127\.0\.0\.1:\d+"} ],
	[ 'an address that is elsewhere', [ '--listen', '[2001:db8::1]:8080' ], qr{"cannot listen" flag=--listen address="\[2001:db8::1\]:8080"} ],
	[ 'a port file that cannot be', [ '--port-file', '/nonexistent/port' ], qr{"cannot write the port file"} ])
{
	my ($what, $flags, $line) = @$case;
	my $said = '';
	my %ends;
	foreach (1 .. 20)
	{
		$said = '';
		IPC::Run::run [ gateway_program(), '--listen', '127.0.0.1:0', '--conninfo', 'host=127.0.0.1 user=x port=' . $port->sockport, '--pool-size', 50, @$flags ],
		  '2>', \$said, IPC::Run::timeout(300);
		$ends{$?}++;
	}
	is_deeply(\%ends, { 1 << 8 => 20 }, "start: $what: exit status");
	like($said, $line, "start: $what: a line");
}

$real->safe_psql('postgres', '
	CREATE DATABASE bare; CREATE ROLE nobody LOGIN; CREATE ROLE half LOGIN; GRANT USAGE ON SCHEMA agent_auth TO half;
	CREATE DATABASE keyless;');
$real->safe_psql('keyless', 'CREATE EXTENSION agent_auth CASCADE; GRANT USAGE ON SCHEMA agent_auth TO gateway; GRANT EXECUTE ON FUNCTION agent_auth.http TO gateway');
my $base = $real->connstr('postgres');
foreach my $case (
	[ 'a password for nothing', "host=127.0.0.1 port=1 password=hunter2secret user=x", [], qr{^wrong +no connection to the database: .*refused}m ],
	[ 'no extension', $real->connstr('bare') . ' user=gateway', [], qr{^wrong +the database has no extension}m ],
	[ 'no key', $real->connstr('keyless') . ' user=gateway', [], qr{^wrong +there is no signing key}m ],
	[ 'a role without the schema', "$base user=nobody", [], qr{^wrong +the role may not use the schema}m ],
	[ 'a role without the front door', "$base user=half", [], qr{^wrong +the role may not call the front door}m ],
	[ 'a front door that is not one', $node->connstr('postgres') . ' user=gateway', [], qr{^wrong +agent_auth\.http\(\) answers GET /\.well-known}m ],
	[ 'an address that is elsewhere', $good, [ '--listen', '192.0.2.1:80' ], qr{^wrong +--listen: this host cannot}m ],
	[ 'one for metrics', $good, [ '--metrics-listen', '192.0.2.1:80' ], qr{^wrong +--metrics-listen: this host cannot}m ],
	[ 'one port twice', $good, [ '--listen', "127.0.0.1:$free", '--metrics-listen', "127.0.0.1:$free" ], qr{^wrong +--metrics-listen: --listen has}m ],
	[ 'one port of all addresses', $good, [ '--listen', "0.0.0.0:$free", '--metrics-listen', "127.0.0.1:$free" ], qr{^wrong +--metrics-listen: --listen has}m ],
	[ 'a port file without a folder', $good, [ '--port-file', '/nonexistent/port' ], qr{^wrong +--port-file: .*No such file}m ],
	[ 'a port file that is a folder', $good, [ '--port-file', $folder ], qr{^wrong +--port-file: .*Is a directory}m ],
	[ 'a port file in a folder of others', $good, [ '--port-file', '/proc/port' ], qr{^wrong +--port-file: no file can be made}m ],
	[ 'a certificate that is missing', $good, [ '--tls-certificate', '/nonexistent', '--tls-key', '/nonexistent' ], qr{^wrong +cannot read the certificate}m ])
{
	my ($what, $conninfo, $flags, $line) = @$case;
	my ($exit, $said, $errors) = check(conninfo => $conninfo, flags => $flags);
	is($exit, 1, "check: $what: exit status");
	like($said, $line, "check: $what: a line");
	unlike("$said$errors", qr{hunter2}, "check: $what: no password");
	is(() = $said =~ /^(?!ok|note|warning|wrong)/mg, 0, "check: $what: one line each");
}
foreach my $case (
	[ 'a superuser', $base, [], qr{^warning +the role is a superuser.*^note +the role may call agent_auth\.check_config}ms ],
	[ 'metrics without a grant', $good, [ '--metrics-listen', '127.0.0.1:0' ], qr{^warning .*GRANT SELECT ON agent_auth\.statistics}m ],
	[ 'a gateway that runs', $good, [ '--listen', $taken ], qr{^note +--listen: the port is in use}m ],
	[ 'two ports', $good, [ '--listen', "127.0.0.1:$free", '--metrics-listen', '127.0.0.1:0' ], qr{^ok +--listen.*^ok +--metrics-listen}ms ],
	[ 'a port file', $good, [ '--port-file', "$folder/port" ], qr{^ok +--port-file}m ],
	[ 'too few files', $good, [ '--max-connections', 100000 ], qr{^(ok|warning) +--max-connections}m ])
{
	my ($what, $conninfo, $flags, $line) = @$case;
	my ($exit, $said) = check(conninfo => $conninfo, flags => $flags);
	is($exit, 0, "check: $what: exit status");
	like($said, $line, "check: $what: a line");
}
ok(!-e "$folder/port" && !-e "$folder/port.tmp", 'check: no file is made');
SKIP:
{
	skip 'ports below 1024 are free to all here', 2 if $> == 0 || slurp_file('/proc/sys/net/ipv4/ip_unprivileged_port_start') <= 1;
	my ($exit, $said) = check(conninfo => $good, flags => [ '--listen', '127.0.0.1:1' ]);
	is($exit, 1, 'check: a port below 1024: exit status');
	like($said, qr{^wrong +--listen: .*Permission denied}m, 'check: a port below 1024: a line');
}
is((check(conninfo => $good, flags => [ '--pool-size', 'x' ]))[0], 2, 'check: bad flags');
foreach my $flags ([ '--cors-origin', 'shop.example.com' ], [ '--cors-origin', 'https://shop.example.com/' ], [ '--log-format', 'xml' ], [ '--metrics-listen', '9090' ])
{
	is((check(conninfo => $good, flags => $flags))[0], 2, "check: bad flags: @$flags");
}

done_testing();
