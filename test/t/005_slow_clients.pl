# Ten thousand clients that take their time, in every way there is: the gateway
# stays within 128 MB, and others are served.  As many as the hard limit of open
# files allows, where that is fewer; memory is measured without sanitizers.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../perl";

use AgentAuth;
use IPC::Run ();
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'the gateway is not built' if !-x gateway_program();

# What the gateway and the client need beside the connections.
use constant OTHERS => 100;

# As many as linger at most.
use constant LINGERING => 400;

my $hard = `ulimit -Hn`;
my $n = $hard =~ /^(\d+)/ && $1 < 10_000 + OTHERS ? $1 - OTHERS : 10_000;
plan skip_all => "only $hard files may be open" if $n < 500;

# The clients: connects, reports how many are connected, and for each line that
# it reads sends one byte more on each of those that send any.  Four hundred have
# been answered and linger; a third each of the others sends nothing, headers,
# and a body.
my $clients = <<'EOF';
use strict; use warnings; use Socket; use IO::Handle;
my ($port, $n, $lingering) = @ARGV;
my @begin = ('', "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n", "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
sub kind { my ($i) = @_; return $i < $lingering ? 3 : $i % 3 }
my @sockets;
STDOUT->autoflush(1);
$SIG{PIPE} = 'IGNORE';
foreach my $i (0 .. $n - 1)
{
	socket(my $s, PF_INET, SOCK_STREAM, 0) or die "socket: $!";
	bind($s, sockaddr_in(0, inet_aton('127.0.0.' . (10 + $i % 8)))) or die "bind: $!";
	connect($s, sockaddr_in($port, INADDR_LOOPBACK)) or die "connect: $!";
	syswrite($s, $begin[kind($i)]);
	push @sockets, $s;
	sysread($s, my $answer, 1000) or die "not answered" if kind($i) == 3;
}
print "connected\n";
while (<STDIN>)
{
	foreach my $i (0 .. $n - 1)
	{
		syswrite($sockets[$i], 'x') if kind($i) == 1 || kind($i) == 2;
	}
	print "sent\n";
}
# Whoever was closed has something to read: its end.
my $open = 0;
foreach my $s (@sockets)
{
	my $bits = ''; vec($bits, fileno($s), 1) = 1;
	$open++ if select($bits, undef, undef, 0) == 0;
}
print "open $open\n";
EOF

my $node = new_server('main');
my $gateway = start_gateway($node, flags => [ '--request-timeout', 1100, '--idle-timeout', 1100, '--max-connections', $n + 20, '--pool-size', 4 ]);
unlike(slurp_file($gateway->{log}), qr{limit of open files}, "room for $n connections");

sub resident
{
	my ($kilobytes) = slurp_file("/proc/$gateway->{pid}/status") =~ /^VmRSS:\s+(\d+)/m;
	return $kilobytes;
}
my $before = resident();
my ($to, $from) = ('', '');
my $slow = IPC::Run::start [ 'sh', '-c', 'ulimit -Sn "$(ulimit -Hn)"; exec "$@"', 'sh', $^X, '-e', $clients, $gateway->{port}, $n, LINGERING ],
  '<', \$to, '>', \$from, IPC::Run::timeout(1100);
$slow->pump until $from =~ /connected\n/;

my $served = 0;
foreach my $round (1 .. 5)
{
	($to, $from) = ("more\n", '');
	foreach (1 .. 5)
	{
		$served++ if request($gateway, 'POST', '/agent-access-tokens', [], login_body())->{status} == 201;
		$served++ if request($gateway, 'GET', '/.well-known/jwks.json')->{status} == 200;
	}
	$slow->pump until $from =~ /sent\n/;
}
is($served, 50, "fifty requests of others are served meanwhile");
my $while = resident();
cmp_ok($while, '<', 128 * 1024, "the gateway's resident memory: $before, then $while kB with $n connections");
my $sockets = () = `ls -l /proc/$gateway->{pid}/fd` =~ /socket:/g;
cmp_ok($sockets, '>=', $n, 'which it holds all');
like(send_raw($gateway, [ "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" ]), qr{^Connection: close}mi, 'nobody more is asked to stay');
$from = '';
$slow->finish;
is($from =~ /^open (\d+)$/m ? $1 : 'none', $n, 'and the clients find open');
is(request($gateway, 'GET', '/readyz')->{status}, 200, 'when they have gone it is there');
is(stop_gateway($gateway), 0, 'exit status');

done_testing();
