# The login is no oracle, over HTTP: whatever a client sends, and however it
# goes away, an unknown name, a disabled agent and a wrong password are answered
# with the same bytes and leave the same counters; and nobody gets a guess that
# is not counted.  How a request arrives, is cut off and is lost, regress cannot
# say.  029_login_oracle_sql.pl has the doors without the gateway.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../perl";

use AgentAuth;
use IO::Socket::INET;
use LoginOracle;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'the gateway is not built' if !-x gateway_program();

# name => [what its role sets, its flags]
my %gateways = (
	plain => [ { 'agent_auth.cors_origins' => "'https://shop.example.com'", idle_in_transaction_session_timeout => "'1ms'" }, [ '--locked-delay', 0 ] ],
	impatient => [ {}, [ '--request-timeout', 1 ] ],
	# a hash of cost 15 takes two seconds, and begins within one: no answer sees its end
	cancelling => [ { 'agent_auth.bcrypt_cost' => 15 }, [ '--db-timeout', 1 ] ],
	cancelled => [ { 'agent_auth.bcrypt_cost' => 15, statement_timeout => "'1s'" }, [] ],
	deserted => [ {}, [] ],
	deserted_cancelled => [ { 'agent_auth.bcrypt_cost' => 15, statement_timeout => "'1s'" }, [] ],
	reading => [ { default_transaction_read_only => 'on' }, [] ],
	waiting => [ { lock_timeout => "'1ms'" }, [] ]);

my $node;
my $token;						# of another agent

sub header
{
	my ($name, $value) = @_;
	return headers => [ [ $name, $value ] ];
}

# A body whose attributes are "format", of name and password.
sub attributes
{
	my ($format) = @_;
	return sub { return sprintf '{"data":{"type":"agent-access-tokens","attributes":{%s}}}', sprintf $format, map { qq("$_") } @_ };
}

