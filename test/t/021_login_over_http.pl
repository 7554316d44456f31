# The main job from end to end: a real client, the gateway, the extension; and
# the token checked by implementations that are not ours, from the published
# keys alone.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../perl";

use AgentAuth;
use JSON::PP;
use MIME::Base64 qw(decode_base64);
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

plan skip_all => 'the gateway is not built' if !-x gateway_program();

my $node = new_server('main');
my $gateway = start_gateway($node);
my $url = "http://127.0.0.1:$gateway->{port}";
my $dir = PostgreSQL::Test::Utils::tempdir();
my $route = '/agent-access-tokens';
my $json_api = [ 'Content-Type', 'application/vnd.api+json' ];

# curl, as the contract has it
open my $file, '>', "$dir/login.json" or die;
print $file login_body();
close $file;
my $document = `curl -sS -X POST -H 'Content-Type: application/vnd.api+json' --data \@$dir/login.json -w '%{stderr}%{http_code}' $url$route 2>$dir/status`;
is(slurp_file("$dir/status"), '201', 'curl logs in');
like($document, qr{^\{"data":\{"type":"agent-access-tokens","id":null,"attributes":\{"tokenType":"Bearer","expiresIn":28800,"accessToken":"[^"]+","refreshToken":"aart_[^"]+"\},"links":\{"self":"\Q$url\E/agent-access-tokens"\}\}\}$},
	'the document');
my $token = decode_json($document)->{data}{attributes}{accessToken};

