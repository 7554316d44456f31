# The OAuth endpoints and the list of sessions over real HTTP, by clients that are
# not ours: curl, and an OAuth library that finds its way by the metadata.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../perl";

use AgentAuth;
use JSON::PP;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'the gateway is not built' if !-x gateway_program();
plan skip_all => 'python3-requests-oauthlib is not installed' if system('python3 -c "import requests_oauthlib" 2>/dev/null') != 0;

my $node = new_server('main');
my $gateway = start_gateway($node);
my $url = "http://127.0.0.1:$gateway->{port}";
my $secret = $node->safe_psql('postgres', "SELECT agent_auth.create_resource_server('shop-api')");

sub log_in
{
	my $answer = request($gateway, 'POST', '/agent-access-tokens', [], login_body());
	return decode_json($answer->{body})->{data}{attributes};
}

# standard output and the HTTP status
sub curl
{
	my ($out, $err) = ('', '');
	IPC::Run::run([ 'curl', '-sS', '-w', '%{stderr}%{http_code}', @_ ], '>', \$out, '2>', \$err, IPC::Run::timeout(300));
	return "$err $out";
}

# a library refreshes, from nothing but the issuer's address
my $first = log_in();
my $python = <<'PYTHON';
import json, os, sys
os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
import requests
from requests_oauthlib import OAuth2Session
url, access, refresh = sys.argv[1:]
metadata = requests.get(url + "/.well-known/oauth-authorization-server", timeout=30).json()
session = OAuth2Session("shop", token={"access_token": access, "refresh_token": refresh, "token_type": "Bearer", "expires_in": -1},
                        auto_refresh_url=metadata["token_endpoint"], auto_refresh_kwargs={"client_id": "shop"}, token_updater=lambda t: print(json.dumps(t)))
print(session.get(url + "/agent-sessions", timeout=30).status_code)
try:
    session.refresh_token(metadata["token_endpoint"], refresh_token="aart_x")
except Exception as error:
    print(type(error).__name__)
PYTHON
my ($out, $err) = ('', '');
IPC::Run::run([ 'python3', '-c', $python, $url, $first->{accessToken}, $first->{refreshToken} ], '>', \$out, '2>', \$err, IPC::Run::timeout(300));
my ($token, $status, $error) = split /\n/, $out;
is($err, '', 'the library is content');
my $second = decode_json($token);
is($status, 200, 'it refreshed by itself, and its new token is good');
isnt($second->{access_token}, $first->{accessToken}, 'which is another');
is($error, 'InvalidGrantError', 'it understands a refused refresh token');

# introspection by a resource server, and by an agent
my @ask = ('--data-urlencode', "token=$second->{access_token}", "$url/introspect");
my $answer = curl('-u', "shop-api:$secret", @ask);
like($answer, qr/^200 \{"active":true,"scope":"agent","token_type":"Bearer",/, 'a resource server asks');
like(curl('-H', "Authorization: Bearer $second->{access_token}", @ask), qr/^200 \{"active":true/, 'an agent asks');
like(curl('-u', 'shop-api:wrong', @ask), qr/^401 \{"error":"invalid_client"/, 'a wrong secret');
like(curl('-X', 'POST', "$url/introspect"), qr/^401 \{"error":"invalid_client"/, 'nobody');
like(curl('-u', "shop-api:$secret", '-H', 'Content-Type: application/json', '-d', '{}', "$url/introspect"), qr/^415 \{"errors"/, 'no form');

# the sessions of the agent, and ending one
my $other = log_in();
my $sessions = decode_json(request($gateway, 'GET', '/agent-sessions', [ [ 'Authorization', "Bearer $second->{access_token}" ], [ 'Host', "127.0.0.1:$gateway->{port}" ] ])->{body});
is(scalar @{ $sessions->{data} }, 2, 'two sessions');
is($sessions->{data}[0]{attributes}{peer}, '127.0.0.1', 'and from where');
like($sessions->{data}[0]{links}{self}, qr{^\Q$url\E/agent-sessions/[0-9a-f-]{36}$}, 'and their addresses');
like(curl('-X', 'DELETE', '-H', "X-Agent-Authorization: Bearer $second->{access_token}", $sessions->{data}[0]{links}{self}), qr/^204 $/, 'one is ended');
like(curl('-H', "Authorization: Bearer $other->{accessToken}", "$url/agent-sessions"), qr/^401 .*"code":"001"/, 'and its token is dead');

# revoking
like(curl('-d', "token=$second->{refresh_token}", "$url/revoke"), qr/^200 \{\}$/, 'a token is revoked');
like(curl('-u', "shop-api:$secret", @ask), qr/^200 \{"active":false\}$/, 'and not active');
like(curl('-d', 'token=x', "$url/revoke"), qr/^200 \{\}$/, 'and so is none');

my $log = slurp_file($gateway->{log});
unlike($log, qr/\Q$secret\E|aart_|eyJ/, 'nothing of it in the log');
is(stop_gateway($gateway), 0, 'the gateway stops');
done_testing();