sub raw
{
	my ($way, $name, $password) = @_;
	my $body = ($way->{frame} // sub { $_[0] })->(($way->{body} // \&login_body)->($name, $password));
	my @headers = map { my ($n, $v) = @$_; "$n: " . (ref $v ? $v->() : $v) } @{ $way->{headers} // [] };
	push @headers, 'Content-Length: ' . length $body if !grep { /^(Content-Length|Transfer-Encoding):/ } @headers;
	return join "\r\n", ($way->{method} // 'POST') . ' ' . ($way->{target} // '/agent-access-tokens') . ' HTTP/' . ($way->{version} // '1.1'),
	  'Host: shop.example.com', @headers, 'Connection: close', '', $body;
}

sub connected
{
	my ($gateway, $request) = @_;
	my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $gateway->{port}, Proto => 'tcp', Timeout => 300)
	  or die "cannot connect: $!";
	$socket->syswrite($request) == length $request or die "cannot send: $!";
	return $socket;
}

sub rest_of
{
	my ($socket) = @_;
	my $answer = '';
	local $SIG{ALRM} = sub { die "timed out\n" };
	alarm 300;
	while (sysread $socket, my $chunk, 65536) { $answer .= $chunk }
	alarm 0;
	return $answer;
}

sub send_all
{
	my ($gateway, @requests) = @_;
	return map { send_raw($gateway, [$_]) } @requests;
}

# A hash that was begun is paid for, also without who asked: the next one begins
# when it is.
sub is_hashing { return $node->safe_psql('postgres', "SELECT count(*) > 0 FROM pg_stat_activity WHERE usename IN ('cancelling', 'cancelled', 'deserted_cancelled') AND state = 'active'") eq 't' }
sub settle { return wait_until(sub { !is_hashing() }) || die 'a try has not ended' }

sub send_and_settle
{
	my ($gateway, @requests) = @_;
	return map { my $answer = send_raw($gateway, [$_]); settle(); $answer } @requests;
}

# What was begun goes on without who asked.  The gateway, which is asked nothing
# else, logs a line for each when it ends.
sub drop_when
{
	my ($has_begun, $after, $gateway, @requests) = @_;
	my $lines = sub { scalar(() = slurp_file($gateway->{log}) =~ m{msg=request .*route=/agent-access-tokens }g) };
	foreach my $request (@requests)
	{
		my $before = $lines->();
		my $socket = connected($gateway, $request);
		wait_until($has_begun) or die 'a try does not begin';
		close $socket;
		$after->();
		wait_until(sub { $lines->() > $before }) or die 'a try has not ended';
	}
	return ('') x @requests;
}

sub drop_hashing { return drop_when(\&is_hashing, \&settle, @_) }

# Who waits for the trail has begun.
sub drop_waiting
{
	my ($gateway, @requests) = @_;
	my $holder = $node->background_psql('postgres');
	my $lock = 'BEGIN; LOCK TABLE agent_auth.audit IN SHARE MODE;';
	my $waits = "SELECT count(*) > 0 FROM pg_stat_activity WHERE usename = 'deserted' AND wait_event_type = 'Lock'";
	my @answers;

	foreach my $request (@requests)
	{
		$holder->query_safe($lock);
		push @answers, drop_when(sub { $node->safe_psql('postgres', $waits) eq 't' }, sub { $holder->query_safe('COMMIT') }, $gateway, $request);
	}
	$holder->quit;
	return @answers;
}

# Nothing gets into the trail meanwhile.
sub send_while_locked
{
	my ($gateway, @requests) = @_;
	my $holder = $node->background_psql('postgres');
	$holder->query_safe('BEGIN; LOCK TABLE agent_auth.audit IN SHARE MODE;');
	my @answers = send_all($gateway, @requests);
	$holder->quit;
	return @answers;
}

sub half_close
{
	my ($gateway, @requests) = @_;
	return map { my $socket = connected($gateway, $_); shutdown $socket, 1; rest_of($socket) } @requests;
}

sub cut_off
{
	my ($gateway, @requests) = @_;
	return map { rest_of($_) } map { connected($gateway, substr $_, 0, -1) } @requests;
}

sub twice
{
	my ($gateway, @requests) = @_;
	return map { send_raw($gateway, [ s/Connection: close\r\n//r . $_ ]) } @requests;
}

sub ask
{
	my ($way, @tries) = @_;
	my $send = $way->{send} // \&send_all;
	my @answers = $send->($gateways{ $way->{gateway} // 'plain' }, map { raw($way, @$_) } @tries);

	# The interim answer is not sent where the body is there already; and a second
	# of the lock may pass.
	return map { s{^HTTP/1\.1 100 Continue\r\n\r\n}{}r =~ s/^Date: .*\r\n//mgr =~ s/^Retry-After: \d+/Retry-After: N/mr =~ s{wait \d+ min}{wait N min}r =~ s{^HTTP/1\.[01] }{}r } @answers;
}

my @refused = ('404', 0, 'alike');
my @failed = ('401.*"4101"', 1, 'in');
my @invalid = ('400', 0, 'alike');

# [what, answer to a failure, what it counts, what of the right password, ...]
my @table = (
	[ 'POST', @failed ],
	[ 'after eight failures', @failed, before => 8 ],
	[ 'once locked', '429', 0, 'alike', before => 9 ],
	[ 'once locked, with a bad token', '429', 0, 'alike', before => 9, header('Authorization', 'Bearer x') ],
	# methods
	(map { [ $_, '405', 0, 'alike', method => $_ ] } qw(GET HEAD PUT PATCH DELETE TRACE PROPFIND post Post)),
	[ 'OPTIONS', '204', 0, 'alike', method => 'OPTIONS' ],
	[ 'a preflight', '204', 0, 'alike', method => 'OPTIONS', headers => [ [ 'Origin', 'https://shop.example.com' ], [ 'Access-Control-Request-Method', 'POST' ] ] ],
	[ 'GET that would be POST', '405', 0, 'alike', method => 'GET', header('X-HTTP-Method-Override', 'POST') ],
	(map { [ "POST with $_->[0]", @failed, header(@$_) ] } [ 'X-HTTP-Method-Override', 'GET' ], [ 'X-Original-Method', 'GET' ], [ 'X-Original-URI', '/x' ]),
	# targets
	(map { [ $_, @failed, target => $_ ] } map { "/agent-access-tokens$_" } '?x=1', '?select=', '?accessToken=eq.x', '?limit=0', '?%', '?', '/', '/?username=x'),
	(map { [ $_, @failed, target => $_ ] } '/agent-access-token%73', '/%61gent%2Daccess-tokens', 'http://other.example.com/agent-access-tokens'),
	(map { [ $_, @refused, target => $_ ] } map { "/agent-access-tokens$_" } '//', '/1', '%2F', '%00', '%', ';x=1', '.', '/.'),
	(map { [ $_, @refused, target => $_ ] } '//agent-access-tokens', '/./agent-access-tokens', '/x/../agent-access-tokens', '/Agent-Access-Tokens'),
	# headers that PostgREST, a cache or a proxy would act upon
	(map { [ "$_->[0]: $_->[1]", @failed, header(@$_) ] }
		[ 'Prefer', 'tx=rollback' ], [ 'Prefer', 'params=single-object' ], [ 'Prefer', 'return=minimal' ], [ 'Range', 'bytes=0-0' ], [ 'Range', '0-0' ],
		[ 'If-None-Match', '*' ], [ 'If-Match', '"x"' ], [ 'If-Modified-Since', 'Thu, 01 Jan 2026 00:00:00 GMT' ], [ 'Expect', '100-continue' ],
		[ 'Accept-Encoding', 'gzip' ], [ 'TE', 'trailers' ], [ 'Cookie', 'agent=1' ], [ 'Cache-Control', 'only-if-cached' ],
		[ 'Content-Profile', 'agent_auth' ], [ 'Origin', 'https://shop.example.com' ], [ 'Origin', 'https://evil.example.com' ],
		[ 'Accept', 'application/json' ], [ 'Accept', 'text/html, */*;q=0.1' ], [ 'Content-Type', 'application/json; charset=x' ],
		[ 'Content-Type', 'application/vnd.api+json' ], [ 'Upgrade', 'h2c' ]),
	(map { [ "Accept: $_", '406', 0, 'alike', header('Accept', $_) ] } 'text/html', 'application/json;q=0'),
	(map { [ "Content-Type: $_", '415', 0, 'alike', header('Content-Type', $_) ] } 'text/plain', 'application/x-www-form-urlencoded', 'application/json, text/plain'),
	# credentials beside the password
	[ 'a good token', @failed, header('Authorization', sub { "Bearer $token" }) ],
	[ 'a good agent token', @failed, header('X-Agent-Authorization', sub { "Bearer $token" }) ],
	[ 'an agent token of another scheme', @failed, header('X-Agent-Authorization', 'Basic x') ],
	[ 'a bad token', '401.*"001"', 0, 'alike', header('Authorization', 'Bearer x') ],
	[ 'a token of another scheme', '401.*"001"', 0, 'alike', header('Authorization', 'Basic bWFyaWE6eA==') ],
	[ 'a bad agent token', '401.*"4102"', 0, 'alike', header('X-Agent-Authorization', 'Bearer x') ],
	# who a client says it is
	(map { [ "$_->[0]: $_->[1]", @failed, header(@$_), not_peer => '198.51.100.9' ] } [ 'X-Forwarded-For', '198.51.100.9' ], [ 'X-Real-IP', '198.51.100.9' ],
		[ 'Forwarded', 'for=198.51.100.9' ], [ 'X-Original-Forwarded-For', '198.51.100.9' ], [ 'Client-IP', '198.51.100.9' ]),
	# framings
	[ 'HTTP/1.0', @failed, version => '1.0' ],
	[ 'chunks', @failed, headers => [ [ 'Transfer-Encoding', 'chunked' ] ], frame => sub { sprintf "%x\r\n%s\r\n0\r\n\r\n", length $_[0], $_[0] } ],
	[ 'two lengths', '400', 0, 'alike', headers => [ [ 'Content-Length', 1 ], [ 'Content-Length', 2 ] ] ],
	[ 'too long a body', '413', 0, 'alike', frame => sub { $_[0] . ' ' x 70_000 } ],
	[ 'too long a header', '431', 0, 'alike', header('X-Long', 'x' x 20_000) ],
	[ 'twice on one connection', '401.*"4101".*401.*"4101"', 2, 'in', send => \&twice ],
	# bodies
	[ 'a name twice', @invalid, body => attributes('"username":%1$s,"username":%1$s,"password":%2$s') ],
	[ 'a password twice', @invalid, body => attributes('"username":%1$s,"password":"x","password":%2$s') ],
	[ 'attributes that are no object', @invalid, body => sub { qq({"data":{"type":"agent-access-tokens","attributes":["$_[0]","$_[1]"]}}) } ],
	[ 'another type', @invalid, body => sub { login_body(@_) =~ s/"agent-access-tokens"/"refresh-tokens"/r } ],
	[ 'trailing bytes', @invalid, body => sub { login_body(@_) . 'x' } ],
	[ 'unknown attributes and an id', @failed, body => attributes('"username":%1$s,"id":"7","active":true,"password":%2$s') ],
	[ 'a password in an array', '401.*"4101"', 1, 'alike', body => attributes('"username":%1$s,"password":[%2$s]') ],
	[ 'no password', '401.*"4101"', 1, 'alike', body => attributes('"username":%1$s') ],
	[ 'an empty password', '401.*"4101"', 1, 'alike', password => sub { '' } ],
	[ 'a password of one byte more than bcrypt reads', '401.*"4101"', 1, 'alike', password => sub { $_[0] . 'y' } ],
	[ 'a password of 60,000 bytes', '401.*"4101"', 1, 'alike', password => sub { $_[0] . 'y' x 60_000 } ],
	[ 'a NUL in the password', @invalid, password => sub { $_[0] . '\u0000' } ],
	[ 'a NUL in the name', @invalid, written => sub { $_[0] . '\u0000' } ],
	[ 'a lone surrogate in the name', @invalid, written => sub { $_[0] . '\ud800' } ],
	[ 'a name that is no UTF-8', @invalid, written => sub { $_[0] . "\xff" } ],
	# other ways to write a name are the same account, or nobody's
	[ 'blanks around the name', @failed, written => sub { '\t' . $_[0] . '\u00a0  ' } ],
	[ 'letters escaped', @failed, written => sub { $_[0] =~ s/([a-z])/sprintf '\\u%04x', ord $1/ger } ],
	[ 'composed letters', @failed, account => "jos\xc3\xa9" ],
	[ 'decomposed letters', @failed, account => "jos\xc3\xa9", written => sub { $_[0] =~ s/\xc3\xa9/e\xcc\x81/r } ],
	[ 'decomposed capitals', @failed, account => "jos\xc3\xa9", written => sub { $_[0] =~ s/\xc3\xa9/E\xcc\x81/r } ],
	[ 'a name of 200 letters', @failed, account => 'a' x 200 ],
	[ 'an invisible letter', '401.*"4101"', 0, 'alike', written => sub { $_[0] . '\u200b' } ],
	[ 'a name with blanks beyond measure', '401.*"4101"', 0, 'alike', written => sub { $_[0] . ' ' x 2000 } ],
	[ 'a name in an array', '401.*"4101"', 0, 'alike', body => attributes('"username":[%1$s],"password":%2$s') ],
	# clients that do not wait, and servers that do not either
	[ 'a client that goes away', '$', 1, 'forgiven', send => \&drop_waiting, gateway => 'deserted' ],
	[ 'a client that says no more', @failed, send => \&half_close ],
	[ 'a client that is cut off', '$', 0, 'alike', send => \&cut_off, gateway => 'impatient' ],
	[ 'a hash that the gateway cancels', '503', 1, 'alike', send => \&send_and_settle, gateway => 'cancelling' ],
	[ 'a hash that the server cancels', '503', 1, 'alike', send => \&send_and_settle, gateway => 'cancelled' ],
	[ 'a client that goes away from it', '$', 1, 'alike', send => \&drop_hashing, gateway => 'deserted_cancelled' ],
	[ 'a transaction that is read-only', '405', 0, 'alike', gateway => 'reading' ],
	[ 'a trail that cannot be written', '503', 1, 'free', send => \&send_while_locked, gateway => 'waiting' ]);
my @ways = map { my ($what, $status, $counts, $right, @rest) = @$_;
	+{ what => $what, status => $status, counts => $counts, right => $right, @rest } } @table;

$node = new_oracle_server(\@ways, '127.0.0.1');
$token = $node->safe_psql('postgres', "SELECT agent_access_token('@{[NAME]}', '@{[PASSWORD]}') ->> 'accessToken'");
foreach my $name (keys %gateways)
{
	my ($settings, $flags) = @{ $gateways{$name} };
	$node->safe_psql('postgres', join ';', "CREATE ROLE $name LOGIN IN ROLE gateway",
		map { "ALTER ROLE $name SET $_ = $settings->{$_}" } keys %$settings);
	$gateways{$name} = start_gateway($node, conninfo => $node->connstr('postgres') . " user=$name", flags => $flags);
}


try_all($_, \&ask) foreach @ways;
count_all($node, \@ways, '127.0.0.1');
is(stop_gateway($gateways{$_}), 0, "the $_ gateway stops") foreach sort keys %gateways;

done_testing();