# every failure, equal to the contract
my %detail = (4101 => '{"errors":[{"code":"4101","status":401,"detail":"Failed to authenticate an agent."}]}');
my $generic = sub { sprintf '{"errors":[{"status":%d,"detail":"%s"}]}', @_ };
foreach my $case (
	[ 'a wrong password', 'POST', [], login_body(undef, 'wrong'), 401, $detail{4101} ],
	[ 'an unknown user', 'POST', [], login_body('nobody@example.com'), 401, $detail{4101} ],
	[ 'a missing attribute', 'POST', [], '{"data":{"type":"agent-access-tokens","attributes":{"username":"maria@example.com"}}}', 401, $detail{4101} ],
	[ 'a wrong type', 'POST', [], '{"data":{"type":"agents","attributes":{}}}', 400, $generic->(400, 'Invalid type.') ],
	[ 'broken JSON', 'POST', [], '{"data":', 400, $generic->(400, 'Post data is invalid.') ],
	[ 'a megabyte', 'POST', [], 'x' x 1_000_000, 413, $generic->(413, 'Payload too large.') ],
	[ 'GET', 'GET', [], undef, 405, $generic->(405, 'Method Not Allowed') ],
	[ 'another path', 'POST', [], '{}', 404, $generic->(404, 'Not Found'), '/agents' ],
	[ 'text', 'POST', [ [ 'Content-Type', 'text/plain' ] ], '{}', 415, $generic->(415, 'Unsupported media type.') ],
	[ 'HTML wanted', 'POST', [ [ 'Accept', 'text/html' ] ], '{}', 406, $generic->(406, 'Not acceptable.') ],
	[ 'a bad token', 'POST', [ [ 'Authorization', 'Bearer x' ] ], login_body(), 401, '{"errors":[{"code":"001","status":401,"detail":"Invalid access token."}]}' ],
	[ 'a bad agent token', 'POST', [ [ 'X-Agent-Authorization', "Bearer ${token}x" ] ], login_body(), 401, '{"errors":[{"code":"4102","status":401,"detail":"Agent access token is invalid."}]}' ])
{
	my ($what, $method, $headers, $body, $status, $expected, $target) = @$case;
	my $answer = request($gateway, $method, $target // $route, [ @$headers, grep { !@$headers } $json_api ], $body);
	is("$answer->{status} $answer->{body}", "$status $expected", $what);
	is($answer->{headers}{'content-type'}, 'application/vnd.api+json', "$what: its type");
	is($answer->{headers}{'x-content-type-options'}, 'nosniff', "$what: nosniff");
	like($answer->{headers}{'www-authenticate'} // 'none', $status == 401 ? qr{^Bearer realm="agent"} : qr{^none$}, "$what: WWW-Authenticate");
}
is(request($gateway, 'POST', $route, [ [ 'X-Agent-Authorization', "Bearer $token" ] ], login_body())->{status}, 201, 'a good token does no harm');
is(request($gateway, 'POST', $route, [], login_body())->{headers}{'cache-control'}, 'no-store', 'no-store');

# locked out
request($gateway, 'POST', $route, [], login_body('locked@example.com', 'guess')) for 1 .. 9;
my $start = time;
my $locked = request($gateway, 'POST', $route, [], login_body('locked@example.com', 'guess'));
cmp_ok(time - $start, '>=', 0.2, 'the answer is held back');
is("$locked->{status} $locked->{body}", '429 {"errors":[{"code":"4401","status":429,"detail":"Too many log in attempts from your address. Please wait 6 minutes before trying again."}]}', 'locked out');
ok($locked->{headers}{'retry-after'} > 350 && $locked->{headers}{'retry-after'} <= 360, 'Retry-After');

# the token, checked by PyJWT from the key set alone, and by openssl
my $check = <<'PYTHON';
import json, sys, urllib.request, jwt
url, token = sys.argv[1:]
key = jwt.PyJWKClient(url).get_signing_key_from_jwt(token)
claims = jwt.decode(token, key.key, algorithms=[key._jwk_data["alg"]], audience="frontend",
                    options={"verify_sub": False})
print(json.dumps([jwt.get_unverified_header(token)["alg"], list(claims), claims["sub"]]))
PYTHON
foreach my $algorithm ('RS256', 'ES256', 'EdDSA')
{
	$node->safe_psql('postgres', "SELECT agent_auth.rotate_signing_key('$algorithm')");
	$token = decode_json(request($gateway, 'POST', $route, [], login_body())->{body})->{data}{attributes}{accessToken};
	my ($out, $err);
	IPC::Run::run [ '/usr/bin/python3', '-c', $check, "$url/.well-known/jwks.json", $token ], '>', \$out, '2>', \$err;
	is($err, '', "$algorithm: PyJWT accepts the token");
	my ($alg, $claims, $sub) = @{ decode_json($out || '["",[],""]') };
	is($alg, $algorithm, "$algorithm: its algorithm");
	is(join(' ', @$claims), 'aud jti iat nbf exp sub scopes sid', "$algorithm: its claims");
	like($sub, qr{^\{"id_company_user":null,"id_agent":\d+,"customer_reference":null,"id_customer":null,"permissions":null\}$}, "$algorithm: its subject");
	IPC::Run::run [ '/usr/bin/python3', '-c', $check, "$url/.well-known/jwks.json", ($token =~ s{\.(.)([^.]*)$}{'.' . ($1 eq 'A' ? 'B' : 'A') . $2}er) ], '>', \$out, '2>', \$err;
	like($err, qr/Signature verification failed/, "$algorithm: and no other");
}

# openssl knows nothing of JSON: the key as it is stored, which the key set repeats
$node->safe_psql('postgres', "SELECT agent_auth.rotate_signing_key('RS256')");
$token = decode_json(request($gateway, 'POST', $route, [], login_body())->{body})->{data}{attributes}{accessToken};
my ($signed, $signature) = $token =~ /^(.*)\.([^.]*)$/;
my %written = ('key.hex' => $node->safe_psql('postgres', 'SELECT encode(public_key, $$hex$$) FROM agent_auth.signing_key WHERE retired_at IS NULL'),
	'signed' => $signed, 'signature' => decode_base64(($signature =~ tr{-_}{+/}r) . '=='));
foreach my $name (keys %written)
{
	open my $out, '>:raw', "$dir/$name" or die;
	print $out $name eq 'key.hex' ? pack('H*', $written{$name}) : $written{$name};
	close $out;
}
is(`openssl dgst -sha256 -verify $dir/key.hex -keyform DER -signature $dir/signature $dir/signed 2>&1`, "Verified OK\n", 'openssl accepts the signature');

# a web page of another origin: what its browser asks first, and what it then lets the page read
$node->safe_psql('postgres', "ALTER ROLE gateway SET agent_auth.cors_origins = 'https://shop.example.com'");
my $for_pages = start_gateway($node);
my @from = ([ 'Origin', 'https://shop.example.com' ], [ 'Access-Control-Request-Method', 'POST' ]);
my $preflight = request($for_pages, 'OPTIONS', $route, \@from);
is("$preflight->{status} $preflight->{headers}{'access-control-allow-origin'} $preflight->{headers}{'access-control-allow-methods'}", '204 https://shop.example.com POST, OPTIONS', 'a preflight');
like($preflight->{headers}{'access-control-allow-headers'}, qr/\bX-Agent-Authorization\b/, 'the agent\'s header is allowed');
is(request($for_pages, 'POST', $route, \@from, login_body())->{headers}{'access-control-allow-origin'}, 'https://shop.example.com', 'the page may read the answer');
is(request($for_pages, 'OPTIONS', $route, [ [ 'Origin', 'https://evil.example.com' ] ])->{headers}{'access-control-allow-origin'}, undef, 'another page may not');
is(stop_gateway($for_pages), 0, 'that gateway stops');

# what the gateway's role may do: this, and nothing else
foreach my $query ('TABLE agent_auth.agent', 'SELECT agent_auth.rotate_signing_key()', "SELECT agent_access_token('x', 'x')", "CREATE TABLE agent_auth.t ()")
{
	isnt($node->psql('postgres', $query, connstr => $node->connstr('postgres') . ' user=gateway'), 0, "the gateway's role cannot: $query");
}

# the trail and the log
is($node->safe_psql('postgres', "SELECT DISTINCT peer FROM agent_auth.audit WHERE event LIKE 'login%'"), '127.0.0.1', 'the trail has the address');
is(stop_gateway($gateway), 0, 'the gateway stops');
my $logs = slurp_file($gateway->{log}) . slurp_file($node->logfile);
unlike($logs, qr/correct horse|aart_|eyJ|guess/, 'no log has a password or a token');

done_testing();
