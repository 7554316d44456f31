# Thousands of requests that no client of good will sends: over HTTP to the
# gateway, and to the functions in the server (test/fuzz).  First the fuzzers
# themselves: each must find what stand-ins do wrong.
#
# AGENT_AUTH_FUZZ_CASES says how many each tries, AGENT_AUTH_FUZZ_SEED which.
# A flaw is printed with the flags that replay it.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../perl";

use AgentAuth;
use Cwd qw(abs_path);
use PostgreSQL::Test::Utils;
use Test::More;

my $fuzz = abs_path("$FindBin::RealBin/../fuzz");
my $python = '/usr/bin/python3';
my $cases = $ENV{AGENT_AUTH_FUZZ_CASES};
my $seed = $ENV{AGENT_AUTH_FUZZ_SEED} // 20260101;
plan skip_all => 'the gateway is not built' if !-x gateway_program();
plan skip_all => 'psycopg2 is not installed' if system("$python -c 'import psycopg2' 2>/dev/null") != 0;
note("seed $seed");

my $node = new_server('main', init => { extra => [ '--locale=C.UTF-8', '--encoding=UTF8' ] }, settings => "agent_auth.login_concurrency = 64\n");
$node->safe_psql('postgres', q{
	SELECT agent_auth.create_agent(name || '@example.com', 'correct horse battery') FROM unnest('{lister,victim,other_victim}'::text[]) name;
	INSERT INTO agent_auth.customer (customer_reference, email, first_name, last_name)
	SELECT 'DE--' || n, 'anna' || n || '@example.com', CASE n % 3 WHEN 0 THEN '"<Änna>\\' ELSE 'Anna' END, 'Schäfer' FROM generate_series(1, 50) n;
	-- nobody is locked out of the gateway; some are of the functions
	ALTER ROLE gateway SET agent_auth.lockout_failures = 1000;
	ALTER ROLE gateway SET agent_auth.lockout_address_failures = 7000;
	ALTER ROLE gateway SET agent_auth.lockout_account_failures = 7000;
	ALTER ROLE gateway SET agent_auth.cors_origins = 'https://shop.example.com';
	CREATE ROLE fuzz LOGIN;
	GRANT USAGE ON SCHEMA agent_auth TO fuzz;
	GRANT EXECUTE ON FUNCTION agent_auth.http, agent_http TO fuzz;
	ALTER ROLE fuzz SET agent_auth.lockout_failures = 3;
	ALTER ROLE fuzz SET agent_auth.lockout_account_failures = 7000;
	ALTER ROLE fuzz SET agent_auth.cors_origins = '*';
	ALTER ROLE fuzz SET agent_auth.peer_header = 'x-real-ip';});

sub tokens_of
{
	my ($name) = @_;
	return split /\|/, $node->safe_psql('postgres', "SELECT t ->> 'accessToken', t ->> 'refreshToken' FROM agent_access_token('$name\@example.com', '@{[PASSWORD]}') t");
}

# Of sessions of their own for each run, since some are ended in it.
sub tokens
{
	my ($victim) = @_;
	my ($agent) = tokens_of('maria');
	my ($impersonation, $doomed) = map { $node->safe_psql('postgres', "SELECT agent_customer_impersonation_access_token('$agent', '$_', 'fuzz') ->> 'accessToken'") } 'DE--1', 'DE--9';
	my %tokens = (agent => $agent, lister => (tokens_of('lister'))[0], victim => (tokens_of($victim))[0], refresh => (tokens_of('maria'))[1],
		impersonation => $impersonation, doomed => $doomed, username => NAME, password => PASSWORD);
	return map { ('--token', "$_=$tokens{$_}") } sort keys %tokens;
}

# Returns the exit status and what was printed.
sub fuzz
{
	my ($program, $n, @flags) = @_;
	my $out = '';
	IPC::Run::run [ $python, "$fuzz/$program", '--seed', $seed, '--cases', $n, @flags ], '>', \$out, '2>&1';
	return ($? >> 8, $out);
}

sub finds
{
	my ($what, $expected, $status, $out) = @_;
	ok($status == 1 && $out =~ /^FLAW in case \d+ \(--seed $seed --only \d+\): .*$expected/m, "found: $what") or diag(substr $out, 0, 2000);
}

