# nginx with the files in examples/nginx: what it answers by itself, what it never
# lets through, what it vouches for, and what it logs.  That the contract holds
# behind it is shown in 027_contract.pl.

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

my $root = "$FindBin::RealBin/../..";

plan skip_all => 'the gateway is not built' if !-x gateway_program();
plan skip_all => 'nginx is not installed' if !nginx_program();

my $node = new_server('main');
$node->safe_psql('postgres', "INSERT INTO agent_auth.customer (customer_reference, email) VALUES ('DE--1', 'secret.search\@example.com')");
my $dir = PostgreSQL::Test::Utils::tempdir();

sub body_of
{
	my ($name, $content) = @_;
	open my $file, '>', "$dir/$name" or die;
	print $file $content;
	close $file;
	return "\@$dir/$name";
}

my @json_api = ('-H', 'Content-Type: application/vnd.api+json');
my @login = (@json_api, '--data-binary', body_of('login', login_body()));
my %document = (
	400 => '{"errors":[{"status":400,"detail":"Post data is invalid."}]}',
	404 => '{"errors":[{"status":404,"detail":"Not Found"}]}',
	415 => '{"errors":[{"status":415,"detail":"Unsupported media type."}]}',
	413 => '{"errors":[{"status":413,"detail":"Payload too large."}]}',
	429 => '{"errors":[{"code":"4401","status":429,"detail":"Too many log in attempts from your address. Please wait 1 minutes before trying again."}]}',
	500 => '{"errors":[{"status":500,"detail":"Internal Server Error"}]}',
	503 => '{"errors":[{"status":503,"detail":"Service Unavailable"}]}');

