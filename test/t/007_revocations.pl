# Requests with one token while others end its session: each is answered, and
# the server lives.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../perl";

use AgentAuth;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_server('main', settings => "fsync = off\n");
my $script = PostgreSQL::Test::Utils::tempdir() . '/script';
append_to_file($script, "SELECT agent_access_token('@{[NAME]}', '@{[PASSWORD]}') ->> 'accessToken' AS token \\gset\n"
	  . "SELECT status FROM agent_auth.http('DELETE', '/refresh-tokens/mine', jsonb_build_object('authorization', 'Bearer :token'), NULL, NULL);\n");
$node->command_ok([ 'pgbench', '-n', '-c', '8', '-j', '2', '-t', '600', '-f', $script, 'postgres' ], 'eight clients log in and end all sessions');
unlike(slurp_file($node->logfile), qr/terminated by signal|PANIC/, 'the server lives');

done_testing();
