# The gateway's own TLS: which versions and algorithms it speaks, what it shows,
# and that a new certificate is taken up while connections stay.  Asked with
# curl and openssl, against a function that answers with what it was told.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../perl";

use AgentAuth;
use IPC::Run ();
use POSIX ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'the gateway is not built' if !-x gateway_program();
plan skip_all => 'needs curl and openssl' if !`curl --version 2>/dev/null` || !`openssl version 2>/dev/null`;

my $dir = PostgreSQL::Test::Utils::tempdir();

sub openssl
{
	my ($out, $err) = ('', '');
	IPC::Run::run [ 'openssl', @_ ], '<', \'', '>', \$out, '2>', \$err, IPC::Run::timeout(300);
	return ($out, $err);
}

sub write_file
{
	my ($name, $content, $mode) = @_;
	unlink $name;
	open my $file, '>', $name or die "cannot write $name: $!";
	chmod $mode // 0600, $name;
	print $file $content;
	close $file;
	return $name;
}

# A certificate authority, one below it, and what it issues.
sub issue
{
	my ($name, $issuer, $extensions, @key) = @_;
	my @sign = $issuer ? ('-CA', "$dir/$issuer.crt", '-CAkey', "$dir/$issuer.key", '-CAcreateserial') : ('-signkey', "$dir/$name.key");

	openssl('genpkey', '-out', "$dir/$name.key", @key ? @key : ('-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'));
	openssl('req', '-new', '-key', "$dir/$name.key", '-subj', "/CN=$name.example.com", '-out', "$dir/$name.csr");
	write_file("$dir/$name.ext", $extensions);
	openssl('x509', '-req', '-in', "$dir/$name.csr", @sign, '-days', '30', '-extfile', "$dir/$name.ext", '-out', "$dir/$name.crt");
	-s "$dir/$name.crt" or die "no certificate $name";
	chmod 0600, "$dir/$name.key";
	return;
}
my $ours = "subjectAltName=DNS:shop.example.com\n";
issue('root', undef, "basicConstraints=critical,CA:TRUE\n");
issue('middle', 'root', "basicConstraints=critical,CA:TRUE\n");
issue('first', 'middle', $ours, '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048');
issue('second', 'middle', $ours);
openssl('pkey', '-in', "$dir/first.key", '-aes128', '-passout', 'pass:secret', '-out', "$dir/locked.key");

