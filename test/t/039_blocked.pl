# Who is in the way of a revocation is named: a process, or a prepared
# transaction, which no client of ours can make.  Regress has one session, and
# isolationtester shows no details.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../perl";

use AgentAuth;
use IPC::Run;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_server('main', settings => "max_prepared_transactions = 5\n");
my ($name, $password) = (NAME, PASSWORD);

sub sql { my ($query) = @_; return $node->safe_psql('postgres', $query) }
sub fails { my ($query) = @_; my ($status, $out, $err) = $node->psql('postgres', "SET lock_timeout = '100ms'; $query"); return $status == 0 ? "no error: $out" : $err }

my $login = "SELECT agent_access_token('$name', '$password') ->> 'refreshToken'";
my $token = sql($login);

# An open transaction
my ($in, $out, $timer) = ('', '', IPC::Run::timeout($PostgreSQL::Test::Utils::timeout_default // 180));
my $holder = IPC::Run::start([ 'psql', '-X', '-A', '-t', '-q', '-d', $node->connstr('postgres') ], '<', \$in, '>', \$out, '2>&1', $timer);
$in .= "BEGIN; SELECT count(agent_refresh_access_token('$token')) + 1000; SELECT 'pid ' || pg_backend_pid();\n";
$holder->pump until $out =~ /pid (\d+)\n/;
my ($pid) = $out =~ /pid (\d+)\n/;

foreach my $end ("agent_auth.end_sessions('$name')", "agent_auth.disable_agent('$name')", "agent_revoke_token('$token')")
{
	like(fails("SELECT $end"), qr/ERROR:  rows of "agent_auth\.session" are locked by another transaction\nDETAIL:  It did not end in time\. The lock is held by: process $pid\.\nHINT:  End it, and try again: pg_terminate_backend\($pid\)\./, ($end =~ s|\(.*||r) . ": the process is named");
}
is(sql("SELECT active FROM agent_auth.agent"), 't', 'nothing is done in part');
sql("SELECT pg_terminate_backend($pid)");
eval { $holder->finish };
ok($node->poll_query_until('postgres', "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $pid)"), 'it is ended');
is(sql("SELECT agent_auth.end_sessions('$name')"), '1', 'then the sessions are');

# A prepared transaction: none by what clients call
foreach my $call ("agent_access_token('$name', '$password')", "agent_refresh_access_token('@{[sql($login)]}')", "agent_revoke_token('@{[sql($login)]}')")
{
	like(fails("BEGIN; SELECT count($call); PREPARE TRANSACTION 'mine'"), qr/cannot PREPARE a transaction in which a client has opened, refreshed or ended a session/, 'not prepared: ' . $call =~ s/\(.*//r);
}
is(sql('SELECT count(*) FROM pg_prepared_xacts'), '0', 'there is none');
sql("BEGIN; SELECT agent_auth.verify('x'); CREATE TABLE any_other (n int); PREPARE TRANSACTION 'other'");
sql("ROLLBACK PREPARED 'other'");

# One by an operator, forgotten, in a part of its transaction
sql("BEGIN; SAVEPOINT a; UPDATE agent_auth.agent SET auditor = true; RELEASE a; PREPARE TRANSACTION 'forgotten'");
like(fails("SELECT agent_auth.disable_agent('$name')"), qr/ERROR:  rows of "agent_auth\.agent" are locked by another transaction\nDETAIL:  It did not end in time\. The lock is held by: prepared transaction "forgotten"\.\nHINT:  End it, and try again: ROLLBACK PREPARED 'forgotten'\./, 'the prepared transaction is named');
sql("ROLLBACK PREPARED 'forgotten'");
sql("SELECT agent_auth.disable_agent('$name')");
is(sql('SELECT active FROM agent_auth.agent'), 'f', 'then the agent is disabled');

done_testing();
