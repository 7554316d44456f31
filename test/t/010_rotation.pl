# Keys are rotated while clients log in, refresh and use what they got: no request
# fails.  And what a client verifies by the key set alone holds all along.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../perl";

use AgentAuth;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);

my $node = new_server('main', settings => "fsync = off\n");
$node->safe_psql('postgres', "SELECT agent_auth.rotate_signing_key('ES256')");
$node->safe_psql('postgres', q[
	CREATE TABLE failure (n int GENERATED ALWAYS AS IDENTITY, what text);
	CREATE TABLE kid (kid text, at timestamptz DEFAULT clock_timestamp());
	CREATE FUNCTION fail(what text) RETURNS void LANGUAGE sql AS $$ INSERT INTO failure (what) VALUES (what) $$;
	CREATE FUNCTION header(token text) RETURNS json LANGUAGE sql AS
		$$ SELECT convert_from(decode(rpad(h, (length(h) + 3) / 4 * 4, '='), 'base64'), 'UTF8')::json FROM translate(split_part(token, '.', 1), '-_', '+/') h $$;]);

# a client: a login, and with what it got a use, a refresh, a use of both tokens
my $dir = PostgreSQL::Test::Utils::tempdir();
append_to_file("$dir/client", "
	SELECT agent_access_token('@{[NAME]}', '@{[PASSWORD]}') AS a \\gset
	SELECT CASE WHEN agent_auth.verify(:'a'::jsonb ->> 'accessToken') IS NULL THEN fail('verify') END;
	SELECT agent_refresh_access_token(:'a'::jsonb ->> 'refreshToken') AS b \\gset
	SELECT CASE WHEN :'b'::jsonb ? 'errors' THEN fail('refresh: ' || :'b') END;
	SELECT CASE WHEN agent_auth.verify(:'a'::jsonb ->> 'accessToken') IS NULL OR agent_auth.verify(:'b'::jsonb ->> 'accessToken') IS NULL THEN fail('verify both') END;
	SELECT CASE WHEN NOT EXISTS (SELECT FROM json_array_elements(agent_jwks() -> 'keys') k WHERE k ->> 'kid' = header(:'b'::jsonb ->> 'accessToken') ->> 'kid') THEN fail('key set') END;
	INSERT INTO kid VALUES (header(:'b'::jsonb ->> 'accessToken') ->> 'kid');
");
my $clients = 4;
my @children;
foreach my $n (1 .. $clients)
{
	my $pid = fork // die;
	if ($pid == 0)
	{
		my $script = "\\set ON_ERROR_STOP on\n" . slurp_file("$dir/client") x 150;
		my $file = "$dir/script$n";
		append_to_file($file, $script);
		exec 'psql', '-XAtq', '-o', '/dev/null', '-f', $file, '-d', $node->connstr('postgres') or die;
	}
	push @children, $pid;
}
my $rotations = 0;
while (grep { kill 0, $_ } @children)
{
	$node->safe_psql('postgres', "SELECT agent_auth.rotate_signing_key('ES256'); SELECT agent_auth.rotate_refresh_key();");
	$rotations++;
	sleep 0.05;
	@children = grep { waitpid($_, 1) == 0 || ($? == 0 ? 0 : (fail('a client had an error'), 0)) } @children;
}
is($node->safe_psql('postgres', "SELECT string_agg(DISTINCT what, ', ') FROM failure"), '', 'no request failed');
is($node->safe_psql('postgres', 'SELECT count(*) FROM kid'), $clients * 150, 'all clients came to their end');
cmp_ok($rotations, '>', 5, "keys were rotated $rotations times meanwhile");
cmp_ok($node->safe_psql('postgres', 'SELECT count(DISTINCT kid) FROM kid'), '>', 5, 'and signed with');

done_testing();
