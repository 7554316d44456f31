# AgentAuth.pm
#	What the TAP tests share: a server with the extension and an agent, a
#	gateway before it, and HTTP over a plain socket.
package AgentAuth;

use strict;
use warnings FATAL => 'all';

use Cwd qw(abs_path);
use Exporter 'import';
use File::Basename qw(dirname);
use IO::Socket::INET;
use POSIX ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

our @EXPORT = qw(new_server login_body start_gateway stop_gateway gateway_program
  start_program stop_program request send_raw wait_until NAME PASSWORD);

use constant NAME => 'maria@example.com';
use constant PASSWORD => 'correct horse battery';

# A running server with the extension, a key and an agent; cheap hashes unless
# "settings" says otherwise.
sub new_server
{
	my ($name, %params) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);

	$node->init(%{ $params{init} // {} });
	$node->append_conf('postgresql.conf', "agent_auth.bcrypt_cost = 4\nlog_statement = none\n" . ($params{settings} // ''));
	$node->start;
	$node->safe_psql('postgres', "
		CREATE EXTENSION agent_auth CASCADE;
		SELECT agent_auth.rotate_signing_key();
		SELECT agent_auth.create_agent('@{[NAME]}', '@{[PASSWORD]}');
		CREATE ROLE gateway LOGIN;
		GRANT USAGE ON SCHEMA agent_auth TO gateway;
		GRANT EXECUTE ON FUNCTION agent_auth.http TO gateway;");
	return $node;
}

sub login_body
{
	my ($username, $password) = @_;
	return sprintf '{"data":{"type":"agent-access-tokens","attributes":{"username":"%s","password":"%s"}}}',
	  $username // NAME, $password // PASSWORD;
}

sub gateway_program
{
	return abs_path(dirname(__FILE__) . '/../..') . '/gateway/agent_auth_gateway';
}

# A test that dies leaves no gateway behind.
my %running;
END
{
	my $status = $?;
	kill 'KILL', keys %running;
	$? = $status;
}

sub adopt { $running{ $_[0] } = 1; return }

# Starts one that serves a port, which it writes to the file that --port-file
# names; what it writes to standard error goes to the file $program->{log}.
sub start_program
{
	my ($dir, @command) = @_;
	my %program = (log => "$dir/log");

	$program{pid} = fork // die "cannot fork: $!";
	adopt($program{pid}) if $program{pid};
	if ($program{pid} == 0)
	{
		open STDERR, '>>', $program{log} or POSIX::_exit(1);
		exec(@command, '--port-file', "$dir/port") or POSIX::_exit(1);
	}
	wait_until(sub { -s "$dir/port" }) or die "did not start: @command";
	$program{port} = slurp_file("$dir/port") + 0;
	return \%program;
}

# Starts one on a free port.
sub start_gateway
{
	my ($node, %params) = @_;
	my $conninfo = $params{conninfo}
	  // ($node->connstr($params{dbname} // 'postgres') . ' user=gateway');
	my %gateway = %{
		start_program(PostgreSQL::Test::Utils::tempdir(), gateway_program(), '--listen', '127.0.0.1:0',
			'--conninfo', $conninfo, @{ $params{flags} // [] })
	};
	$gateway{node} = $node;
	if ($params{wait} // 1)
	{
		wait_until(sub { request(\%gateway, 'GET', '/readyz')->{status} == 200 })
		  or die 'the gateway is not ready';
	}
	return \%gateway;
}

# Ends it as an operator would, and returns its exit status.
sub stop_program
{
	my ($program) = @_;
	kill 'TERM', $program->{pid};
	waitpid $program->{pid}, 0;
	delete $running{ $program->{pid} };
	return $?;
}

sub stop_gateway { return stop_program(@_) }

# True as soon as the condition is, false after so long that no machine is that
# slow.
sub wait_until
{
	my ($condition, $seconds) = @_;
	my $end = time + ($seconds // 300);

	while (time < $end)
	{
		return 1 if $condition->();
		sleep 0.05;
	}
	return 0;
}

# Sends bytes as they are, one piece after another, and returns all that comes
# back until the server closes or "seconds" have passed.
sub send_raw
{
	my ($gateway, $pieces, %params) = @_;
	my $answer = '';
	my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $gateway->{port}, Proto => 'tcp')
	  or die "cannot connect: $!";
	local $SIG{PIPE} = 'IGNORE';
	local $SIG{ALRM} = sub { die "timed out\n" };

	eval {
		alarm($params{seconds} // 300);
		foreach my $piece (@$pieces)
		{
			last if !defined $socket->syswrite($piece);
			sleep $params{pause} if $params{pause};
		}
		while (sysread $socket, my $chunk, 65536)
		{
			$answer .= $chunk;
		}
	};
	alarm 0;
	close $socket;
	return $answer;
}

# One request on a connection of its own: status, headers and body.
sub request
{
	my ($gateway, $method, $target, $headers, $body) = @_;
	my @lines = map { "$_->[0]: $_->[1]" } @{ $headers // [] };

	unshift @lines, 'Host: shop.example.com' if !grep { /^Host:/i } @lines;
	push @lines, 'Content-Length: ' . length $body
	  if defined $body && !grep { /^(Content-Length|Transfer-Encoding):/i } @lines;
	my $raw = send_raw($gateway, [ join("\r\n", "$method $target HTTP/1.1", @lines, 'Connection: close', '', $body // '') ]);
	my ($head, $content) = split /\r\n\r\n/, $raw, 2;
	my ($line, @rest) = split /\r\n/, $head // '';
	my %answer = (status => 0, headers => {}, body => $content // '');

	$answer{status} = $1 if ($line // '') =~ m{^HTTP/1\.1 (\d+)};
	foreach (@rest)
	{
		$answer{headers}{ lc $1 } = $2 if /^([^:]+): (.*)$/;
	}
	return \%answer;
}

1;