# What the gateway is told to show: copies, so that they can be replaced.
my ($certificate, $key) = ("$dir/shown.crt", "$dir/shown.key");
sub show
{
	my ($name, $key_of) = @_;
	write_file($certificate, slurp_file("$dir/$name.crt") . slurp_file("$dir/middle.crt"));
	write_file($key, slurp_file("$dir/" . ($key_of // $name) . '.key'));
	return;
}
show('first');

# what makes no sense
write_file("$dir/empty", '');
write_file("$dir/unreadable", 'x', 0000);
POSIX::mkfifo("$dir/pipe", 0600) or die "$dir/pipe: $!";
foreach my $case (
	[ [ '--tls-certificate', $certificate ], qr{--tls-key}, 'no key' ],
	[ [ '--tls-key', $key ], qr{--tls-certificate}, 'no certificate' ],
	[ [ '--tls-certificate', "$dir/none", '--tls-key', $key ], qr{certificate ".*none": No such file}, 'a certificate that is missing' ],
	[ [ '--tls-certificate', $certificate, '--tls-key', "$dir/none" ], qr{key ".*none": No such file}, 'a key that is missing' ],
	[ [ '--tls-certificate', $certificate, '--tls-key', "$dir/unreadable" ], qr{key ".*unreadable": Permission denied}, 'a key that cannot be read' ],
	[ [ '--tls-certificate', $dir, '--tls-key', $key ], qr{certificate ".*": Is a directory}, 'a folder' ],
	[ [ '--tls-certificate', "$dir/pipe", '--tls-key', $key ], qr{certificate ".*pipe": it is no regular file}, 'a pipe that nobody writes to' ],
	[ [ '--tls-certificate', $certificate, '--tls-key', "$dir/pipe" ], qr{key ".*pipe": it is no regular file}, 'one as the key' ],
	[ [ '--tls-certificate', "$dir/empty", '--tls-key', $key ], qr{no certificate.*empty}, 'an empty certificate' ],
	[ [ '--tls-certificate', $key, '--tls-key', $key ], qr{no certificate}, 'a key as the certificate' ],
	[ [ '--tls-certificate', $certificate, '--tls-key', $certificate ], qr{no key}, 'a certificate as the key' ],
	[ [ '--tls-certificate', $certificate, '--tls-key', "$dir/locked.key" ], qr{no key without a password}, 'a key with a password' ],
	[ [ '--tls-certificate', $certificate, '--tls-key', "$dir/second.key" ], qr{the key is not the certificate's}, 'another\'s key' ])
{
	my ($flags, $sentence, $what) = @$case;
	my ($out, $err);
	IPC::Run::run [ gateway_program(), '--listen', '127.0.0.1:0', @$flags ], '>', \$out, '2>', \$err, IPC::Run::timeout(300);
	is($? >> 8, 2, "flags: $what: exit status");
	like($err, $sentence, "flags: $what: a sentence");
	unlike($err, qr{BEGIN|^[A-Za-z0-9+/]{40}}m, "flags: $what: nothing of the files");
}

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql('postgres', q{
	CREATE ROLE gateway LOGIN;
	CREATE SCHEMA agent_auth;
	GRANT USAGE ON SCHEMA agent_auth TO gateway;
	CREATE FUNCTION agent_auth.http(text, text, jsonb, bytea, inet,
		OUT status int, OUT headers jsonb, OUT body bytea) LANGUAGE sql
		AS $$ SELECT 200, '{"Content-Type":"text/plain"}'::jsonb, convert_to(($3 ->> 'x-forwarded-proto') || ' ' || ($3 ->> 'host'), 'UTF8') $$;
});

my $gateway = start_gateway($node, wait => 0,
	flags => [ '--tls-certificate', $certificate, '--tls-key', $key, '--trusted-proxy', '127.0.0.2', '--request-timeout', 2 ]);

# What curl gets: the status, and all that came.
sub curl
{
	my ($target, @more) = @_;
	my ($out, $err) = ('', '');
	IPC::Run::run [ 'curl', '-sS', '-i', '--noproxy', '*', '--max-time', '120', '--cacert', "$dir/root.crt",
		'--resolve', "shop.example.com:$gateway->{port}:127.0.0.1", @more, "https://shop.example.com:$gateway->{port}$target" ],
	  '>', \$out, '2>', \$err, IPC::Run::timeout(300);
	return $out . $err;
}
ok(wait_until(sub { curl('/readyz') =~ m{^HTTP/1\.1 200} }), 'curl trusts it');
my $answer = curl('/any');
like($answer, qr{^https shop\.example\.com:\d+$}m, 'links are https');
like($answer, qr{^Strict-Transport-Security: max-age=31536000\r$}m, 'HSTS');
like(curl('/healthz', '-X', 'POST'), qr{^HTTP/1\.1 405.*^Strict-Transport-Security}ms, 'HSTS with what the gateway answers by itself');
like(curl('/any', '--interface', '127.0.0.2', '-H', 'X-Forwarded-Proto: http'), qr{^http shop}m, 'a trusted proxy has the word on the scheme');
like(curl('/any', '--interface', '127.0.0.2'), qr{^https shop}m, 'unless it says nothing');
like(curl('/any', '-H', 'X-Forwarded-Proto: http'), qr{^https shop}m, 'nobody else has');

# Versions and algorithms.  A server that speaks all of them shows that it is
# not the client who refuses.
sub handshake_with { my $port = shift; return join '', openssl('s_client', '-connect', "127.0.0.1:$port", '-CAfile', "$dir/root.crt", @_) }
sub handshake { return handshake_with($gateway->{port}, @_) }
my $other_port = PostgreSQL::Test::Cluster::get_free_port();
my ($in, $said) = ('', '');
my $other = IPC::Run::start [ 'openssl', 's_server', '-accept', "127.0.0.1:$other_port", '-cert', "$dir/first.crt", '-key', "$dir/first.key",
	'-cipher', 'ALL:@SECLEVEL=0', '-quiet' ], '<', \$in, '>', \$said, '2>', \$said;
ok(wait_until(sub { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $other_port) }), 'a server that speaks all');
my @old = ('-cipher', 'ALL:@SECLEVEL=0');
foreach my $case (
	[ [ '-tls1_3' ], qr{^New, TLSv1\.3, Cipher is TLS_}m, 'TLS 1.3' ],
	[ [ '-tls1_2' ], qr{^New, TLSv1\.2, Cipher is ECDHE-RSA-AES256-GCM}m, 'TLS 1.2' ],
	[ [ '-tls1_1', @old ], undef, 'TLS 1.1' ],
	[ [ '-tls1', @old ], undef, 'TLS 1.0' ],
	[ [ '-tls1_2', '-cipher', 'AES128-GCM-SHA256' ], undef, 'key exchange without forward secrecy' ],
	[ [ '-tls1_2', '-cipher', 'ECDHE-RSA-AES128-SHA256' ], undef, 'CBC' ])
{
	my ($flags, $expected, $what) = @$case;
	my $heard = handshake(@$flags);
	like($heard, $expected // qr{Cipher is \(NONE\)}, defined $expected ? $what : "no $what");
	like($heard, qr{alert (protocol version|handshake failure)}, "no $what: says why") if !defined $expected;
	unlike(handshake_with($other_port, @$flags), qr{Cipher is \(NONE\)}, "elsewhere: $what") if !defined $expected;
}
$other->kill_kill;
my $shown = handshake('-showcerts');
like($shown, qr{Verify return code: 0 \(ok\)}, 'the chain leads to the authority');
is(() = $shown =~ /BEGIN CERTIFICATE/g, 2, 'of two certificates, without the root');

# plain HTTP, nonsense and silence
like(send_raw($gateway, [ "GET / HTTP/1.1\r\nHost: x\r\n\r\n" ]), qr{^\x15\x03..\x02\x02.$}s, 'plain HTTP gets an alert and no answer');
like(curl('/any', '-X', 'POST', '-H', 'Content-Length: abc'), qr/^HTTP\/1\.1 400 (?!.*HTTP).*\r\n\r\n/s, 'a length that is no number: one answer');
is(send_raw($gateway, [ "\x16\x03\x01" ], seconds => 25) =~ /HTTP/ ? 'HTTP' : 'end', 'end', 'half a handshake is cut off');
like(curl('/any'), qr{^HTTP/1\.1 200}, 'others are served');

# a new certificate, while a connection stays
sub shown_name { return handshake() =~ /^subject=CN = (\w+)/m ? $1 : 'none' }
my ($to, $from, $noise) = ('', '', '');
my $held = IPC::Run::start [ 'openssl', 's_client', '-quiet', '-connect', "127.0.0.1:$gateway->{port}", '-CAfile', "$dir/root.crt" ],
  '<', \$to, '>', \$from, '2>', \$noise, IPC::Run::timeout(300);
sub ask_held
{
	$from = '';
	$to .= "GET /any HTTP/1.1\r\nHost: held.example.com\r\n\r\n";
	$held->pump until $from =~ /https held\.example\.com$/;
	return $from =~ m{^HTTP/1\.1 (\d+)} ? $1 : 0;
}
my $log = sub { slurp_file($gateway->{log}) };
sub reload
{
	my ($line) = @_;
	my $before = () = $log->() =~ /$line/g;
	kill 'HUP', $gateway->{pid};
	return wait_until(sub { (() = $log->() =~ /$line/g) > $before });
}
is(ask_held(), 200, 'a connection');
is(shown_name(), 'first', 'the first certificate');
show('second');
ok(reload('level=info msg="a TLS certificate was read"'), 'SIGHUP');
is(shown_name(), 'second', 'the second certificate');
like(handshake('-tls1_2'), qr{Cipher is ECDHE-ECDSA}, 'and its key');
is(ask_held(), 200, 'the connection has stayed');
show('first', 'second');
ok(reload('level=error msg="the TLS certificate stays as it was" reason="the key is not'), 'another\'s key: an error');
is(shown_name(), 'second', 'the second certificate is still shown');
unlink $certificate;
ok(reload('level=error msg="the TLS certificate stays as it was" reason="cannot read'), 'no file: an error');
is(shown_name(), 'second', 'and still');
show('first');
chmod 0640, $key;
ok(reload('level=warning msg="the TLS key\'s file is open to group or others'), 'a key open to a group: a warning');
is(shown_name(), 'first', 'the first certificate again');
is(ask_held(), 200, 'the connection has stayed through all that');
$held->kill_kill;

# Nobody holds on to the file's text: a line of the key is nowhere in memory.
my ($line) = slurp_file($key) =~ m{^([A-Za-z0-9+/]{60,})$}m;
my ($found, $readable) = (0, 0);
if (open my $memory, '<:raw', "/proc/$gateway->{pid}/mem")
{
	foreach (split /\n/, slurp_file("/proc/$gateway->{pid}/maps"))
	{
		my ($start, $end) = /^([0-9a-f]{1,12})-([0-9a-f]{1,12}) rw/ or next;
		no warnings 'portable';
		next if hex($end) - hex($start) > 1 << 28;
		sysseek $memory, hex $start, 0;
		sysread($memory, my $bytes, hex($end) - hex($start)) or next;
		$readable++;
		$found++ if index($bytes, $line) >= 0 || index($bytes, substr $line, 0, 40) >= 0;
	}
}
SKIP:
{
	skip 'the memory cannot be read', 1 if !$readable;
	is($found, 0, 'the text of the key is not kept in memory');
}

# keys in every form that openssl writes
foreach my $case (
	[ 'RSA, PKCS #8', 'genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048' ],
	[ 'RSA, PKCS #1', 'genrsa', '-traditional', '2048' ],
	[ 'P-384, PKCS #8', 'genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-384' ],
	[ 'P-256, SEC 1 with its parameters', 'ecparam', '-name', 'prime256v1', '-genkey' ],
	[ 'Ed25519', 'genpkey', '-algorithm', 'ED25519' ])
{
	my ($what, @command) = @$case;
	openssl(@command, '-out', "$dir/any.key");
	openssl('req', '-x509', '-key', "$dir/any.key", '-subj', '/CN=any.example.com', '-days', '2', '-out', "$dir/any.crt");
	write_file($certificate, slurp_file("$dir/any.crt"));
	write_file($key, slurp_file("$dir/any.key"));
	ok(reload('level=info msg="a TLS certificate was read"'), "a key: $what");
	is(shown_name(), 'any', "a key: $what: is used");
}
write_file($key, substr(slurp_file("$dir/any.key"), 0, 60));
ok(reload('level=error msg="the TLS certificate stays as it was" reason="no key'), 'a key that was cut off: an error');
show('first');
ok(reload('level=info msg="a TLS certificate was read"'), 'the first again');

# Old certificates are let go when no handshake can use them any more, and not
# before: one that began with the first ends with it.
sleep 3;
like(curl('/any'), qr{^HTTP/1\.1 200}, 'after the old certificates were let go');
is(stop_gateway($gateway), 0, 'exit status');
unlike($log->(), qr{BEGIN|PRIVATE}, 'log: nothing of the files');

done_testing();
