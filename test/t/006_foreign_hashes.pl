# Hashes that other systems' own tools make here and now are imported and
# verified.  Go's is one that golang.org/x/crypto/bcrypt has made.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../perl";

use AgentAuth;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_server('main');
my $password = 'pässwörd für 72';

foreach my $case (
	[ 'PHP', '$2y$', 'php', '-r', 'echo password_hash($argv[1], PASSWORD_BCRYPT, ["cost" => 4]);', $password ],
	[ 'Python', '$2b$', '/usr/bin/python3', '-c', 'import bcrypt, sys; print(bcrypt.hashpw(sys.argv[1].encode(), bcrypt.gensalt(4)).decode(), end="")', $password ],
	[ 'Ruby', '$2a$', 'ruby', '-e', 'require "bcrypt"; print BCrypt::Password.create(ARGV[0], cost: 4)', $password ],
	[ 'htpasswd', '$2y$', 'htpasswd', '-nbBC', '4', 'x', $password ])
{
	my ($maker, $prefix, @command) = @$case;
  SKIP:
	{
		my ($hash, $err);
		skip "$maker is not here", 4 if !eval { IPC::Run::run(\@command, '>', \$hash, '2>', \$err) };
		$hash =~ s/^x:|\s+$//g;
		is(substr($hash, 0, 4), $prefix, "$maker: writes $prefix");
		like($node->safe_psql('postgres', "SELECT agent_auth.import_agent('$maker', '$hash')"), qr/^\d+$/, "$maker: imported");
		like($node->safe_psql('postgres', "SELECT agent_access_token('$maker', '$password')"), qr/accessToken/, "$maker: verified");
		like($node->safe_psql('postgres', "SELECT agent_access_token('$maker', '${password}x')"), qr/4101/, "$maker: and nothing else");
	}
}

done_testing();
