# PostgREST behind nginx, with the files to copy, beyond the contract: nobody breaks
# its connections, tables show what their policies let through and no more, and
# what the database does is known there: a key that is revoked, an end, a restart.
# The stand-in is tried, and the real one where there is one.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../perl";

use AgentAuth;
use JSON::PP;
use Nginx;
use PostgREST;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'node or what test/package.json names is not installed' if !stand_in_is_ready();
plan skip_all => 'nginx is not installed' if !nginx_program();

use constant POOL => 4;
use constant UNAVAILABLE => '{"errors":[{"status":503,"detail":"Service Unavailable"}]}';
use constant JWKS => '/.well-known/jwks.json';
use constant PAGE => 'https://console.example.com';

my $node = new_server('main', settings => "agent_auth.cors_origins = '@{[PAGE]}'\n");
$node->safe_psql('postgres', 'CREATE DATABASE shop');
$node->safe_psql('shop', qq{
	CREATE EXTENSION pgcrypto;
	CREATE EXTENSION pg_trgm;
	CREATE SCHEMA api;
	CREATE EXTENSION agent_auth SCHEMA api;
	SELECT agent_auth.rotate_signing_key();
	SELECT agent_auth.create_agent('@{[NAME]}', '@{[PASSWORD]}');
	INSERT INTO agent_auth.customer (customer_reference, email) VALUES ('DE--1', 'sonia\@example.com');
	CREATE TABLE api.orders (id bigint, customer_reference text, note text);
	INSERT INTO api.orders SELECT n, 'DE--' || n, 'a lamp' FROM generate_series(1, 50) n;
	ANALYZE api.orders;
	ALTER TABLE api.orders ENABLE ROW LEVEL SECURITY;
	ALTER TABLE api.orders FORCE ROW LEVEL SECURITY;
	CREATE POLICY own ON api.orders USING (customer_reference = agent_auth.current_customer_reference());
});
create_postgrest_roles($node, 'shop', 'api');
$node->safe_psql('shop', 'GRANT SELECT, INSERT ON api.orders TO web_anon; GRANT EXECUTE ON FUNCTION agent_auth.current_customer_reference TO web_anon');

my @json_api = ('-H', 'Content-Type: application/vnd.api+json');

sub login { my ($at) = @_; return curl($at, '/agent-access-tokens', @json_api, '-d', login_body()) }

# A token by which an agent acts as the customer
sub customer_token
{
	my ($at) = @_;
	my $agent = decode_json(login($at)->{body})->{data}{attributes}{accessToken};
	my $acting = curl($at, '/agent-customer-impersonation-access-tokens', @json_api, '-H', "X-Agent-Authorization: Bearer $agent",
		'-d', '{"data":{"type":"agent-customer-impersonation-access-tokens","attributes":{"customerReference":"DE--1"}}}');
	return decode_json($acting->{body})->{data}{attributes}{accessToken};
}

sub orders { my ($at, $token, @more) = @_; return curl($at, '/data/orders', (defined $token ? ('-H', "Authorization: Bearer $token") : ()), @more) }
sub ids { my ($answer) = @_; return "$answer->{status}: " . join(' ', $answer->{body} =~ /"id": ?(\d+)/g) }

# Each many more times than there are connections, and what is sent through nginx
# under /data/ is what it is sent directly
sub attack
{
	my ($at, $path) = @_;
	my @attacks = (
		[ '-H', "User-Agent: \xff" ], [ '-H', "Cookie: a=\xff" ], [ '-H', "X-Anything: \xff" ], [ '-H', "Accept-Language: \xff" ], [ '-H', 'Prefer: timezone=UTC', '-H', "User-Agent: \xff" ],
		[ '-H', 'Content-Type: application/x-www-form-urlencoded', '-d', 'note=%ff' ], [ '-H', 'Content-Type: text/csv', '--data-binary', "note\n\xff" ]);
	foreach my $attack (@attacks)
	{
		curl($at, $path, @$attack) foreach 1 .. 3 * POOL;
	}
	curl($at, "$path?note=eq.%ff") foreach 1 .. 3 * POOL;
	return;
}

