# Logins that their client interrupts, by a time limit, a cancel or the end of
# the connection.  One whose hash has not begun is no attempt, wherever it waits;
# one whose hash has is paid for.  The statistics count what was settled, whatever
# becomes of the transaction.  029_login_oracle_sql.pl strikes in the hash; regress
# has no second session.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../perl";

use AgentAuth;
use IPC::Run;
use Test::More;

my $node = new_server('main', settings => "agent_auth.login_concurrency = 1\n");
$node->safe_psql('postgres', "
	CREATE ROLE web_anon;
	SELECT agent_auth.grant_client('web_anon');
	CREATE ROLE client LOGIN IN ROLE web_anon;
	CREATE ROLE strict LOGIN IN ROLE web_anon;
	ALTER ROLE strict SET agent_auth.lockout_failures = 2;
	CREATE ROLE slow LOGIN IN ROLE web_anon;
	ALTER ROLE slow SET agent_auth.bcrypt_cost = 16;
	CREATE FUNCTION log_in(username text, password text) RETURNS text LANGUAGE sql AS
		\$\$ SELECT coalesce(agent_access_token(username, password) #>> '{errors,0,status}', 'in') \$\$;
	SELECT agent_auth.create_agent('other\@example.com', '@{[PASSWORD]}');");

sub log_in
{
	my ($name, $password) = @_;
	return "SELECT log_in('$name', '$password');\n";
}

# Answers and errors of one session, one after another.
sub run
{
	my ($role, $sql) = @_;
	my ($out, $err) = ('', '');
	$node->psql('postgres', $sql, connstr => $node->connstr('postgres') . " user=$role", on_error_stop => 0, stdout => \$out, stderr => \$err);
	return join ' ', split /\n/, $out . ($out ne '' && $err ne '' ? "\n" : '') . ($err =~ s/^psql:<stdin>:\d+: |^(?:LINE|CONTEXT|SQL function).*\n?//mgr);
}

# The same of a session that goes on meanwhile: finish() it, then read {answer}.
sub begin
{
	my ($role, $sql) = @_;
	my %run = (answer => '');
	$run{handle} = IPC::Run::start([ 'psql', '-XqAt', '-d', $node->connstr('postgres') . " user=$role", '-c', $sql ], '>', \$run{answer}, '2>&1', IPC::Run::timeout(300));
	return \%run;
}

sub finish
{
	my ($run) = @_;
	$run->{handle}->finish;
	return $run->{answer} =~ s/\n.*//sr;
}

sub all_wait
{
	my ($role, $n, $for) = @_;
	return $node->poll_query_until('postgres', "SELECT count(*) = $n FROM pg_stat_activity WHERE usename = '$role' AND wait_event_type = '$for'");
}

sub is_running { my ($run) = @_; $run->{handle}->pump_nb if $run->{handle}->pumpable; return $run->{handle}->pumpable }

sub waits { my ($role) = @_; return $node->safe_psql('postgres', "SELECT count(*) FROM pg_stat_activity WHERE usename = '$role' AND wait_event_type = 'Extension'") == 1 }

sub pids { my ($role) = @_; return split /\n/, $node->safe_psql('postgres', "SELECT pid FROM pg_stat_activity WHERE usename = '$role'") }

# ok and failed, more than at the last call
my @before;
sub counted
{
	my @now = split /\|/, $node->safe_psql('postgres', 'SELECT logins_ok, logins_failed FROM agent_auth.statistics');
	my @more = @before ? ($now[0] - $before[0], $now[1] - $before[1]) : ();
	@before = @now;
	return "@more";
}

my @cancelled = ('ERROR:  canceling statement due to statement timeout');
counted();

# while it waits for a lock, which comes before the hash
my $holder = $node->background_psql('postgres');
$holder->query_safe('BEGIN; LOCK TABLE agent_auth.agent IN ACCESS EXCLUSIVE MODE');
is(run('client', "SET statement_timeout = '20ms';\n" . log_in(NAME, 'wrong') x 12), join(' ', (@cancelled) x 12), 'waiting for a lock: twelve are cancelled');
$holder->query_safe('COMMIT');
is(counted(), '0 0', 'waiting for a lock: none has failed');

# while it waits for its turn: one has it, and stands still
# It may end before another comes to wait for it: then both begin again.
my ($slow, $next, $stopped, $is_met);
foreach (1 .. 8)
{
	counted();
	$slow = begin('slow', log_in('other@example.com', 'wrong'));
	while (is_running($slow))
	{
		$next = begin('client', log_in(NAME, PASSWORD));
		wait_until(sub { waits('client') || !is_running($next) }) or die 'a login neither waits nor ends';
		last if waits('client');
		finish($next);
	}
	($stopped) = pids('slow');
	kill 'STOP', $stopped if $stopped;
	$is_met = $stopped && waits('client');
	last if $is_met;
	kill 'CONT', $stopped if $stopped;
	foreach ($slow, $next) { finish($_) if is_running($_) }
}
ok($is_met, 'one login waits for another');
is(finish($next), '503', 'too long');
is(run('client', "SET statement_timeout = '20ms';\n" . log_in(NAME, 'wrong') x 12), join(' ', (@cancelled) x 12), 'waiting for its turn: twelve are cancelled');
foreach my $how ('pg_cancel_backend', 'pg_terminate_backend')
{
	my @waiting = map { begin('strict', log_in(NAME, 'wrong')) } 1 .. 2;
	ok(all_wait('strict', 2, 'Extension'), "$how: two wait for their turn");
	# All counts that there are: one more waits for one of the two to fail.
	is(run('strict', "SET statement_timeout = '20ms';\n" . log_in(NAME, 'wrong')), $cancelled[0], "$how: one more has not even that");
	$node->safe_psql('postgres', "SELECT $how(pid) FROM pg_stat_activity WHERE usename = 'strict'");
	like(finish($_), qr/^(ERROR:  canceling statement due to user|FATAL:  terminating connection)/, "$how: is heard there") foreach @waiting;
}
my @turned_away = map { begin('strict', log_in(NAME, 'wrong')) } 1 .. 3;
is(finish($_), '503', 'turned away') foreach @turned_away;
kill 'CONT', $stopped or die;
is(finish($slow), '401', 'the one that had its turn');
like(counted(), qr/^\d+ 1$/, 'waiting for its turn: none has failed but that one');

# after the hash, while the row of the trail is written
$holder->query_safe('BEGIN; LOCK TABLE agent_auth.audit IN EXCLUSIVE MODE');
foreach my $case ([ 'wrong', '0 1' ], [ PASSWORD, '0 0' ])
{
	my ($password, $more) = @$case;
	my $victim = begin('client', log_in(NAME, $password));
	ok(all_wait('client', 1, 'Lock'), "after the hash, $password: waits for a lock");
	$node->safe_psql('postgres', "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE usename = 'client'");
	like(finish($victim), qr/^ERROR:  canceling statement due to user request/, "after the hash, $password: cancelled");
	is(counted(), $more, "after the hash, $password: counted");
}
$holder->query_safe('COMMIT');
$holder->quit;

# whatever becomes of the transaction
is(run('client', "BEGIN;\n" . log_in('nobody@example.com', 'wrong') . 'ROLLBACK'), '401', 'rolled back: a wrong one');
is(counted(), '0 1', 'rolled back: it failed');
is(run('client', "BEGIN;\n" . log_in('other@example.com', PASSWORD) . 'ROLLBACK'), 'in', 'rolled back: a right one');
is(counted(), '1 0', 'rolled back: it was good');

# So of the nine that may fail, one has; of the two, none, and none is pending.
is(run('client', log_in(NAME, 'wrong') x 9), '401 ' x 8 . '429', 'one of nine was counted');
is(run('strict', log_in(NAME, 'wrong') x 3), '401 401 429', 'none of two was');

# Failures count within the window.
$node->append_conf('postgresql.conf', "agent_auth.lockout_window = 7\n");
$node->reload;
$node->poll_query_until('postgres', "SELECT current_setting('agent_auth.lockout_window') IN ('7', '7s')") or die;
like(run('client', log_in('window@example.com', 'wrong') x 8), qr/^401 /, 'eight failures');
is(run('client', "SELECT pg_sleep(8.1) IS NULL;\n" . log_in('window@example.com', 'wrong') x 2), 'f 401 401', 'which count no more when the window is over');

done_testing();
