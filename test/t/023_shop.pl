# The example shop's story: customers, an agent who acts as one, and what each of
# them may see and do, over HTTP, as a user plays it.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../perl";

use AgentAuth;
use Cwd qw(abs_path);
use PostgreSQL::Test::Utils;
use Test::More;

my $shop = abs_path("$FindBin::RealBin/../../examples/shop");
my $python = '/usr/bin/python3';
plan skip_all => 'the gateway is not built' if !-x gateway_program();
plan skip_all => 'psycopg2 is not installed' if system("$python -c 'import psycopg2' 2>/dev/null") != 0;

my $node = new_server('main');
command_ok([ 'psql', '-X', '-q', '-1', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('postgres'), '-f', "$shop/schema.sql", '-f', "$shop/data.sql" ],
	'the shop is loaded');
is($node->safe_psql('postgres', q{SELECT string_agg(item, ', ') FROM agent_auth.check_config() WHERE status <> 'ok'}), 'shared memory, agent_auth.bcrypt_cost, durability',
	'check_config() finds nothing that is the shop\'s');
my $gateway = start_gateway($node);

my $dir = PostgreSQL::Test::Utils::tempdir;
my $pid = fork // die "cannot fork: $!";
if ($pid == 0)
{
	open STDERR, '>>', "$dir/log" or POSIX::_exit(1);
	exec($python, "$shop/server.py", '--listen', '127.0.0.1:0', '--port-file', "$dir/port", '--conninfo', $node->connstr('postgres') . ' user=shop_api') or POSIX::_exit(1);
}
END { kill 'KILL', $pid if $pid; }
wait_until(sub { -s "$dir/port" }) or die 'the shop did not start';
my $port = slurp_file("$dir/port") + 0;

my @story = ("$shop/story", '--gateway', "http://127.0.0.1:$gateway->{port}", '--shop', "http://127.0.0.1:$port", '--username', NAME, '--password', PASSWORD);
my ($told, $complaints) = run_command(\@story);
like($told, qr/^the story went as told: 18 steps$/m, 'the story') or diag("$told\n$complaints");

# the trail of it
is($node->safe_psql('postgres', q{SELECT username, customer_reference, ended_at IS NOT NULL, end_reason, host(peer) FROM agent_auth.impersonations ORDER BY began_at LIMIT 1}),
	NAME . '|DE--1|t|revoked|127.0.0.1', 'who acted as whom, and from where');
is($node->safe_psql('postgres', 'SELECT count(*) FROM shop.orders WHERE acted_by_agent_id IS NOT NULL'), '1', 'one order is marked');

# it notices when the shop is not as it says
foreach my $broken ([ 'no row-level security', 'ALTER TABLE shop.orders DISABLE ROW LEVEL SECURITY', 'ALTER TABLE shop.orders ENABLE ROW LEVEL SECURITY' ],
	[ 'no marks', 'ALTER TABLE shop.orders DISABLE TRIGGER USER', 'ALTER TABLE shop.orders ENABLE TRIGGER USER' ],
	[ 'nothing forbidden', 'ALTER TABLE shop.customers DISABLE TRIGGER USER', 'ALTER TABLE shop.customers ENABLE TRIGGER USER' ])
{
	my ($what, $break, $mend) = @$broken;
	$node->safe_psql('postgres', $break);
	($told) = run_command(\@story);
	unlike($told, qr/^the story went as told/m, "the story fails: $what");
	$node->safe_psql('postgres', $mend);
	$node->safe_psql('postgres', q{UPDATE shop.customers SET email = 'anna.schaefer@example.org' WHERE customer_reference = 'DE--1'});
}
($told) = run_command(\@story);
like($told, qr/^the story went as told: 18 steps$/m, 'and goes on when all is mended');
unlike(slurp_file("$dir/log"), qr/eyJ0eX|shops here|correct horse/, 'no token and no password in the shop\'s log');
unlike(slurp_file($node->logfile), qr/eyJ0eX|shops here|correct horse/, 'nor in the server\'s');
kill 'TERM', $pid;
waitpid $pid, 0;
$pid = 0;
is(stop_gateway($gateway), 0, 'the gateway stops');
done_testing();