# a process that dies amid its cases ends the run, which tells of it
{
	my ($status, $out) = (undef, '');
	my $program = q{import os, sys
sys.path.insert(0, sys.argv.pop(1))
import campaign
def try_case(index):
    if index == 13: os.kill(os.getpid(), 9)
    return ["tried"], None
sys.exit(campaign.run(campaign.read_arguments("dies"), lambda arguments: None, try_case))};
	my $ended = eval { IPC::Run::run [ $python, '-c', $program, $fuzz, '--seed', $seed, '--cases', 100 ], '>', \$out, '2>&1', IPC::Run::timeout(300); $status = $? >> 8; 1 };
	ok($ended, 'a process that dies lets nobody wait') or diag($@);
	finds('a process that dies', 'dies with status -9', $status // -1, $out);
}

# a server that is as it should be, and others that are not
my $dir = PostgreSQL::Test::Utils::tempdir;
my %stand_in;
END { kill 'KILL', values %stand_in; }
foreach my $case (
	[ 'none', undef ],
	[ 'status-500', 'status 500' ],
	[ 'page', 'in a body that is not JSON' ],
	[ 'unescaped', 'a body that is not JSON' ],
	[ 'member', 'in the member' ],
	[ 'self', 'links.self is' ],
	[ 'header', 'a header' ],
	[ 'injected', 'is in a header' ],
	[ 'control', 'a bad header line' ],
	[ 'short', 'cut short' ],
	[ 'long', 'no HTTP' ],
	[ 'silent', 'no answer to a good request' ],
	[ 'hang', 'a hang' ],
	[ 'refusing', 'a good request is refused' ],
	[ 'twice', '\d+ answers to' ],
	[ 'lenient', 'answers? to|for what is no request' ])
{
	my ($defect, $expected) = @$case;
	my $pid = fork // die "cannot fork: $!";
	exec $python, "$fuzz/stand_in.py", '--defect', $defect, '--port-file', "$dir/$defect" or POSIX::_exit(1) if $pid == 0;
	$stand_in{$defect} = $pid;
	wait_until(sub { -s "$dir/$defect" }) or die 'the stand-in did not start';
	my ($status, $out) = fuzz('http_requests.py', 100, '--port', slurp_file("$dir/$defect") + 0, '--patience', $defect eq 'hang' ? 1 : 60);
	defined $expected ? finds("over HTTP: $defect", $expected, $status, $out) : is($status, 0, 'over HTTP: nothing is found where nothing is wrong') || diag($out);
	kill 'KILL', $pid;
	waitpid $pid, 0;
	delete $stand_in{$defect};
}

$node->safe_psql('postgres', q{
	CREATE SCHEMA broken;
	GRANT USAGE ON SCHEMA broken TO fuzz;
	CREATE FUNCTION broken.answer(kind text, target text, OUT status int, OUT headers jsonb, OUT body bytea) LANGUAGE plpgsql AS $$
	BEGIN
		status := 404;
		headers := '{"Content-Type":"application/vnd.api+json"}';
		body := convert_to('{"errors":[]}', 'UTF8');
		CASE kind
			WHEN 'raises' THEN RAISE EXCEPTION 'internal' USING ERRCODE = 'XX000';
			WHEN 'status' THEN status := 500;
			WHEN 'nested' THEN headers := '{"Content-Type":["x"]}';
			WHEN 'control' THEN headers := headers || jsonb_build_object('X-Target', E'x\x01');
			WHEN 'header' THEN headers := headers || jsonb_build_object('X-Target', target);
			WHEN 'unescaped' THEN body := convert_to('{"errors":["' || target || E'\x01"]}', 'UTF8');
			WHEN 'member' THEN body := convert_to(json_build_object('errors', target)::text, 'UTF8');
			WHEN 'self' THEN body := convert_to(json_build_object('data', json_build_object('links', json_build_object('self', target || 'x')))::text, 'UTF8');
			WHEN 'page' THEN headers := '{"Content-Type":"text/html"}'; body := convert_to('<p>' || target, 'UTF8');
			ELSE NULL;
		END CASE;
	END $$;});
foreach my $case (
	[ 'none', undef ],
	[ 'raises', 'it raises XX000' ],
	[ 'status', 'status 500' ],
	[ 'nested', 'no (object of strings|array of single)' ],
	[ 'control', 'a header that cannot be' ],
	[ 'header', 'is in a header|a header that cannot be' ],
	[ 'unescaped', 'a body that is not JSON' ],
	[ 'member', 'in the member' ],
	[ 'self', 'links.self is' ],
	[ 'page', 'in a body that is not JSON' ])
{
	my ($defect, $expected) = @$case;
	my @both = ('--function', "broken.http_$defect", '--door', "broken.door_$defect");
	$node->safe_psql('postgres', "
		CREATE FUNCTION broken.http_$defect(text, text, jsonb, bytea, inet, OUT status int, OUT headers jsonb, OUT body bytea) LANGUAGE sql AS
			\$\$ SELECT * FROM broken.answer('$defect', \$2) \$\$;
		CREATE FUNCTION broken.door_$defect(bytea) RETURNS text LANGUAGE sql AS \$\$
			SELECT convert_from(a.body, 'UTF8') FROM broken.answer('$defect', coalesce(nullif(current_setting('request.headers'), '')::jsonb ->> 'x-original-uri', '')) a,
				LATERAL (SELECT set_config('response.status', a.status::text, true),
					set_config('response.headers', (SELECT json_agg(json_build_object(e.key, e.value)) FROM jsonb_each(a.headers) e)::text, true)) s WHERE s IS NOT NULL \$\$;");
	my ($status, $out) = fuzz('http_function.py', 100, '--conninfo', $node->connstr('postgres') . ' user=fuzz', @both);
	defined $expected ? finds("in the server: $defect", $expected, $status, $out) : is($status, 0, 'in the server: nothing is found where nothing is wrong') || diag($out);
}

# What is seen tells that the cases get past the first checks.
sub withstands
{
	my ($what, $program, $n, $expected, @flags) = @_;
	my ($status, $out) = fuzz($program, $n, @flags);
	my %seen = $out =~ /(\w+):(\d+)/g;
	note($out);
	is($status, 0, "$what: $n cases, seed $seed") or diag($out);
	like($out, qr/^$n cases, 0 flaws, seed $seed/m, "$what: all were tried");
	is(join(' ', grep { !$seen{$_} } split / /, $expected), '', "$what: all kinds of answers were seen") if $n >= 5000;
}

# While nobody is locked out.
my @tokens = map { [ tokens($_) ] } 'victim', 'other_victim';
my $offset = -s $node->logfile;
my $started = $node->safe_psql('postgres', 'SELECT pg_postmaster_start_time()');
my $gateway = start_gateway($node, flags => [ '--request-timeout', 10, '--idle-timeout', 5, '--locked-delay', 10 ]);
withstands('over HTTP', 'http_requests.py', $cases // 5000, '200 201 204 304 400 401 404 405 406 413 415 422 431', '--port', $gateway->{port}, @{ $tokens[0] });
is(waitpid($gateway->{pid}, POSIX::WNOHANG()), 0, 'the gateway is the same process');
is(request($gateway, 'POST', '/agent-access-tokens', [], login_body('lister@example.com'))->{status}, 201, 'it answers a good login');
is(stop_gateway($gateway), 0, 'it stops, and its memory was in order');
my $log = slurp_file($gateway->{log});
cmp_ok(() = $log =~ /msg=request/g, '>', 1000, 'it has logged');
unlike($log, qr/C4n4ry|X-Injected|eyJ|aart_|correct horse/, 'its log has nothing of what was sent');
unlike($log, qr/^(?!ts=\S+ level=\w+ msg=)/m, 'its log has nothing but its own lines');

withstands('in the server', 'http_function.py', $cases // 5000, '200 201 204 304 400 401 403 404 405 406 413 415 422 429', '--conninfo', $node->connstr('postgres') . ' user=fuzz', @{ $tokens[1] });
is($node->safe_psql('postgres', 'SELECT pg_postmaster_start_time()'), $started, 'the server has not started anew');
$log = slurp_file($node->logfile, $offset);
unlike($log, qr/PANIC|FATAL|ERROR|WARNING|TRAP|terminated by signal/, 'nothing was raised in it, and no backend crashed');
unlike($log, qr/C4n4ry|eyJ|aart_|correct horse/, 'its log has nothing of what was sent');
done_testing();
