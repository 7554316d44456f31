# Clients that are not ours, from npm: oauth4webapi discovers, refreshes, exchanges,
# introspects and revokes; jose verifies through the published keys and forges.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../perl";

use AgentAuth;
use IPC::Open2;
use PostgreSQL::Test::Utils;
use Test::More;

my $test = "$FindBin::RealBin/..";
plan skip_all => 'the gateway is not built' if !-x gateway_program();
my ($major) = (`node --version 2>/dev/null` // '') =~ /^v(\d+)/;
plan skip_all => 'Node.js 18 or later is not installed' if ($major // 0) < 18;
foreach my $module ('oauth4webapi', 'jose')
{
	plan skip_all => "$module is not installed: npm ci in test/" if !-d "$test/node_modules/$module";
}

# The issuer is where the metadata is found, so the port is known before the server starts.
my $port = PostgreSQL::Test::Cluster::get_free_port();
my $url = "http://127.0.0.1:$port";
my $node = new_server('main', settings => "agent_auth.issuer = '$url'\nagent_auth.base_url = '$url'\nagent_auth.refresh_grace = 1h\n");
my $gateway = start_gateway($node, flags => [ '--listen', "127.0.0.1:$port" ]);
my $secret = $node->safe_psql('postgres', "SELECT agent_auth.create_resource_server('shop-api')");
$node->safe_psql('postgres', q{INSERT INTO agent_auth.customer (customer_reference, email, first_name, last_name)
	VALUES ('DE--1', 'anna@example.org', 'Anna', 'Schäfer')});

# What an administrator does for the program, and the answer.
my %orders = (
	rotate => sub { $node->safe_psql('postgres', "SELECT agent_auth.rotate_signing_key('$_[0]')") },
	revoke => sub { $node->safe_psql('postgres', "SELECT agent_auth.revoke_signing_key('$_[0]')"); 'revoked' });

# Passes its checks on as ours; true when there were as many as it says at its end.
sub run_program
{
	my ($algorithm) = @_;
	my ($planned, $count) = (0, 0);
	my $pid = open2(my $out, my $in, 'node', "$test/clients/oauth.mjs", '--base-url', $url, '--username', NAME, '--password', PASSWORD,
		'--resource-server-name', 'shop-api', '--resource-server-secret', $secret, '--customer', 'DE--1', '--algorithm', $algorithm);
	local $SIG{ALRM} = sub { kill 'KILL', $pid };

	$in->autoflush(1);
	alarm 300;
	while (my $line = <$out>)
	{
		chomp $line;
		if ($line =~ /^(not )?ok \d+ - (.*)/) { $count++; ok(!$1, "$algorithm: $2") }
		elsif ($line =~ /^# operator: (rotate|revoke) ([\w-]+)$/) { print $in $orders{$1}->($2) . "\n" }
		elsif ($line =~ /^1\.\.(\d+)$/) { $planned = $1 }
		else { diag($line) }
	}
	waitpid $pid, 0;
	alarm 0;
	return $count > 0 && $count == $planned;
}

foreach my $algorithm ('RS256', 'ES256', 'EdDSA')
{
	$orders{rotate}->($algorithm);
	ok(run_program($algorithm), "$algorithm: the program came to its end");
}

is($node->safe_psql('postgres', q{SELECT DISTINCT username, customer_reference, reason FROM agent_auth.impersonations}),
	NAME . '|DE--1|asked for by telephone', 'the trail has who acted as whom, and why');
is(stop_gateway($gateway), 0, 'the gateway stops');
$node->stop;
like(slurp_file($gateway->{log}), qr{/introspect}, 'requests are in the log of the gateway');
my $encoded = $secret =~ s/[-_]/sprintf '%%%02X', ord $&/ger;
unlike(slurp_file($gateway->{log}), qr/aart_|eyJ|\Q$secret\E|\Q$encoded\E|correct horse/, 'but no token and no secret');
unlike(slurp_file($node->logfile), qr/aart_|eyJ|\Q$secret\E|\Q$encoded\E|correct horse/, 'nor in the server\'s');

done_testing();
