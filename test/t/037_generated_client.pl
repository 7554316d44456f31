# Clients that are generated from docs/openapi.yaml: openapi-typescript makes types
# of it, a program that reads errors and answers by them compiles under every strict
# rule, and does what it says; and what the gateway answers by itself is described.
# Regress knows no compiler and no HTTP.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../perl";

use AgentAuth;
use Cwd qw(abs_path);
use File::Copy;
use IPC::Run;
use PostgreSQL::Test::Utils;
use Test::More;

my $test = abs_path("$FindBin::RealBin/..");
my $description = abs_path("$test/../docs/openapi.yaml");
my $origin = 'https://shop.example.com';
plan skip_all => 'the gateway is not built' if !-x gateway_program();
my ($major) = (`node --version 2>/dev/null` // '') =~ /^v(\d+)/;
plan skip_all => 'Node.js 18 or later is not installed' if ($major // 0) < 18;
foreach my $module (qw(openapi-typescript openapi-fetch typescript))
{
	plan skip_all => "$module is not installed: npm ci in test/" if !-d "$test/node_modules/$module";
}

my $node = new_server('main');
$node->safe_psql('postgres', "INSERT INTO agent_auth.customer (customer_reference, email, first_name) VALUES ('DE--1', 'anna\@example.org', 'Anna')");
my $gateway = start_gateway($node, flags => [ '--cors-origin', $origin ]);
my $url = "http://127.0.0.1:$gateway->{port}";

# Passes its checks on as ours.
sub run_program
{
	my ($name, @command) = @_;
	my ($out, $err) = ('', '');
	my $done = IPC::Run::run([ 'node', @command ], '>', \$out, '2>', \$err, IPC::Run::timeout(300));
	my ($planned) = $out =~ /^1\.\.(\d+)$/m;
	my $count = 0;

	ok(!$1, "$name: $2"), $count++ while $out =~ /^(not )?ok \d+ - (.*)$/mg;
	ok($done && $count > 0 && $count == ($planned // -1), "$name: came to its end") or diag($out, $err);
	return;
}

# Compiles the program beside the generated types, and returns what is wrong.
sub compile
{
	my ($directory, $program) = @_;
	my ($out, $err) = ('', '');

	copy($program, "$directory/client.mts") or die "$program: $!";
	IPC::Run::run([ 'node', "$test/node_modules/typescript/bin/tsc", '--strict', '--noUncheckedIndexedAccess', '--exactOptionalPropertyTypes', '--skipLibCheck',
			'--target', 'es2022', '--lib', 'es2022,dom', '--module', 'nodenext', '--moduleResolution', 'nodenext', '--noEmitOnError', 'client.mts' ],
		'>', \$out, '2>', \$err, init => sub { chdir $directory or die "$directory: $!" }, IPC::Run::timeout(300));
	return $out . $err;
}

my $directory = PostgreSQL::Test::Utils::tempdir();
symlink "$test/node_modules", "$directory/node_modules" or die "$directory: $!";
command_ok([ 'node', "$test/node_modules/openapi-typescript/bin/cli.js", $description, '-o', "$directory/openapi.d.ts" ], 'types are generated');
is(compile($directory, "$test/clients/generated.mts"), '', 'the program compiles');
run_program('generated', "$directory/client.mjs", $url, NAME, PASSWORD);
run_program('own answers', "$test/clients/own_answers.mjs", $url, $description, $origin);

# That the compiler looks: a member that no error has
my $wrong = "$directory/wrong.mts";
append_to_file($wrong, slurp_file("$test/clients/generated.mts") =~ s/\?\.code === '4101'/?.reason === '4101'/r);
like(compile($directory, $wrong), qr/Property 'reason' does not exist/, 'and a program that reads what is not described does not');

stop_gateway($gateway);
done_testing();