sub answers_by_itself
{
	my ($what, $answer, $status) = @_;
	diag($answer->{error}) if $answer->{status} == 0;
	is("$answer->{status} $answer->{body}", "$status $document{$status}", "$what: $status, in the API's words");
	is($answer->{headers}{'content-type'}, 'application/vnd.api+json', "$what: and type");
	is($answer->{headers}{'x-content-type-options'}, 'nosniff', "$what: nosniff");
	is($answer->{headers}{'retry-after'} // 'none', { 429 => 60, 503 => 5 }->{$status} // 'none', "$what: Retry-After");
	return;
}

# What holds with either file; "stop" ends what is behind.
sub try_proxy
{
	my ($name, $nginx, $stop) = @_;
	my @wrong = (@json_api, '--data-binary', body_of('wrong', login_body(NAME, 'wrong')));
	my $failures = sub { $node->safe_psql('postgres', "SELECT count(*) FROM agent_auth.audit WHERE event = 'login_failed'") };
	my $before = $failures->();

	# what comes through comes once
	my $answer = curl($nginx, '/agent-access-tokens', @login);
	is($answer->{status}, 201, "$name: a login");
	is($answer->{headers}{'strict-transport-security'}, 'max-age=31536000', "$name: HSTS");
	is(scalar(() = $answer->{head} =~ /^X-Content-Type-Options:/mig), 1, "$name: nosniff once");
	my $tokens = decode_json($answer->{body})->{data}{attributes};
	is(curl($nginx, '/agent-customer-search?q=secret.search', '-H', "Authorization: Bearer $tokens->{accessToken}")->{status}, 200, "$name: a search");
	is(curl($nginx, "/refresh-tokens/$tokens->{refreshToken}", '-X', 'DELETE', '-H', "Authorization: Bearer $tokens->{accessToken}")->{status}, 204, "$name: a logout");
	$answer = curl($nginx, '/agent-access-tokens', @wrong);
	is($answer->{status}, 401, "$name: a failed login");

	# who it is, is what nginx knows
	curl($nginx, '/agent-access-tokens', @wrong, map { ('-H', $_) } 'X-Real-IP: 198.51.100.1', 'X-Forwarded-For: 198.51.100.1', 'Forwarded: for=198.51.100.1', 'X-Original-Method: GET',
		'X-Original-URI: /agent-sessions', 'X-Original-Authorization: Bearer x', 'X-Original-Accept: text/html', 'X-Original-Content-Type: text/plain', 'X-Forwarded-Proto: ftp', 'X-Forwarded-Host: evil.example.com');
	is($node->safe_psql('postgres', "SELECT DISTINCT peer FROM agent_auth.audit WHERE event LIKE 'login%'"), '127.0.0.1', "$name: no address but the true one");
	is($failures->() - $before, 2, "$name: nor another method, target or type");

	# refusals of its own
	answers_by_itself("$name: a long body", curl($nginx, '/agent-access-tokens', @json_api, '--data-binary', body_of('long', 'x' x 70000)), 413);
	answers_by_itself("$name: out of the root", curl($nginx, '/%2e%2e/agent-access-tokens', @login), 400);
	answers_by_itself("$name: a bad escape", curl($nginx, '/%zz'), 400);
	answers_by_itself("$name: a long target", curl($nginx, '/' . 'x' x 9000), 400);
	answers_by_itself("$name: long headers", curl($nginx, '/', '-H', 'X-Long: ' . 'x' x 9000), 400);
	answers_by_itself("$name: TRACE", curl($nginx, '/agent-access-tokens', '-X', 'TRACE'), 400);
	answers_by_itself("$name: a coding that nobody knows", curl($nginx, '/', '-X', 'POST', '-H', 'Transfer-Encoding: gzip', '-d', 'x'), 400);
	answers_by_itself("$name: its own pages", curl($nginx, '/nginx/503'), 404);
	is(request($nginx, 'GET', '/')->{body}, $document{400}, "$name: no TLS");

	# more logins than a person makes: with any spelling that leads there
	my @answers = map { curl($nginx, $_, @wrong) } ('/agent-access-tokens', '/agent-access-tokens/', '/agent%2Daccess-tokens', '/%61gent-access-tokens?x=1') x 8;
	is(scalar(grep { $_->{status} != 429 && $_->{status} != 401 } @answers), 0, "$name: logins fail");
	answers_by_itself("$name: too many logins", (grep { $_->{body} eq $document{429} } @answers)[0], 429);
	is(curl($nginx, '/.well-known/jwks.json')->{status}, 200, "$name: nothing else is limited");
	is(curl($nginx, '/agent-access-tokens', '-X', 'OPTIONS', '-H', 'Origin: https://console.example.com')->{status}, 204, "$name: nor what a page asks before");
	curl($nginx, $_, '-X', 'DELETE') foreach '/refresh-tokens%2Faart_secret', '/aart_secret', '/agent-customer-search%3Fq=secret.search';

	# a fault: in the API's words, whoever has others
	rename $node->data_dir . '/agent_auth.key', $node->data_dir . '/agent_auth.key.away' or die;
	$node->restart;
	$node->safe_psql('postgres', "SELECT agent_auth.unlock_agent('@{[NAME]}')");
	my $fault;
	ok(wait_until(sub { ($fault = curl($nginx, '/token', '-d', "grant_type=refresh_token&refresh_token=$tokens->{refreshToken}"))->{status} != 503 }), "$name: a fault");
	answers_by_itself("$name: a fault", $fault, 500);
	ok(!exists $fault->{headers}{'proxy-status'}, "$name: nothing of what raised it");
	rename $node->data_dir . '/agent_auth.key.away', $node->data_dir . '/agent_auth.key' or die;

	# no database
	$node->stop('immediate');
	my $away = curl($nginx, '/.well-known/jwks.json');
	is("$away->{status} $away->{body}", "503 $document{503}", "$name: no database");
	ok($away->{headers}{'retry-after'} > 0, "$name: no database: Retry-After");
	is($away->{headers}{'content-type'}, 'application/vnd.api+json', "$name: no database: its type");
	$node->start;

	# nobody behind
	$stop->();
	answers_by_itself("$name: nobody behind", curl($nginx, '/.well-known/jwks.json'), 503);
	is(stop_program($nginx), 0, "$name: stops");

	# the log: routes, and nothing of what was in them
	my $log = slurp_file("$nginx->{dir}/access.log");
	like($log, qr{^127\.0\.0\.1 \[[^]]+\] DELETE /refresh-tokens 204 0$}m, "$name: a line in the log");
	unlike($log . slurp_file("$nginx->{dir}/error.log") . slurp_file("$nginx->{dir}/main.log"), qr/aart_|eyJ|secret|correct horse|q=/, "$name: no token, no password and no customer in the logs");
	return;
}

