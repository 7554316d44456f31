# The contract, case by case, the same against every deployment of it: the
# gateway, nginx before the gateway, PostgREST's stand-in behind nginx (and PostgREST
# itself where there is one), and a layer in thirty lines of Node.  Every answer
# must also be as docs/openapi.yaml describes it.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../perl";

use AgentAuth;
use Nginx;
use PostgREST;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $root = "$FindBin::RealBin/../..";

plan skip_all => 'the gateway is not built' if !-x gateway_program();
plan skip_all => 'node or what test/package.json names is not installed' if !stand_in_is_ready();

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "log_statement = none\nlisten_addresses = ''\n");
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE shop');
$node->safe_psql('shop', q{
	CREATE SCHEMA api;
	CREATE EXTENSION pgcrypto;
	CREATE EXTENSION pg_trgm;
	CREATE EXTENSION agent_auth SCHEMA api;
	SELECT agent_auth.rotate_signing_key();
	CREATE ROLE gateway LOGIN;
	GRANT USAGE ON SCHEMA agent_auth TO gateway;
	GRANT EXECUTE ON FUNCTION agent_auth.http TO gateway;
});
create_postgrest_roles($node, 'shop', 'api');
$node->safe_psql('shop', "CREATE TABLE api.notes AS SELECT 'for all' AS note; GRANT SELECT ON api.notes TO web_anon");
my ($out, $err);
IPC::Run::run([ 'psql', '-X', '-q', '-v', "password=@{[PASSWORD]}", '-f', "$root/test/contract/fixture.sql", $node->connstr('shop') ], '>', \$out, '2>', \$err)
  or die "the fixture failed: $err";
chomp(my $resource_server = $out);

local @ENV{qw(PGHOST PGPORT PGDATABASE)} = ($node->host, $node->port, 'shop');

# Runs the cases and passes each on.
sub keeps_the_contract
{
	my ($deployment, $base_url, @more) = @_;
	my ($tap, $errors);
	my $good = IPC::Run::run([
			'node', "$root/test/contract/run.mjs", '--base-url', $base_url, '--username', 'contract@example.com', '--other-username', 'other@example.com',
			'--password', PASSWORD, '--resource-server', $resource_server, @more ],
		'>', \$tap, '2>', \$errors, IPC::Run::timeout(300));
	my ($passed, $n) = (0, 0);
	foreach my $line (split /\n/, $tap)
	{
		if ($line =~ /^(not )?ok \d+ - (.*)/)
		{
			$n++;
			$passed++ if ok(!$1, "$deployment: $2");
		}
		else { diag($line) if $line =~ /^# {3}/; note($line) if $line !~ /^# {3}/ }
	}
	is($errors, '', "$deployment: nothing went wrong on the way");
	like($tap, qr/^1\.\.$n$/m, "$deployment: all cases ran");
	note("$deployment: $passed of $n cases passed");
	return;
}

my @openapi = ('--openapi', "$root/docs/openapi.yaml");
# Who was locked out by the cases of one deployment is forgotten before the next.
sub forget_failures { $node->restart; return }

# The suite logs in more often than a person does.
my @fast = ('rate=20r/m' => 'rate=600000r/m', 'burst=20' => 'burst=10000');

# the gateway, and nginx before it
my $gateway = start_gateway($node, dbname => 'shop', flags => [ '--locked-delay', '0' ]);
keeps_the_contract('gateway', "http://127.0.0.1:$gateway->{port}", @openapi);
is(stop_gateway($gateway), 0, 'the gateway stops');

SKIP:
{
	skip 'nginx is not installed', 1 if !nginx_program();
	forget_failures();
	my $behind = start_gateway($node, dbname => 'shop', flags => [ '--locked-delay', '0', '--trusted-proxy', '127.0.0.1' ]);
	my $nginx = start_nginx('gateway', '127.0.0.1:8080', $behind->{port}, @fast);
	keeps_the_contract('nginx before the gateway', $nginx->{url}, @openapi);
	is(stop_program($nginx), 0, 'nginx stops');
	is(stop_gateway($behind), 0, 'the gateway stops');
}

# another setting
$node->safe_psql('postgres', 'ALTER ROLE gateway SET agent_auth.impersonation_reason_required = on');
$gateway = start_gateway($node, dbname => 'shop');
keeps_the_contract('reasons', "http://127.0.0.1:$gateway->{port}", '--group', 'reason-required', @openapi);
is(stop_gateway($gateway), 0, 'the gateway stops');
$node->safe_psql('postgres', 'ALTER ROLE gateway RESET ALL');

# thirty lines of Node
SKIP:
{
	skip 'what examples/node/package.json names is not installed', 1 if !-d "$root/examples/node/node_modules";
	local $ENV{PGUSER} = 'gateway';
	local $ENV{PORT} = 0;
	my $dir = PostgreSQL::Test::Utils::tempdir();
	local $ENV{PORT_FILE} = "$dir/port";
	forget_failures();
	my $layer = start_program($dir, 'node', "$root/examples/node/server.mjs");
	keeps_the_contract('thirty lines of Node', "http://127.0.0.1:$layer->{port}", @openapi);
	is(slurp_file($layer->{log}), '', 'thirty lines of Node: nothing went wrong in there');
	$node->stop('immediate');
	my $away = request($layer, 'GET', '/.well-known/jwks.json');
	is("$away->{status} $away->{body} $away->{headers}{'retry-after'}", '503 {"errors":[{"status":503,"detail":"Service Unavailable"}]} 5', 'thirty lines of Node: no database');
	$node->start;
	ok(wait_until(sub { request($layer, 'GET', '/.well-known/jwks.json')->{status} == 200 }), 'thirty lines of Node: and again one');
	stop_program($layer);
}

# PostgREST behind nginx: the stand-in, and the real one where there is one
foreach my $program (undef, postgrest_program())
{
	my $name = (defined $program ? 'PostgREST' : 'PostgREST\'s stand-in') . ' behind nginx';

	SKIP:
	{
		skip nginx_cannot(), 1 if nginx_cannot();
		forget_failures();
		my $postgrest = start_postgrest($node, 'shop', program => $program, flags => ['--digest']);
		my $behind = start_nginx('postgrest', '127.0.0.1:3000', $postgrest->{port}, @fast, %{ passing_digests() });
		keeps_the_contract($name, $behind->{url}, @openapi);
		is(curl($behind, '/data/notes')->{body}, '[{"note":"for all"}]', "$name: a table");
		is(slurp_file($postgrest->{log}), '', "$name: every header and byte was as it has to be") if !defined $program;
		stop_program($behind);
		stop_program($postgrest);
	}
}

unlike(slurp_file($node->logfile), qr/aart_|eyJ|correct horse/, 'no token and no password in the server\'s log');
done_testing();
