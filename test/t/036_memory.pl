# No secret stays in a backend's memory once it has been used: passwords, also
# wrong ones and those that are hashed anew; the text of private keys; the
# master key; keys of MACs, once they are replaced.  What the server itself keeps
# of a statement is out of our hands, so the passwords here are written as JSON
# escapes: as they are, only our code and pgcrypto ever had them.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../perl";

use AgentAuth;
use MIME::Base64;
use PostgreSQL::Test::Utils;
use Test::More;

use constant NEEDLE => 'what is certainly there';

plan skip_all => 'Python has no module cryptography'
  if system('python3 -c "import cryptography" >/dev/null 2>&1') != 0;

my $node = new_server('main');

sub sql { return $node->safe_psql('postgres', $_[0]) }

# What is in a table, opened as the server does; AES-256-GCM, with the name of the
# secret as additional data.
my $open = q{
import sys
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
key, label, sealed = bytes.fromhex(sys.argv[1]), sys.argv[2].encode(), bytes.fromhex(sys.argv[3])
sys.stdout.write(AESGCM(key).decrypt(sealed[1:13], sealed[13:], label).hex())
};
my ($master_key) = slurp_file($node->data_dir . '/agent_auth.key') =~ /^([0-9a-f]{64})$/m;

sub opened
{
	my ($label, $sealed) = @_;
	my ($out, $err) = run_command([ 'python3', '-c', $open, $master_key, $label, $sealed ]);
	die "$label: $err" if $out !~ /^[0-9a-f]+$/;
	return pack 'H*', $out;
}

