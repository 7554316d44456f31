# LoginOracle.pm
#	What the tests of the login as an oracle share: one account of each kind for
#	every way of trying, and what must be alike between them afterwards.
#
#	A way is a hash: what (its name), status (a pattern that an answer to a
#	failure begins with), counts (what each try adds to the counters) and right,
#	what becomes of the right password:
#		in			it logs in, and its account's failures are forgiven
#		alike		it is a wrong one, in answer and counters
#		forgiven	its answer is lost, as a wrong one's, but not what it did
#		free		its answer is a wrong one's, and it counts nothing
#	Only who fails on until the lock can tell the last two from a wrong one:
#	that costs more tries than the one plain try that would have told.
package LoginOracle;

use strict;
use warnings FATAL => 'all';

use AgentAuth;
use Exporter 'import';
use Test::More;

our @EXPORT = qw(new_oracle_server try_all count_all quote RIGHT);

# As long as bcrypt reads.
use constant RIGHT => 'correct horse battery ' . 'y' x 50;
use constant WRONG => 'wrong horse battery';
use constant LIMIT => 9;

# Failures before the way is tried, so that forgiving is seen too.
use constant BEFORE => 2;

# kind => [how its name is written, its password, whether it may log in]
my %kinds = (
	'wrong' => [ sub { $_[0] }, WRONG, 0 ],
	'unknown' => [ sub { $_[0] }, WRONG, 0 ],
	'disabled' => [ sub { $_[0] }, WRONG, 0 ],
	'disabled-right' => [ sub { $_[0] }, RIGHT, 0 ],
	'case' => [ sub { uc $_[0] }, WRONG, 0 ],
	'right' => [ sub { $_[0] }, RIGHT, 1 ]);
my @failing = grep { !$kinds{$_}[2] } sort keys %kinds;

sub quote { return "'" . ($_[0] =~ s/'/''/gr) . "'" }

sub account
{
	my ($way, $kind) = @_;
	return ($way->{account} // 'a') . "$way->{number}-$kind\@example.com";
}

sub each_account
{
	my ($ways, $expression) = @_;
	return join ', ', map { my $way = $_; map { $expression->($way, $_) } sort keys %kinds } @$ways;
}

# A server with the accounts of all ways; "peer" is whence they are tried.
sub new_oracle_server
{
	my ($ways, $peer) = @_;
	my $node = new_server('main', settings => "
		agent_auth.lockout_address_failures = 7000
		agent_auth.login_concurrency = 256
	");
	my $number = 0;

	$_->{number} = ++$number foreach @$ways;
	my $accounts = each_account($ways, sub {
		my ($way, $kind) = @_;
		return sprintf '(%s, %s, %d)', quote(account($way, $kind)), quote($kind), $way->{before} // BEFORE;
	});
	$node->safe_psql('postgres', "
		CREATE FUNCTION fail(username text, peer inet) RETURNS int LANGUAGE sql AS
			\$\$ SELECT status FROM agent_auth.http('POST', '/agent-access-tokens', '{}', convert_to(json_build_object('data', json_build_object(
				'type', 'agent-access-tokens', 'attributes', json_build_object('username', username, 'password', '@{[WRONG]}')))::text, 'UTF8'), peer) \$\$;
		-- plain failures until the lock
		CREATE FUNCTION failures_left(username text, peer inet) RETURNS int LANGUAGE plpgsql AS \$\$
			DECLARE
				n int := 0;
				status int;
			BEGIN
				LOOP
					status := fail(username, peer);
					IF status <> 401 OR n > @{[LIMIT]} THEN
						RETURN CASE status WHEN 429 THEN n ELSE -status END;
					END IF;
					n := n + 1;
				END LOOP;
			END \$\$;
		CREATE TABLE account AS SELECT * FROM (VALUES $accounts) v(name, kind, before);
		SELECT agent_auth.create_agent(name, '@{[RIGHT]}') FROM account WHERE kind <> 'unknown';
		SELECT agent_auth.disable_agent(name) FROM account WHERE kind LIKE 'disabled%';
		SELECT fail(name, '$peer') FROM account, generate_series(1, before);");
	return $node;
}

# Tries all kinds that way; "ask" gets what to send and returns the answers; so does
# this, by kind.
sub try_all
{
	my ($way, $ask) = @_;
	my @names = sort keys %kinds;
	my @tries = map {
		my ($written, $password) = @{ $kinds{$_} };
		[ ($way->{written} // sub { $_[0] })->($written->(account($way, $_))), ($way->{password} // sub { $_[0] })->($password) ]
	} @names;
	my %answers;

	@answers{@names} = $ask->($way, @tries);
	is_deeply({ map { $_ => $answers{$_} } @failing }, { map { $_ => $answers{unknown} } @failing }, "$way->{what}: one answer");
	like($answers{unknown}, qr/^(?:$way->{status})/s, "$way->{what}: which");
	if ($way->{right} eq 'in')
	{
		like($answers{right}, qr/"accessToken": ?"/, "$way->{what}: the right password logs in");
	}
	else
	{
		is($answers{right}, $answers{unknown}, "$way->{what}: the right password's answer is no other");
	}
	return \%answers;
}

# Counts what all ways have left, in one query: it needs no network.  It would
# take hours if one of the costly logins had come to its end.
sub count_all
{
	my ($node, $ways, $peer) = @_;
	my $accounts = each_account($ways, sub {
		my ($way, $kind) = @_;
		return map { sprintf '(%s, %s::inet)', quote(account($way, $kind)), $_ } map { defined $_ ? quote($_) : 'NULL' }
		  (exists $way->{peer} ? $way->{peer} : $peer), $way->{not_peer} // ();
	});
	my %left;

	foreach (split /\n/, $node->safe_psql('postgres', "SELECT name, coalesce(host(peer), ''), failures_left(name, peer) FROM (VALUES $accounts) v(name, peer)", timeout => 900))
	{
		my ($name, $from, $n) = split /\|/;
		$left{$from}{$name} = $n;
	}
	foreach my $way (@$ways)
	{
		my $from = (exists $way->{peer} ? $way->{peer} : $peer) // '';
		my $unused = LIMIT - (exists $way->{peer} ? 0 : $way->{before} // BEFORE);
		my $rest = $unused - $way->{counts};
		my %right = (in => LIMIT, alike => $rest, forgiven => LIMIT, free => $unused);

		is_deeply({ map { $_ => $left{$from}{ account($way, $_) } } sort keys %kinds },
			{ (map { $_ => $rest } @failing), right => $right{ $way->{right} } }, "$way->{what}: counters");
		is_deeply({ map { $_ => $left{ $way->{not_peer} }{ account($way, $_) } } sort keys %kinds },
			{ map { $_ => LIMIT } sort keys %kinds }, "$way->{what}: none of another address") if defined $way->{not_peer};
	}
	return;
}

1;
