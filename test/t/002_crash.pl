# A server killed with -9 while agents log in: no token that a client received
# is unknown afterwards.  AGENT_AUTH_CRASHES says how often; 5 without it.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../perl";

use AgentAuth;
use JSON::PP;
use MIME::Base64 qw(decode_base64);
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

plan skip_all => 'the gateway is not built' if !-x gateway_program();

use constant CLIENTS => 4;

my $crashes = $ENV{AGENT_AUTH_CRASHES} // 5;
my $node = new_server('main', settings => "fsync = on\nrestart_after_crash = off\n");
my $gateway = start_gateway($node);
my $dir = PostgreSQL::Test::Utils::tempdir();
my $received = 0;

# Logs in until the server is gone, and writes down each token it is given.
sub hammer
{
	my ($file) = @_;
	open my $out, '>>', $file or POSIX::_exit(1);
	$out->autoflush(1);
	my $end = time + 300;
	while (time < $end)
	{
		my $answer = request($gateway, 'POST', '/agent-access-tokens', [], login_body());
		last if $answer->{status} != 201;
		print $out decode_json($answer->{body})->{data}{attributes}{accessToken}, "\n";
	}
	POSIX::_exit(0);
}

sub sid
{
	my ($payload) = $_[0] =~ /^[^.]*\.([^.]*)\./;
	return decode_json(decode_base64(($payload =~ tr{-_}{+/}r) . '=='))->{sid};
}

foreach my $crash (1 .. $crashes)
{
	my @pids;
	foreach my $n (1 .. CLIENTS)
	{
		my $pid = fork // die "cannot fork: $!";
		hammer("$dir/$crash.$n") if $pid == 0;
		push @pids, $pid;
	}
	wait_until(sub { !grep { !-s "$dir/$crash.$_" } 1 .. CLIENTS }) or die 'a client gets no token';
	sleep rand 0.3;	# at any moment
	my ($postmaster) = slurp_file($node->data_dir . '/postmaster.pid') =~ /^(\d+)/;
	my @children = split ' ', slurp_file("/proc/$postmaster/task/$postmaster/children");
	$node->kill9;
	waitpid $_, 0 foreach @pids;

	# its children take a moment to notice
	wait_until(sub { !grep { -e "/proc/$_" } @children }) or die 'a backend lives on';
	$node->start;
	wait_until(sub { request($gateway, 'GET', '/readyz')->{status} == 200 }) or die 'the gateway does not come back';
	my @tokens = map { split /\n/, slurp_file("$dir/$crash.$_") } 1 .. CLIENTS;
	my $sids = join ',', map { "('" . sid($_) . "'::uuid)" } @tokens;
	$received += @tokens;
	is($node->safe_psql('postgres', "SELECT count(*) FROM (VALUES $sids) v(id) WHERE NOT EXISTS
		(SELECT 1 FROM agent_auth.session s JOIN agent_auth.audit a ON a.session_id = s.id WHERE s.id = v.id AND ended_at IS NULL)"),
		0, "crash $crash: every session is known, and in the trail") if @tokens;
	is(request($gateway, 'POST', '/agent-access-tokens', [ [ 'X-Agent-Authorization', "Bearer $tokens[-1]" ] ], login_body())->{status},
		201, "crash $crash: the last token is good") if @tokens;
}
cmp_ok($received, '>', $crashes, "tokens were received: $received");
is(stop_gateway($gateway), 0, 'the gateway has lived through it');

done_testing();
