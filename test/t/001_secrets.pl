# Nothing secret where a curious reader looks: the server's log, also when
# statements fail; pg_stat_statements; pg_stat_activity; error messages.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../perl";

use AgentAuth;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_server('main', settings => "
	shared_preload_libraries = 'pg_stat_statements'
	log_min_messages = debug1
	log_min_error_statement = debug1
	log_error_verbosity = verbose
	log_lock_waits = on
	deadlock_timeout = 100ms
	agent_auth.lockout_failures = 1000\n");
$node->safe_psql('postgres', 'CREATE EXTENSION pg_stat_statements');

# Each of these fails, or waits, with a secret among its arguments.
my $secret = 'Tr0ub4dor and more';
my $from = -s $node->logfile;
foreach my $query (
	"SELECT agent_access_token('maria\@example.com', '$secret')",
	"SELECT agent_auth.create_agent('maria\@example.com', '$secret')",
	"SELECT agent_auth.create_agent('weak', left('$secret', 11))",
	"SELECT agent_auth.create_agent('', '$secret')",
	"SELECT agent_auth.set_password('nobody', '$secret')",
	"SELECT agent_auth.import_agent('hash', '$secret')",
	"SELECT agent_auth.http('POST', '/agent-access-tokens', '{}', '@{[login_body(undef, $secret)]}', NULL)",
	"SET statement_timeout = 50; SET agent_auth.bcrypt_cost = 12; SELECT agent_access_token('maria\@example.com', '$secret')",
	"SET default_transaction_read_only = on; SELECT agent_access_token('maria\@example.com', '$secret')",
	"DO \$\$ BEGIN PERFORM agent_auth.set_password('nobody', '$secret'); END \$\$",
	"UPDATE agent_auth.signing_key SET revoked_at = now(); SELECT agent_access_token('maria\@example.com', '$secret')")
{
	my ($status, $out, $err) = $node->psql('postgres', $query);
	# the context quotes to a client what that client has sent
	unlike($out . ($err =~ s/^CONTEXT:.*//msr), qr/Tr0ub4dor/, 'no secret in: ' . substr($err, 0, 60) =~ s/\n.*//sr);
}
$node->safe_psql('postgres', 'SELECT agent_auth.rotate_signing_key()');

# also where a token is verified, for which a damaged key is a fault
my $keep = $node->safe_psql('postgres', "SELECT encode(public_key, 'hex') FROM agent_auth.signing_key WHERE revoked_at IS NULL");
$node->safe_psql('postgres', "UPDATE agent_auth.signing_key SET public_key = '\\x00' WHERE revoked_at IS NULL");
my ($failed, undef, $told) = $node->psql('postgres', "SELECT agent_auth.verify('Tr0ub4dor.YQ.YQ')");
isnt($failed, 0, 'a damaged key is a fault');
unlike($told =~ s/^CONTEXT:.*//msr, qr/Tr0ub4dor/, 'no secret in it');
$node->safe_psql('postgres', "UPDATE agent_auth.signing_key SET public_key = '\\x$keep' WHERE revoked_at IS NULL");
is($node->safe_psql('postgres', "WITH v AS MATERIALIZED (SELECT agent_auth.verify('$secret') IS NULL AS bad)
	SELECT bad, (SELECT query FROM pg_stat_activity WHERE pid = pg_backend_pid()) FROM v"), 't|agent_auth.verify(...)', 'pg_stat_activity shows no token that is verified');
is($node->safe_psql('postgres', "SELECT agent_auth.verify('$secret') IS NULL \\; WITH v AS MATERIALIZED (SELECT count(agent_auth.verify('x' || n)) AS good FROM generate_series(1, 3) n)
	SELECT good, (SELECT query FROM pg_stat_activity WHERE pid = pg_backend_pid()) FROM v") =~ s/^t\n//r, '0|agent_auth.verify(...)', 'also of a later statement');

# a login that waits for a lock longer than deadlock_timeout
my $holder = $node->background_psql('postgres');
$holder->query_safe('BEGIN');
$holder->query_safe('LOCK TABLE agent_auth.audit IN EXCLUSIVE MODE');
my $waiter = $node->background_psql('postgres');
$waiter->query_until(qr/^go/, "\\echo go\nSELECT agent_access_token('maria\@example.com', '$secret');\n");
ok(wait_until(sub { $node->safe_psql('postgres', "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'") == 1 }), 'a login waits');
is($node->safe_psql('postgres', "SELECT query FROM pg_stat_activity WHERE wait_event_type = 'Lock'"), 'agent_access_token(...)', 'pg_stat_activity shows no arguments');
ok(wait_until(sub { slurp_file($node->logfile, $from) =~ /still waiting for/ }), 'the log has the wait');
$holder->query_safe('COMMIT');
$waiter->quit;
$holder->quit;

my $log = slurp_file($node->logfile, $from);
like($log, qr/the password is not acceptable/, 'the log has the errors');
like($log, qr/there is no current signing key.*HINT:.*rotate_signing_key/s, 'the log has the cure');
like($log, qr/canceling statement due to statement timeout/, 'the log has the cancelled login');
unlike($log, qr/Tr0ub4dor/, 'the log has no secret');
unlike($log, qr/eyJ|aart_|\$2a\$\d\d/, 'and no token or hash');
unlike($node->safe_psql('postgres', 'SELECT query FROM pg_stat_statements'), qr/Tr0ub4dor/, 'pg_stat_statements has none');

# a role of a layer in front, set up as the documentation says: with
# log_statement = all for everybody else, its bound parameters stay out
$node->append_conf('postgresql.conf', "log_statement = all\nlog_min_duration_statement = 0\n");
$node->reload;
$node->safe_psql('postgres', "
	ALTER ROLE gateway SET log_statement = 'none';
	ALTER ROLE gateway SET log_min_duration_statement = -1;
	ALTER ROLE gateway SET log_parameter_max_length_on_error = 0;");
$from = -s $node->logfile;
if (-x gateway_program())
{
	my $gateway = start_gateway($node);
	is(request($gateway, 'POST', '/agent-access-tokens', [], login_body(undef, $secret))->{status}, 401, 'a login through the gateway');
	is(request($gateway, 'POST', '/agent-access-tokens', [], login_body())->{status}, 201, 'a good one');
	stop_gateway($gateway);
}
$log = slurp_file($node->logfile, $from);
unlike($log, qr/Tr0ub4dor|correct horse|@{[unpack 'H*', $secret]}|@{[unpack 'H*', PASSWORD]}/, 'the log has none of it, in hexadecimal neither');

# what the extension's own statements carry is not logged by any means of the
# server that logs arguments of statements in functions
$from = -s $node->logfile;
my ($status, $out, $err) = $node->psql('postgres', "
	LOAD 'auto_explain';
	SET auto_explain.log_min_duration = 0;
	SET auto_explain.log_nested_statements = on;
	SET log_min_duration_statement = 0;
	SET log_parameter_max_length = -1;
	SET log_parameter_max_length_on_error = -1;
	SELECT agent_auth.create_agent('nested\@example.com', p), agent_access_token('maria\@example.com', p)
	FROM (SELECT set_config('secret.part', 'Tr0ub' || '4dor and more', false) AS p) s");
is($status, 0, 'nested statements are logged');
$log = slurp_file($node->logfile, $from);
like($log, qr/INSERT INTO agent_auth\.agent/, 'the log has them');
unlike($log, qr/Tr0ub4dor/, 'without the password');

done_testing();
