# What holds the whole run together (test/limited): a test file that hangs is
# ended when its limit is over, with the servers that it has started.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../perl";

use AgentAuth;
use PostgreSQL::Test::Utils;
use Test::More;

my $limited = "$FindBin::RealBin/../limited";
my $dir = PostgreSQL::Test::Utils::tempdir();

# As a server does: it goes to the background, with a session of its own.
my $server = 'my ($file) = @ARGV; exit if fork; POSIX::setsid(); exit if fork; open my $f, ">", "$file.new"; print $f $$; close $f; rename "$file.new", $file; ';
my $stays = 'select undef, undef, undef, 0.1 while 1';

# Runs perl under a limit and returns its status, when it comes in time.
sub limited
{
	my ($seconds, $program, @arguments) = @_;
	IPC::Run::run [ $limited, $seconds, 'perl', '-MPOSIX', '-e', $program, @arguments ], '>', '/dev/null', '2>', "$dir/stderr", IPC::Run::timeout(180);
	return $? >> 8;
}

sub is_gone
{
	my ($file) = @_;
	return -s $file && !kill 0, slurp_file($file);
}

# In another process, since it goes to the background of this one.
sub with_server { return "system 'perl', '-MPOSIX', '-e', q{$server$_[0]$stays}, \@ARGV; sleep 1 while !-s \$ARGV[0]; " }

is(limited(120, 'exit 7'), 7, 'what ends by itself has its own status');
is(limited(120, 'kill 9, $$; sleep'), 137, 'also by a signal');
is(limited(120, with_server('') . 'exit 0', "$dir/left"), 0, 'a server that is left behind changes nothing');
ok(is_gone("$dir/left"), 'but is ended');
foreach my $case ([ 'in the background', '' ], [ 'that takes no hint', '$SIG{TERM} = $SIG{QUIT} = "IGNORE"; ' ], [ 'that is stopped', 'kill "STOP", $$; ' ])
{
	my ($what, $more) = @$case;
	my $file = "$dir/" . $what =~ s/ /_/gr;
	is(limited(2, with_server($more) . $stays, $file), 124, "a test that hangs, with a server $what, is ended");
	ok(is_gone($file), 'and the server is too');
	like(slurp_file("$dir/stderr"), qr/^ended after 2 seconds: perl /m, 'with a sentence');
}
done_testing();
