# Keys are rotated while clients log in, refresh and use what they got: no request
# fails.  And what a client verifies by the key set alone holds all along.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../perl";

use AgentAuth;
use PostgreSQL::Test::Utils;
use Test::More;

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
append_to_file("$dir/script", "\\set ON_ERROR_STOP on\n" . slurp_file("$dir/client") x 20);

# Goes on until it is told to stop, in sessions that see several rotations.
my @children;
foreach (1 .. 4)
{
	my $pid = fork // die;
	if ($pid == 0)
	{
		my $status = 0;
		$status = system 'psql', '-XAtq', '-o', '/dev/null', '-f', "$dir/script", '-d', $node->connstr('postgres') until -e "$dir/stop" || $status != 0;
		POSIX::_exit($status == 0 ? 0 : 1);
	}
	push @children, $pid;
}

# Each key is used before the next one comes.
my $used = 0;
foreach (1 .. 12)
{
	my $kid = $node->safe_psql('postgres', "SELECT agent_auth.rotate_refresh_key(); SELECT agent_auth.rotate_signing_key('ES256')") =~ s/.*\n//sr;
	$used++ if wait_until(sub { $node->safe_psql('postgres', "SELECT count(*) > 3 FROM kid WHERE kid = '$kid'") eq 't' }, 60);
}
append_to_file("$dir/stop", 'now');
is_deeply([ map { waitpid $_, 0; $? } @children ], [ 0, 0, 0, 0 ], 'all clients came to their end');
is($node->safe_psql('postgres', "SELECT string_agg(DISTINCT what, ', ') FROM failure"), '', 'no request failed');
is($used, 12, 'keys were rotated, and signed with');

done_testing();