# The numbers of a private key as its file has them, the most significant byte
# first, and as OpenSSL computes with them, the least.
my $numbers = q{
import sys
from cryptography.hazmat.primitives.serialization import load_der_private_key, Encoding, PrivateFormat, NoEncryption
key = load_der_private_key(bytes.fromhex(sys.argv[1]), None)
if hasattr(key, 'private_numbers'):
    n = key.private_numbers()
    values = [n.d, n.p, n.q] if hasattr(n, 'd') else [n.private_value]
    parts = [v.to_bytes((v.bit_length() + 7) // 8, 'big') for v in values]
else:
    parts = [key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())]
sys.stdout.write(' '.join(p.hex() for p in parts))
};

sub private_numbers
{
	my ($der) = @_;
	my ($out, $err) = run_command([ 'python3', '-c', $numbers, unpack('H*', $der) ]);
	die "no numbers: $err" if $out eq '';
	return map { pack 'H*', $_ } split / /, $out;
}

# One backend, looked into from outside.
my $session = $node->background_psql('postgres');
my $pid = $session->query_safe('SELECT pg_backend_pid()');

sub memory
{
	my @regions;
	open my $memory, '<:raw', "/proc/$pid/mem" or return;
	foreach (split /\n/, slurp_file("/proc/$pid/maps"))
	{
		my ($start, $end) = /^([0-9a-f]{1,12})-([0-9a-f]{1,12}) rw.p/ or next;
		no warnings 'portable';
		sysseek $memory, hex $start, 0;
		push @regions, $_ if defined sysread($memory, $_, hex($end) - hex($start));
	}
	return \@regions;
}

# How often the halves of each string are there: what is freed loses its first
# bytes or is overwritten in part.
sub count_in_memory
{
	my (@strings) = @_;
	my $memory = memory();
	my $found = 0;
	foreach my $string (map { my $half = int(length($_) / 2); (substr($_, 0, $half), substr $_, $half) } @strings)
	{
		$found += () = $_ =~ /\Q$string\E/g foreach @$memory;
	}
	return $found;
}

$session->query_safe("SELECT '@{[NEEDLE]}'");
plan skip_all => 'the memory of a backend cannot be read' if !memory() || count_in_memory(NEEDLE) == 0;

# Passwords
my %passwords = (right => 'Zq7 vermilion otter 91x', wrong => 'Qx4 magenta badger 88k', unknown => 'Vj2 turquoise heron 35m');
sql("SELECT agent_auth.create_agent('otter\@example.com', '$passwords{right}')");

sub ask
{
	my ($target, $headers, $body) = @_;
	return $session->query_safe("SELECT status FROM agent_auth.http('POST', '$target', '$headers', convert_to('$body', 'UTF8'), NULL)");
}
sub escaped { my ($string) = @_; return join '', map { sprintf '\u%04x', ord } split //, $string }
sub percent { my ($string) = @_; return join '', map { sprintf '%%%02x', ord } split //, $string }

sub log_in
{
	my ($name, $password) = @_;
	return ask('/agent-access-tokens', '{}', login_body($name, escaped($password)));
}

is(log_in('otter@example.com', $passwords{right}), '201', 'a login');
is(count_in_memory($passwords{right}), 0, 'its password is nowhere');
is(log_in('otter@example.com', $passwords{wrong}), '401', 'a wrong password');
is(count_in_memory($passwords{wrong}), 0, 'is nowhere');
is(log_in('nobody@example.com', $passwords{unknown}), '401', 'an unknown name');
is(count_in_memory($passwords{unknown}), 0, 'its password is nowhere');
$session->query_safe('SET agent_auth.bcrypt_cost = 5');
is(log_in('otter@example.com', $passwords{right}), '201', 'a login that hashes anew');
is(sql("SELECT agent_auth.password_cost(password_hash) FROM agent_auth.agent WHERE username LIKE 'otter%'"), '5', 'did');
is(count_in_memory($passwords{right}), 0, 'its password is nowhere');

# Given by SQL, it is in what the server makes of the statement, always after the
# length that begins a datum; not so our own copies.
sub count_copies
{
	my ($string) = @_;
	my $length = pack 'V', (length($string) + 4) << 2;
	my $short = pack 'C', (length($string) + 1) << 1 | 1;
	my $memory = memory();
	my $found = 0;
	$found += () = $_ =~ /(?<!\Q$length\E)(?<!\Q$short\E)\Q$string\E/g foreach @$memory;
	return $found;
}

foreach my $call ("agent_access_token('otter\@example.com', %s) ? 'accessToken'", "agent_auth.create_agent('by sql', %s) > 0", "agent_auth.set_password('by sql', %s) IS NOT NULL")
{
	my $password = reverse $call =~ s/\W//gr;
	my $hex = unpack 'H*', $password;
	like($session->query_safe('SELECT ' . sprintf($call, "convert_from(decode('$hex', 'hex'), 'UTF8')")), qr/^[tf]$/, $call);
	is(count_copies($password), 0, 'no copy of its password is anywhere');
}

# Secrets and tokens over HTTP, encoded
my $secret = sql("SELECT agent_auth.create_resource_server('wms')");
my %refresh_token = map { $_ => sql("SELECT agent_access_token('otter\@example.com', '$passwords{right}') ->> 'refreshToken'") } 'json', 'form', 'revoked';

my $form = '"content-type":"application/x-www-form-urlencoded"';

is(ask('/introspect', "{$form,\"authorization\":\"Basic " . encode_base64("wms:$secret", '') . '"}', 'token=x'), '200', 'a resource server asks');
is(count_in_memory($secret), 0, 'its secret is nowhere');
is(ask('/refresh-tokens', '{}', '{"data":{"type":"refresh-tokens","attributes":{"refreshToken":"' . escaped($refresh_token{json}) . '"}}}'), '201', 'a refresh');
is(ask('/token', "{$form}", 'grant_type=refresh_token&refresh_token=' . percent($refresh_token{form})), '200', 'a refresh by a form');
is(ask('/revoke', "{$form}", 'token=' . percent($refresh_token{revoked})), '200', 'a token is revoked');
is(count_in_memory($refresh_token{$_}), 0, "the token is nowhere: $_") foreach 'json', 'form', 'revoked';

# The master key, in each of its forms, and the private keys that it opens
foreach my $algorithm ('RS256', 'ES256', 'EdDSA')
{
	my $kid = $session->query_safe("SELECT agent_auth.rotate_signing_key('$algorithm')");
	my @numbers = private_numbers(opened("signing_key:$kid", sql("SELECT encode(sealed_private_key, 'hex') FROM agent_auth.signing_key WHERE kid = '$kid'")));

	is(count_in_memory(@numbers), 0, "$algorithm: what was made is nowhere as it is written");
	is(count_in_memory(map { scalar reverse } @numbers), 0, "$algorithm: nor as it is computed with") if $algorithm ne 'EdDSA';
	is(log_in('otter@example.com', $passwords{right}), '201', "$algorithm: a login signs");
	is(count_in_memory(@numbers), 0, "$algorithm: the key is nowhere as it is written") if $algorithm ne 'EdDSA';
	is($session->query_safe('SELECT agent_auth.master_key_complaint()'), '', "$algorithm: it is opened once more");
	is(count_in_memory(@numbers), 0, "$algorithm: and nowhere as it is written") if $algorithm ne 'EdDSA';
	is(count_in_memory($master_key, pack 'H*', $master_key), 0, "$algorithm: nor is the master key");
	cmp_ok(count_in_memory($algorithm eq 'EdDSA' ? @numbers : map { scalar reverse } @numbers), '>', 0, "$algorithm: it is there, to sign with");
	sql("SELECT agent_auth.rotate_signing_key('$algorithm'); SELECT agent_auth.revoke_signing_key('$kid')");
	$session->query_safe('SELECT agent_jwks()');
	is(count_in_memory(@numbers, map { scalar reverse } @numbers), 0, "$algorithm: revoked, it is nowhere");
}
is(count_in_memory($master_key, pack 'H*', $master_key), 0, 'the master key is nowhere');

# Keys of MACs: of refresh tokens, while they are in use, and of the trail
my $refresh_key = sub {
	my ($number) = @_;
	return opened("refresh_key:$number", sql("SELECT encode(sealed_key, 'hex') FROM agent_auth.refresh_key WHERE number = $number"));
};
my $old = $refresh_key->(1);
is(log_in('otter@example.com', $passwords{right}), '201', 'a login makes a refresh token');
is(count_in_memory($old), 2, 'its key is there once');
sql('SELECT agent_auth.rotate_refresh_key(); DELETE FROM agent_auth.refresh_key WHERE number = 1');
is(log_in('otter@example.com', $passwords{right}), '201', 'a login with another');
is(count_in_memory($old), 0, 'the old one is nowhere');
$old = $refresh_key->(2);
sql('DELETE FROM agent_auth.refresh_key; DELETE FROM agent_auth.signing_key');
$session->query_safe('SELECT agent_jwks()');
is(count_in_memory($old), 0, 'nor is that one, where no other has taken its place');
sql('SELECT agent_auth.rotate_signing_key()');
is($session->query_safe('SELECT agent_auth.rotate_refresh_key()'), '', 'one is made here');
is(count_in_memory($refresh_key->(2)), 0, 'and is nowhere');
cmp_ok($session->query_safe('SELECT agent_auth.audit_seal()'), '>', 0, 'the trail is sealed');
is($session->query_safe('SELECT intact FROM agent_auth.audit_verify()'), 't', 'and verified');
is(count_in_memory(opened('audit_key:1', sql("SELECT encode(sealed_key, 'hex') FROM agent_auth.audit_key"))), 0, 'its key is nowhere');

$session->quit;
done_testing();