# The stand-in is as bad as the real one: else what follows would show nothing.
{
	my $bad = start_postgrest($node, 'shop', settings => { 'db-pool' => POOL });
	my $at = { url => "http://127.0.0.1:$bad->{port}" };
	my @front_door = ('/rpc/agent_http', '-H', 'Content-Type: application/octet-stream', '-H', 'Accept: application/json', '-H', 'X-Original-Method: GET', '-H', 'X-Original-URI: ' . JWKS,
		'-H', 'X-Real-IP: 127.0.0.1', '-H', 'X-Forwarded-Proto: http', '-d', '');

	is(curl($at, @front_door)->{status}, 200, 'the stand-in: a key set');
	curl($at, '/orders', '-H', "User-Agent: \xff") foreach 1 .. 9 * POOL;
	is(curl($at, @front_door)->{status}, 500, 'the stand-in: its connections are broken');
	stop_program($bad);
	$bad = start_postgrest($node, 'shop', settings => { 'openapi-mode' => 'follow-privileges' });
	like(curl({ url => "http://127.0.0.1:$bad->{port}" }, '/')->{body}, qr{/rpc/agent_http}, 'the stand-in: it describes all functions');
	stop_program($bad);
}

foreach my $program (undef, postgrest_program())
{
	my $name = defined $program ? 'PostgREST' : 'the stand-in';
	my $postgrest = start_postgrest($node, 'shop', program => $program, settings => { 'db-pool' => POOL });
	my $at = start_nginx('postgrest', '127.0.0.1:3000', $postgrest->{port}, 'rate=20r/m' => 'rate=600000r/m', 'burst=20' => 'burst=10000');
	my $customer = customer_token($at);

	# tables
	is(ids(orders($at, $customer)), '200: 1', "$name: who acts as a customer sees that customer's orders");
	is(ids(orders($at)), '200: ', "$name: nobody sees none");
	is(ids(orders($at, decode_json(login($at)->{body})->{data}{attributes}{accessToken})), '200: ', "$name: an agent sees none");
	is(orders($at, 'x')->{status}, 401, "$name: what is no token");
	is(orders($at, $customer, '-H', "Prefer: count=$_")->{headers}{'content-range'}, '0-0/*', "$name: count=$_ tells nothing") foreach 'planned', 'estimated', 'planned, count=planned';
	is(orders($at, $customer, '-H', 'Prefer: count=exact')->{headers}{'content-range'}, '0-0/1', "$name: count=exact tells what is seen");
	like(orders($at, $customer, '-H', 'Content-Type: application/json', '-d', '{"id":1,"customer_reference":"DE--2"}')->{body}, qr/"42501"/, "$name: what a client did wrong is told");
	is(curl($at, $_)->{status}, 404, "$name: $_ describes nothing") foreach '/data/', '/data', '/';

	# what is not UTF-8 breaks nothing
	attack($at, '/data/orders');
	attack($at, JWKS);
	is(join(' ', map { login($at)->{status} } 1 .. 3 * POOL), join(' ', (201) x (3 * POOL)), "$name: logins go on");
	is(join(' ', map { curl($at, JWKS)->{status} } 1 .. 3 * POOL), join(' ', (200) x (3 * POOL)), "$name: and the key set");
	is(ids(orders($at, $customer)), '200: 1', "$name: and the tables");
	is(curl($at, JWKS, '-H', "User-Agent: \xff")->{status}, 200, "$name: a User-Agent that is no text is none");

	# web pages
	foreach my $case ([ '/data/orders', PAGE, 1 ], [ '/data/orders', 'https://evil.example.com', 0 ], [ JWKS, PAGE, 1 ], [ JWKS, 'https://evil.example.com', 0 ])
	{
		my ($path, $origin, $may) = @$case;
		my $answer = curl($at, $path, '-H', "Origin: $origin", '-H', "Authorization: Bearer $customer");
		is(join(' ', $answer->{head} =~ /^Access-Control-Allow-Origin: (.*?)\r?$/mig), $may ? $origin : '', "$name: $path, from $origin");
	}

	# lengths
	foreach my $case ([ 304, JWKS, '-H', 'If-None-Match: *' ], [ 204, JWKS, '-X', 'OPTIONS' ], [ 204, '/refresh-tokens/x', '-X', 'DELETE', '-H', "Authorization: Bearer $customer" ])
	{
		my ($status, @request) = @$case;
		my $answer = curl($at, @request);
		is($answer->{status} . ' ' . ($answer->{headers}{'content-length'} || 'no length'), "$status no length", "$name: $status for @request[0 .. 2]");
	}

	# a key that is rotated is known soon, and one that is revoked at once
	$node->safe_psql('shop', q{SELECT agent_auth.rotate_signing_key('ES256')});
	my $newer = customer_token($at);
	ok(wait_until(sub { orders($at, $newer)->{status} == 200 }), "$name: a token of a new key");
	is(ids(orders($at, $customer)), '200: 1', "$name: and of the one before");
	$node->safe_psql('shop', 'SELECT agent_auth.revoke_signing_key(kid) FROM agent_auth.signing_key WHERE retired_at IS NOT NULL AND revoked_at IS NULL');
	is(orders($at, $customer)->{status}, 401, "$name: a token of a revoked key");
	is(ids(orders($at, $newer)), '200: 1', "$name: and of another");

	# an end is no fault
	$node->safe_psql('shop', "SELECT agent_auth.end_sessions('@{[NAME]}')");
	my $ended = orders($at, $newer);
	is("$ended->{status} $ended->{body}" =~ s/"(details|hint)":null,?//gr =~ s/,\}/}/r, '401 {"code":"PT401","message":"the session has ended"}', "$name: an ended session");

	# the database ends while a login waits in it, is away, and comes back
	my $holder = $node->background_psql('shop', on_error_stop => 0);
	$holder->query_safe('BEGIN; LOCK TABLE agent_auth.agent IN ACCESS EXCLUSIVE MODE');
	my ($in_flight, $err) = ('', '');
	my $waiting = IPC::Run::start([ 'curl', '-sSki', @json_api, '-d', login_body(), "$at->{url}/agent-access-tokens" ], '>', \$in_flight, '2>', \$err, IPC::Run::timeout(300));
	ok($node->poll_query_until('shop', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE usename = 'authenticator' AND wait_event_type = 'Lock'}), "$name: a login waits");
	$node->stop('immediate');
	$waiting->finish;
	eval { $holder->quit };
	like($in_flight, qr{^HTTP/1\.1 503 }, "$name: it is told that the database is away");
	is((split /\r\n\r\n/, $in_flight)[1], UNAVAILABLE, "$name: in the API's words");
	my %asked = (
		'the key set' => [JWKS], 'a logout' => [ '/refresh-tokens/x', '-X', 'DELETE' ],
		'a table' => [ '/data/orders' ], 'a table, with a token' => [ '/data/orders', '-H', "Authorization: Bearer $newer" ]);
	foreach my $what (sort keys %asked)
	{
		# PostgREST goes on with the keys that it has until it sees that it is alone.
		my $away;
		ok(wait_until(sub { ($away = curl($at, @{ $asked{$what} }))->{status} == 503 }), "$name: no database: $what");
		is("$away->{headers}{'retry-after'} $away->{body}", '5 ' . UNAVAILABLE, "$name: no database: $what, and when to come back");
	}
	$node->start;
	ok(wait_until(sub { login($at)->{status} == 201 }), "$name: and again a login");
	$customer = undef;
	ok(wait_until(sub { ($customer //= customer_token($at)) && orders($at, $customer)->{status} == 200 }), "$name: and a table");
	stop_program($at);
	stop_program($postgrest);
}

unlike(slurp_file($node->logfile), qr/session has ended|pre_request/, 'the server\'s log has nothing of tokens that were refused');
done_testing();
