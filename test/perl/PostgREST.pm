# PostgREST.pm
#	PostgREST, configured as docs/postgrest.md has it: the real one where there is a
#	program of that name on PATH, and the stand-in of test/contract/postgrest.mjs.
package PostgREST;

use strict;
use warnings FATAL => 'all';

use AgentAuth;
use Cwd qw(abs_path);
use Exporter 'import';
use File::Basename qw(dirname);
use IO::Socket::INET;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;

our @EXPORT = qw(stand_in_is_ready postgrest_program create_postgrest_roles start_postgrest);

my $root = abs_path(dirname(__FILE__) . '/../..');

# Whether node and what test/package.json names is installed
sub stand_in_is_ready
{
	return -d "$root/test/node_modules" && system('node --version >/dev/null 2>&1') == 0;
}

sub postgrest_program
{
	return (grep { -x } map { "$_/postgrest" } split /:/, $ENV{PATH})[0];
}

# What PostgREST logs in as, and what everybody is there
sub create_postgrest_roles
{
	my ($node, $dbname, $schema) = @_;
	return $node->safe_psql($dbname, "
		CREATE ROLE authenticator LOGIN NOINHERIT;
		CREATE ROLE web_anon;
		GRANT web_anon TO authenticator;
		GRANT USAGE ON SCHEMA $schema TO web_anon;
		SELECT agent_auth.grant_client('web_anon');
		GRANT USAGE ON SCHEMA agent_auth TO authenticator, web_anon;
		GRANT EXECUTE ON FUNCTION agent_auth.pre_config TO authenticator;
		GRANT EXECUTE ON FUNCTION agent_auth.pre_request TO web_anon;
		ALTER ROLE authenticator SET agent_auth.peer_header = 'x-real-ip';
		ALTER ROLE authenticator SET agent_auth.trust_request_claims = on;");
}

sub write_configuration
{
	my ($file, $node, $dbname, %settings) = @_;
	my %all = (
		'db-uri' => sprintf('postgresql:///%s?host=%s&port=%d&user=authenticator', $dbname, $node->host =~ s/([^\w\/.-])/sprintf '%%%02X', ord $1/ger, $node->port),
		'db-schemas' => 'api', 'db-anon-role' => 'web_anon', 'db-pre-config' => 'agent_auth.pre_config', 'db-pre-request' => 'agent_auth.pre_request',
		'jwt-aud' => 'frontend', 'openapi-mode' => 'disabled', 'server-host' => '127.0.0.1', %settings);
	open my $conf, '>', $file or die "$file: $!";
	print $conf map { qq{$_ = } . ($all{$_} =~ /^\d+$/ ? $all{$_} : qq{"$all{$_}"}) . "\n" } sort keys %all;
	close $conf;
	return;
}

# program: the real one's path; else the stand-in, with its flags; settings: more
# of the configuration, or other values
sub start_postgrest
{
	my ($node, $dbname, %params) = @_;
	my $dir = PostgreSQL::Test::Utils::tempdir();
	my $port = PostgreSQL::Test::Cluster::get_free_port();
	my %postgrest = (log => "$dir/log", port => $port);

	write_configuration("$dir/postgrest.conf", $node, $dbname, 'server-port' => $port, %{ $params{settings} // {} });
	return start_program($dir, 'node', "$root/test/contract/postgrest.mjs", "$dir/postgrest.conf", @{ $params{flags} // [] }) if !defined $params{program};
	$postgrest{pid} = fork // die "cannot fork: $!";
	if ($postgrest{pid} == 0)
	{
		open STDOUT, '>>', $postgrest{log} or POSIX::_exit(1);
		open STDERR, '>>', $postgrest{log} or POSIX::_exit(1);
		exec($params{program}, "$dir/postgrest.conf") or POSIX::_exit(1);
	}
	AgentAuth::adopt($postgrest{pid});
	wait_until(sub { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port) }) or die 'postgrest did not start: ' . slurp_file($postgrest{log});

	# It serves before it has read the database.
	wait_until(sub { request(\%postgrest, 'GET', '/nothing')->{status} == 404 }) or die 'postgrest is not ready: ' . slurp_file($postgrest{log});
	return \%postgrest;
}

1;