my $gateway = start_gateway($node, flags => [ '--trusted-proxy', '127.0.0.1' ]);
try_proxy('gateway.conf', start_nginx('gateway', '127.0.0.1:8080', $gateway->{port}), sub { stop_gateway($gateway) });

SKIP:
{
	skip 'node or what test/package.json names is not installed', 1 if !stand_in_is_ready();
	$node->restart;    # who was locked out is forgotten
	create_postgrest_roles($node, 'postgres', 'public');
	my $stand_in = start_postgrest($node, 'postgres', flags => ['--echo'], settings => { 'db-schemas' => 'public', 'db-pool' => 4 });
	my $nginx = start_nginx('postgrest', '127.0.0.1:3000', $stand_in->{port});
	my $seen = sub {
		my ($target, @headers) = @_;
		my $answer = curl($nginx, $target, map { ('-H', $_) } @headers);
		my $got = eval { decode_json($answer->{body}) } // { headers => {} };
		return { %$answer, line => join(' ', map { $_ // '' } @$got{qw(method url)}), sent => $got->{headers} };
	};

	# tables of one's own: with the token, and without what a client says of itself,
	# what nobody has named, and what is no text
	my $data = $seen->('/data/orders?select=id', 'Authorization: Bearer x', 'X-Real-IP: 198.51.100.1', 'User-Agent: ä', "Cookie: a=\xff", "X-Other: \xff", 'X-Original-Method: GET', 'Origin: https://console.example.com');
	is($data->{line}, 'GET /orders?select=id', 'postgrest.conf: a table');
	is_deeply($data->{sent}, { authorization => ['Bearer x'], 'x-real-ip' => ['127.0.0.1'], accept => ['*/*'], 'user-agent' => ["\xe4"], host => ["127.0.0.1:$nginx->{port}"], 'x-forwarded-proto' => ['https'] }, 'postgrest.conf: its headers');
	ok(!exists $seen->('/data/orders', "User-Agent: \xff")->{sent}{'user-agent'}, 'postgrest.conf: User-Agent in UTF-8 or not at all');

	# preferences: one by one, and no count but the exact one
	my %preferences = (
		'return=representation, count=exact, resolution=merge-duplicates' => 'return=representation resolution=merge-duplicates count=exact',
		'count=planned' => '', 'count=estimated' => '', 'count=planned,count=planned, return=minimal' => 'return=minimal', 'count="planned"' => '', 'COUNT=planned' => '',
		'timezone=Europe/Berlin; count=planned' => 'timezone=Europe/Berlin', 'max-affected=3,handling=strict,missing=default,tx=rollback' => 'missing=default handling=strict max-affected=3');
	foreach my $sent (sort keys %preferences)
	{
		is(join(' ', @{ $seen->('/data/orders', "Prefer: $sent")->{sent}{prefer} // [] }), $preferences{$sent}, "postgrest.conf: Prefer: $sent");
	}

	# what is not printable ASCII does not get through, at either place
	foreach my $bad ("Accept: \xff", "Accept: a\tb", "Authorization: Bearer \xe4", "Prefer: \xc3\xa4", "Range: \x01", 'Accept-Profile: ä', "Origin: \xff")
	{
		my ($name) = $bad =~ /^([^:]*)/;
		answers_by_itself("postgrest.conf: bytes in $name", $seen->('/data/orders', $bad), 400);
	}
	answers_by_itself('postgrest.conf: bytes in the target', curl($nginx, "/data/orders?x=\xff"), 400);
	answers_by_itself("postgrest.conf: $_ in the target", curl($nginx, "/data/orders?x=eq.$_"), 400)
	  foreach qw(%ff %80 %c3 %C3%28 %c0%80 %e0%80%80 %ed%a0%80 %f5%80%80%80 %f4%90%80%80 a%e2%82 %e2%82%ac%bf);
	is($seen->("/data/orders?x=eq.$_")->{line}, "GET /orders?x=eq.$_", "postgrest.conf: $_ in the target") foreach qw(%C3%a4 %e2%82%ac %F0%9F%98%80 %20%7e%00 %ef%bf%bd), 'x' x 4000, '%e2%82%ac' x 400;
	answers_by_itself("postgrest.conf: bytes in $_ at the front door", curl($nginx, '/.well-known/jwks.json', '-H', "$_: \xff"), 400)
	  foreach qw(Accept Authorization X-Agent-Authorization X-MFA-Code If-Match If-None-Match Origin);
	answers_by_itself('postgrest.conf: bytes in the target of the front door', curl($nginx, "/.well-known/jwks.json?x=\xff"), 400);
	is(curl($nginx, '/.well-known/jwks.json', '-H', "User-Agent: \xff", '-H', "Cookie: \xff", '-H', "X-Other: \xff")->{status}, 200, 'postgrest.conf: elsewhere they do not matter');

	# bodies of types that PostgREST decodes inside its transaction
	foreach my $type ('application/x-www-form-urlencoded', 'text/csv', 'text/plain', 'application/jsonx', 'application/octet-stream')
	{
		answers_by_itself("postgrest.conf: a body of $type", curl($nginx, '/data/orders', '-H', "Content-Type: $type", '-d', 'x'), 415);
	}
	is($seen->('/data/orders', "Content-Type: $_")->{sent}{'content-type'}[0], $_, "postgrest.conf: a body of $_") foreach 'application/json', 'application/json; charset=utf-8', 'application/vnd.pgrst.object+json', 'Application/JSON';

	# web pages: those that are named, with a header that is there once
	my %said = map { $_ => curl($nginx, '/data/orders', '-H', "Origin: $_") } 'https://console.example.com', 'https://evil.example.com';
	is_deeply([ $said{'https://console.example.com'}{head} =~ /^Access-Control-Allow-Origin: (.*?)\r?$/mig ], ['https://console.example.com'], 'postgrest.conf: a page that may read /data/');
	unlike($said{'https://evil.example.com'}{head}, qr/^Access-Control/mi, 'postgrest.conf: one that may not');
	is($said{$_}{headers}{vary}, 'Origin', "postgrest.conf: Vary, to $_") foreach sort keys %said;
	my @asks = ('-X', 'OPTIONS', '-H', 'Access-Control-Request-Method: PATCH', '-H', 'Access-Control-Request-Headers: authorization');
	my $preflight = curl($nginx, '/data/orders', @asks, '-H', 'Origin: https://console.example.com');
	is("$preflight->{status} $preflight->{headers}{'access-control-allow-origin'} $preflight->{headers}{'access-control-allow-methods'}", '204 https://console.example.com GET, HEAD, POST, PATCH, PUT, DELETE', 'postgrest.conf: a page asks before');
	like($preflight->{headers}{'access-control-allow-headers'}, qr/Authorization/, 'postgrest.conf: for its headers');
	$preflight = curl($nginx, '/data/orders', @asks, '-H', 'Origin: https://evil.example.com');
	is($preflight->{status}, 204, 'postgrest.conf: another asks before');
	unlike($preflight->{head}, qr/^Access-Control/mi, 'postgrest.conf: in vain');

	# longer bodies for provisioning alone
	my @long = (@json_api, '--data-binary', body_of('megabyte', 'x' x 1000000));
	isnt(curl($nginx, '/scim/v2/Users', @long)->{body}, $document{413}, 'postgrest.conf: a long body for /scim/');
	answers_by_itself('postgrest.conf: too long a body for /scim/', curl($nginx, '/scim/v2/Users', @json_api, '--data-binary', body_of('more', 'x' x 1100000)), 413);

	# functions are closed, however they are written
	foreach my $path ('/data/rpc/agent_http', '/data/%72pc/agent_http', '/data//rpc/agent_http', '/data/x/../rpc/agent_http', '/data/./rpc/agent_http', '/data/rpc%2Fagent_http', '/data/rpc', '/data', '/data/', '/data/?x', '/data/../rpc/agent_http', '/rpc/agent_http', '//rpc/agent_http')
	{
		my $closed = curl($nginx, $path, '-X', 'POST', '-H', 'Content-Type: application/octet-stream', '-H', 'X-Original-Method: GET', '-H', 'X-Original-URI: /.well-known/jwks.json', '-d', '');
		is("$closed->{status} $closed->{body}", "404 $document{404}", "postgrest.conf: closed: $path");
	}
	try_proxy('postgrest.conf', $nginx, sub { stop_program($stand_in) });
	is(slurp_file($stand_in->{log}), '', 'postgrest.conf: every header and byte was as it has to be');
}

done_testing();
