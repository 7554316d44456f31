# Access tokens that are not ours, or not good: each case by name, signed where
# it is by OpenSSL's own program, and refused wherever a token is taken.  What
# does not even have one of our headers and a good signature costs no look into
# the table of sessions.

use strict;
use warnings FATAL => 'all';

use Digest::SHA qw(hmac_sha256);
use FindBin;
use lib "$FindBin::RealBin/../perl";

use AgentAuth;
use Math::BigInt;
use MIME::Base64 qw(encode_base64 decode_base64url encode_base64url);
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_server('main');
my $dir = PostgreSQL::Test::Utils::tempdir();

sub sql { return $node->safe_psql('postgres', $_[0]) }

# Keys of which we have the private half: a retired one still verifies, and no
# private half is ever opened to verify.
sub new_key
{
	my ($name) = @_;
	system_or_bail('openssl', 'genpkey', '-quiet', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048', '-out', "$dir/$name.pem");
	system_or_bail('openssl', 'pkey', '-in', "$dir/$name.pem", '-pubout', '-outform', 'DER', '-out', "$dir/$name.der");
	system_or_bail('openssl', 'pkey', '-in', "$dir/$name.pem", '-pubout', '-out', "$dir/$name.pub");
	return slurp_file("$dir/$name.der");
}

sub install_key
{
	my ($name) = @_;
	my $der = unpack 'H*', new_key($name);
	sql("INSERT INTO agent_auth.signing_key (kid, algorithm, public_key, sealed_private_key, retired_at) VALUES ('$name', 'RS256', '\\x$der', '', now())");
	return;
}

sub rsa
{
	my ($input, $name) = @_;
	open my $file, '>:raw', "$dir/input" or die;
	print $file $input;
	close $file;
	system_or_bail('openssl', 'dgst', '-sha256', '-sign', "$dir/$name.pem", '-out', "$dir/signature", "$dir/input");
	return slurp_file("$dir/signature");
}

install_key($_) foreach qw(ours other revoked);
new_key('foreign');
sql("SELECT agent_auth.revoke_signing_key('revoked')");

my $good = sql("SELECT agent_access_token('@{[NAME]}', '@{[PASSWORD]}') ->> 'accessToken'");
my ($header, $payload, $signature) = split /\./, $good;
my $claims = decode_base64url($payload);
my $ours = '{"typ":"JWT","alg":"RS256","kid":"ours"}';

sub token
{
	my ($head, $body, $key) = @_;
	my $input = encode_base64url($head) . '.' . encode_base64url($body);
	return $input . '.' . encode_base64url(rsa($input, $key // 'ours'));
}

sub with
{
	my ($name, $value) = @_;
	my $changed = $claims;
	if (defined $value) { $changed =~ s/"$name":(?:"(?:[^"\\]|\\.)*"|\d+|\[[^]]*\])/"$name":$value/ or die $name }
	else { $changed =~ s/"$name":(?:"(?:[^"\\]|\\.)*"|\d+|\[[^]]*\]),?// or die $name }
	return token($ours, $changed);
}

sub hmac
{
	my ($head, $secret) = @_;
	my $input = encode_base64url($head) . ".$payload";
	return $input . '.' . encode_base64url(hmac_sha256($input, $secret));
}

# One more character of base64url than is canonical, of the same bytes.
sub other_last
{
	my ($segment) = @_;
	my $alphabet = join '', 'A' .. 'Z', 'a' .. 'z', 0 .. 9, '-_';
	my $value = index $alphabet, substr $segment, -1;
	return substr($segment, 0, -1) . substr $alphabet, $value ^ 1, 1;
}

my $now = sql('SELECT extract(epoch FROM now())::bigint');
my ($sid) = $claims =~ /"sid":"([^"]+)"/;
my $public = slurp_file("$dir/ours.pub");
my $mine = token($ours, $claims);

# [name, token, whether the session is looked up]
my @cases = (
	# segments
	[ 'empty', '', 0 ], [ 'one segment', $header, 0 ], [ 'two segments', "$header.$payload", 0 ], [ 'four segments', "$good.x", 0 ],
	[ 'five segments, as a JWE', "$header.x.$payload.x.$signature", 0 ], [ 'no signature', "$header.$payload.", 0 ], [ 'no payload', "$header..$signature", 0 ],
	[ 'no header', ".$payload.$signature", 0 ], [ 'another case of the header', "\L$header\E.$payload.$signature", 0 ],
	# encoding
	[ 'padding', "$good==", 0 ], [ 'padded payload', "$header.$payload=.$signature", 0 ], [ 'a blank before', " $good", 0 ], [ 'a blank after', "$good ", 0 ],
	[ 'a line feed after', "$good\n", 0 ], [ 'a blank inside', "$header. $payload.$signature", 0 ],
	[ 'standard base64', "$header.$payload." . encode_base64(decode_base64url($signature), ''), 0 ],
	[ 'a non-canonical signature', "$header.$payload." . other_last($signature), 0 ], [ 'a non-canonical payload', "$header." . other_last($payload) . ".$signature", 0 ],
	[ 'a megabyte', 'a' x 1_000_000, 0 ], [ 'a megabyte of payload', "$header." . 'a' x 1_000_000 . ".$signature", 0 ],
	[ 'a signature cut off', substr($good, 0, -4), 0 ], [ 'a longer signature', "${good}AAAA", 0 ], [ 'a bit flipped', $header . '.' . ($payload =~ s/^(.{40})(.)/$1 . ($2 eq 'A' ? 'B' : 'A')/er) . ".$signature", 0 ],
	# headers, each with a signature that is good for it
	[ 'alg none', encode_base64url('{"typ":"JWT","alg":"none"}') . ".$payload.", 0 ], [ 'alg none with our kid', encode_base64url('{"typ":"JWT","alg":"none","kid":"ours"}') . ".$payload.", 0 ],
	[ 'alg nOnE', token('{"typ":"JWT","alg":"nOnE","kid":"ours"}', $claims), 0 ],
	[ 'HMAC with the public key, PEM', hmac('{"typ":"JWT","alg":"HS256","kid":"ours"}', $public), 0 ],
	[ 'HMAC with the public key, DER', hmac('{"typ":"JWT","alg":"HS256","kid":"ours"}', slurp_file("$dir/ours.der")), 0 ],
	[ 'HMAC under our header', hmac($ours, $public), 0 ],
	[ 'alg RS512', token('{"typ":"JWT","alg":"RS512","kid":"ours"}', $claims), 0 ], [ 'alg ES256', token('{"typ":"JWT","alg":"ES256","kid":"ours"}', $claims), 0 ],
	[ 'alg PS256', token('{"typ":"JWT","alg":"PS256","kid":"ours"}', $claims), 0 ],
	[ 'no kid', token('{"typ":"JWT","alg":"RS256"}', $claims), 0 ], [ 'an unknown kid', token('{"typ":"JWT","alg":"RS256","kid":"x"}', $claims), 0 ],
	[ 'an SQL kid', token(q({"typ":"JWT","alg":"RS256","kid":"' OR true --"}), $claims), 0 ],
	[ 'kid of another key', token('{"typ":"JWT","alg":"RS256","kid":"other"}', $claims), 0 ],
	[ 'an embedded jwk', token('{"typ":"JWT","alg":"RS256","kid":"ours","jwk":{"kty":"RSA","e":"AQAB","n":"x"}}', $claims, 'foreign'), 0 ],
	[ 'a jku', token('{"typ":"JWT","alg":"RS256","kid":"ours","jku":"https://attacker.example.com/jwks.json"}', $claims), 0 ],
	[ 'an x5c', token('{"typ":"JWT","alg":"RS256","kid":"ours","x5c":["MII"]}', $claims), 0 ], [ 'an x5u', token('{"typ":"JWT","alg":"RS256","kid":"ours","x5u":"https://attacker.example.com/"}', $claims), 0 ],
	[ 'a crit', token('{"typ":"JWT","alg":"RS256","kid":"ours","crit":["b64"],"b64":false}', $claims), 0 ],
	[ 'a reordered header', token('{"alg":"RS256","typ":"JWT","kid":"ours"}', $claims), 0 ], [ 'a re-spaced header', token('{"typ": "JWT","alg":"RS256","kid":"ours"}', $claims), 0 ],
	[ 'another typ', token('{"typ":"at+jwt","alg":"RS256","kid":"ours"}', $claims), 0 ], [ 'a header that is an array', token('[]', $claims), 0 ], [ 'a header that is no JSON', token('x', $claims), 0 ],
	# keys
	[ 'a foreign key', token($ours, $claims, 'foreign'), 0 ], [ 'another key of ours', token($ours, $claims, 'other'), 0 ],
	[ 'a revoked key', token('{"typ":"JWT","alg":"RS256","kid":"revoked"}', $claims, 'revoked'), 0 ],
	[ 'the payload of another token', do { my ($h, undef, $s) = split /\./, $mine; "$h." . encode_base64url(($claims =~ s/"id_agent/"id_agenT/r)) . ".$s" }, 0 ],
	# payloads, signed by our key
	[ 'an array', token($ours, '[]'), 0 ], [ 'a string', token($ours, '"x"'), 0 ], [ 'a number', token($ours, '1'), 0 ], [ 'null', token($ours, 'null'), 0 ], [ 'an empty object', token($ours, '{}'), 0 ],
	[ 'no JSON', token($ours, '{'), 0 ], [ 'single quotes', token($ours, $claims =~ s/"aud":"frontend"/'aud':'frontend'/r), 0 ], [ 'trailing bytes', token($ours, "$claims x"), 0 ],
	[ 'two objects', token($ours, "$claims$claims"), 0 ], [ 'a NUL', token($ours, "$claims\0"), 0 ], [ 'an escaped NUL', with('jti', '"\\u0000"'), 0 ], [ 'no UTF-8', token($ours, $claims =~ s/"frontend"/"frontend\xFF"/r), 0 ],
	[ 'nested deep', with('jti', '[' x 2000 . ']' x 2000), 0 ], [ 'a number too large', with('iat', '1e400'), 0 ], [ 'a fraction', with('exp', '9999999999.5'), 0 ],
	( map { [ "an exp of $_", with('exp', $_), 0 ] } '9223372036854775808', '18446744073709551616', '9' x 40, '-9223372036854775809' ), [ 'an iat of 65 bits', with('iat', '36893488147419103232'), 0 ],
	[ 'no sid', with('sid'), 0 ], [ 'a sid that is a number', with('sid', 1), 0 ], [ 'a sid that is no UUID', with('sid', '"x"'), 0 ], [ 'an upper-case sid', with('sid', "\"\U$sid\""), 0 ],
	( map { [ "a sid and $_ behind it", with('sid', "\"$sid$_\""), 0 ] } 'a', 'ff', '-', ' ', 'x', '00000000' ), [ 'a sid cut off', with('sid', '"' . substr($sid, 0, -1) . '"'), 0 ],
	[ 'an unknown sid', with('sid', '"00000000-0000-4000-8000-000000000000"'), 1 ],
	[ 'no exp', with('exp'), 0 ], [ 'an exp that is a string', with('exp', '"9999999999"'), 0 ], [ 'an exp of 0', with('exp', 0), 0 ], [ 'expired long ago', with('exp', $now - 3600), 0 ],
	[ 'expired at this very second', with('exp', $now), 0 ], [ 'an nbf to come', with('nbf', $now + 3600), 0 ],
	[ 'no aud', with('aud'), 0 ], [ 'another aud', with('aud', '"backend"'), 0 ], [ 'an aud that is an array', with('aud', '["frontend"]'), 0 ], [ 'an iss that we do not have', with('aud', '"frontend","iss":"https://other.example.com"'), 0 ]);

# the controls: what is signed like that is good
is(sql("SELECT agent_auth.verify('$good') IS NOT NULL"), 't', 'control: a token of ours is good');
is(sql("SELECT agent_auth.verify('$mine') IS NOT NULL"), 't', 'control: so is one that we have signed here');
is(sql("SELECT agent_auth.verify('@{[with('exp', $now + 3600)]}') IS NOT NULL"), 't', 'control: and one with another exp');

sql('CREATE FUNCTION session_scans() RETURNS bigint LANGUAGE sql AS $$ SELECT coalesce(seq_scan, 0) + coalesce(idx_scan, 0) FROM pg_stat_xact_user_tables WHERE relid = \'agent_auth.session\'::regclass $$');
my $introspect = "agent_token_introspection('$good', token)";
foreach my $case (@cases)
{
	my ($name, $token, $looks) = @$case;
	my $literal = "E'" . ($token =~ s/(['\\])/\\$1/gr) . "'";
	my $answer = sql("
		BEGIN;
		SELECT agent_auth.verify('$good') IS NOT NULL AS warm \\gset
		SELECT session_scans() AS before \\gset
		WITH t AS MATERIALIZED (SELECT $literal AS token), v AS MATERIALIZED (SELECT token, agent_auth.verify(token) IS NULL AS refused FROM t)
		SELECT refused, session_scans() - :before AS scans, $introspect AS introspected,
			(SELECT convert_from(body, 'UTF8')::json #>> '{errors,0,code}' FROM agent_auth.http('DELETE', '/refresh-tokens/mine', jsonb_build_object('authorization', 'Bearer ' || token), NULL, NULL)) AS authorization,
			(SELECT convert_from(body, 'UTF8')::json #>> '{errors,0,code}' FROM agent_auth.http('DELETE', '/refresh-tokens/mine', jsonb_build_object('x-agent-authorization', 'Bearer ' || token), NULL, NULL)) AS agent
		FROM v;
		ROLLBACK;");
	my $scans = $looks ? '[1-9]\d*' : '0';
	# after "Bearer" any number of blanks may come
	my $codes = $token eq '' ? '001\|002' : $token =~ /^ / ? '\|4102' : '001\|4102';
	like($answer, qr/^t\|$scans\|\{"active": false\}\|$codes$/, "$name: refused, 001 and 4102, not active" . ($looks ? '' : ', no session looked up'));
}

# ES256: the other form of a signature, (r, n - s), is another token of the same content
sub other_form
{
	my ($input, $raw) = $_[0] =~ /^(.*)\.([^.]+)$/;
	my $bytes = decode_base64url($raw);
	my $s = Math::BigInt->from_hex(unpack 'H*', substr $bytes, 32);
	my $n = Math::BigInt->from_hex('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551');
	return "$input." . encode_base64url(substr($bytes, 0, 32) . pack 'H*', sprintf '%064s', substr($n->bsub($s)->as_hex, 2));
}
sql("SELECT agent_auth.rotate_signing_key('ES256')");
foreach my $n (1 .. 6)
{
	my $token = sql("SELECT agent_access_token('@{[NAME]}', '@{[PASSWORD]}') ->> 'accessToken'");
	my $other = other_form($token);
	isnt($other, $token, "ES256, $n: there is another form");
	is(other_form($other), $token, "ES256, $n: whose other form is the first");
	is(sql("SELECT agent_auth.verify('$token') IS NOT NULL, agent_auth.verify('$other') IS NULL, agent_token_introspection('$token', '$other')"), 't|t|{"active": false}', "ES256, $n: refused");

	# as 0.1.0 has signed half of its tokens: until these have expired
	my $since = sub { my ($ago) = @_; return sql("BEGIN; UPDATE agent_auth.signing_key SET low_s_since = now() - interval '$ago' WHERE retired_at IS NULL; SELECT agent_auth.verify('$token') IS NOT NULL, agent_auth.verify('$other') IS NOT NULL; ROLLBACK") };
	is($since->('7 hours 59 minutes'), 't|t', "ES256, $n: good for a while where 0.1.0 has used the key");
	is($since->('8 hours'), 't|f', "ES256, $n: and no longer");
}

done_testing();
