# The console: how its files are served, and how people use it, in Debian's
# Chromium (test/browser/console.mjs), with an operator who ends sessions, closes
# accounts and stops the gateway in between.
#
# SCREENSHOTS=DIR makes the pictures of the documentation instead; ONLY=PART runs
# what is named so there, such as "axe".

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../perl";

use AgentAuth;
use IPC::Open2;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $test = "$FindBin::RealBin/..";
plan skip_all => 'the gateway is not built' if !-x gateway_program();

my $node = new_server('main', settings => "agent_auth.impersonation_reason_required = on\nagent_auth.access_token_ttl = 28800\n");
$node->safe_psql('postgres', slurp_file("$test/browser/customers.sql"));
my $port = PostgreSQL::Test::Cluster::get_free_port();
my @flags = ('--listen', "127.0.0.1:$port", '--locked-delay', '0', '--metrics-listen', '127.0.0.1:0');
my $gateway = start_gateway($node, flags => \@flags);

# the files
my $page = request($gateway, 'GET', '/console/');
is($page->{status}, 200, 'the page');
my ($script) = $page->{body} =~ /<script type="module" src="([^"]+)">/;
foreach my $case (
	[ '/console/', 'text/html; charset=utf-8' ], [ '/console/index.html', 'text/html; charset=utf-8' ], [ '/console/?x=1', 'text/html; charset=utf-8' ],
	[ "/console/$script", 'text/javascript; charset=utf-8' ], [ '/console/console.css', 'text/css; charset=utf-8' ], [ '/console/icon.svg', 'image/svg+xml' ])
{
	my ($target, $type) = @$case;
	my $answer = request($gateway, 'GET', $target);
	my $file = ($target =~ m{/([^/?]+)$})[0] // 'index.html';
	my %headers = %{ $answer->{headers} };

	is($answer->{status}, 200, "$target is there");
	is($answer->{body}, slurp_file("$test/../gateway/console/$file"), "$target: as it is in the source");
	is_deeply([ @headers{qw(content-type cache-control)} ], [ $type, 'no-cache' ], "$target: what it is, and that it is asked for each time");
	my $head = request($gateway, 'HEAD', $target);
	is_deeply([ $head->{status}, $head->{body}, @{ $head->{headers} }{qw(content-length etag)} ], [ 200, '', length $answer->{body}, $headers{etag} ], "$target: HEAD");
	foreach my $known ($headers{etag}, "W/$headers{etag}", "\"x\", $headers{etag}", '*')
	{
		my $again = request($gateway, 'GET', $target, [ [ 'If-None-Match', $known ] ]);
		is_deeply([ $again->{status}, $again->{body}, @{ $again->{headers} }{qw(etag content-length)} ], [ 304, '', @headers{qw(etag content-length)} ], "$target: not sent again to who has $known");
	}
	is(request($gateway, 'GET', $target, [ [ 'If-None-Match', '"x"' ] ])->{status}, 200, "$target: but to who has another");
}

# what is answered otherwise
foreach my $case (
	[ 'GET', '/console', 308, location => 'console/' ], [ 'HEAD', '/console?x', 308, location => 'console/' ],
	[ 'POST', '/console/', 405, allow => 'GET, HEAD' ], [ 'PUT', '/console/console.css', 405, allow => 'GET, HEAD' ],
	[ 'DELETE', '/console', 405, allow => 'GET, HEAD' ], [ 'OPTIONS', '/console/', 405, allow => 'GET, HEAD' ],
	[ 'GET', '/console/nothing', 404 ], [ 'GET', '/console/console.css/', 404 ], [ 'GET', '/console//', 404 ], [ 'GET', '/console/%2e%2e/options.c', 404 ],
	[ 'GET', '/console/../options.c', 404 ], [ 'GET', '/console/index.htm', 404 ], [ 'GET', '/console/ndex.html', 404 ],
	[ 'GET', '/consoles', 404 ], [ 'GET', '/Console/', 404 ])
{
	my ($method, $target, $status, $name, $value) = @$case;
	my $answer = request($gateway, $method, $target);
	is($answer->{status}, $status, "$method $target: $status");
	is($answer->{headers}{$name}, $value, "$method $target: $name") if defined $name;
}
unlike(request($gateway, 'GET', '/consoles')->{headers}{'content-security-policy'} // '', qr/./, 'other paths are the database\'s');

# what protects it, on each of its answers
my %protections = (
	'content-security-policy' => "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; "
	  . "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
	'cross-origin-opener-policy' => 'same-origin',
	'cross-origin-resource-policy' => 'same-origin',
	'permissions-policy' => 'camera=(), microphone=(), geolocation=(), display-capture=(), payment=(), usb=(), clipboard-read=(), clipboard-write=(self)',
	'referrer-policy' => 'no-referrer',
	'x-content-type-options' => 'nosniff');
foreach my $case ([ 'GET', '/console/' ], [ 'HEAD', '/console/' ], [ 'GET', "/console/$script" ], [ 'GET', '/console' ], [ 'GET', '/console/nothing' ], [ 'POST', '/console/' ])
{
	my $headers = request($gateway, @$case)->{headers};
	is_deeply({ map { $_ => $headers->{$_} } keys %protections }, \%protections, "@$case is protected");
}
is_deeply([ map { request($gateway, 'GET', '/console/', [ [ 'If-None-Match', '*' ] ])->{headers}{$_} } sort keys %protections ],
	[ @protections{ sort keys %protections } ], 'and what is not sent again');
unlike($page->{body}, qr{<style|style=|\son\w+=|<script(?! type="module" src=)|//}, 'no script and no style in the page, and nothing from elsewhere');

# without it
sub without
{
	my ($what, @more) = @_;
	my $other = start_gateway($node, flags => \@more);
	foreach my $target ('/console', '/console/', "/console/$script")
	{
		my $answer = request($other, 'GET', $target);
		is_deeply([ $answer->{status}, $answer->{body}, $answer->{headers}{'content-security-policy'} ],
			[ 404, '{"errors":[{"status":404,"detail":"Not Found"}]}', undef ], "$what: there is no $target");
	}
	is(request($other, 'GET', '/healthz')->{status}, 200, "$what: everything else is there");
	stop_gateway($other);
	return;
}
without('--no-console', '--no-console');
{
	local $ENV{AGENT_AUTH_GATEWAY_NO_CONSOLE} = 'yes';
	without('in the environment');
	$ENV{AGENT_AUTH_GATEWAY_NO_CONSOLE} = 'no';
	my $other = start_gateway($node);
	is(request($other, 'GET', '/console/')->{status}, 200, 'unless it says no');
	stop_gateway($other);
	$ENV{AGENT_AUTH_GATEWAY_NO_CONSOLE} = 'perhaps';
	my ($out, $err);
	ok(!IPC::Run::run([ gateway_program() ], '>', \$out, '2>', \$err), 'what is neither yes nor no ends the program');
	like($err, qr/--no-console cannot be "perhaps"/, 'with a sentence');
}

# What an operator does while the browser waits, and what is answered.
sub sql { return $node->safe_psql('postgres', $_[0]) }
my %orders = (
	'impersonations' => sub { sql(q{SELECT string_agg(username || ' as ' || customer_reference || ': ' || reason || ' (' || ticket || ')', '; ') FROM agent_auth.impersonations WHERE ticket IS NOT NULL}) },
	'close-account' => sub { sql("UPDATE agent_auth.customer SET assistable = false WHERE customer_reference = '$_[0]' RETURNING 'closed'") },
	'end-sessions' => sub { sql("SELECT agent_auth.end_sessions('@{[NAME]}')") },
	'allow-trail' => sub { sql(q{SELECT to_regprocedure('agent_auth.set_auditor(text, boolean)')}) ? sql("SELECT agent_auth.set_auditor('@{[NAME]}', true)") . 'allowed' : 'this server has none' },
	'forbid-trail' => sub { sql("SELECT agent_auth.set_auditor('@{[NAME]}', false)") . 'forbidden' },
	'stop-gateway' => sub { stop_gateway($gateway) },
	'start-gateway' => sub { $gateway = start_gateway($node, flags => \@flags); 'started' },
	'flood' => \&begin_flood,
	'flooded' => \&queued,
	'flood-ends' => \&end_flood,
	'token-seconds' => \&set_token_seconds);

# Until every connection of the gateway knows of it.
sub set_token_seconds
{
	my ($seconds) = @_;
	my $count = 0;
	$node->adjust_conf('postgresql.conf', 'agent_auth.access_token_ttl', $seconds);
	$node->reload;
	return wait_until(sub {
		my $answer = request($gateway, 'POST', '/agent-access-tokens', [], login_body());
		$count = $answer->{body} =~ /"expiresIn":$seconds,/ ? $count + 1 : 0;
		return $count > 16;
	});
}

# Logins that wait for their turn.
sub queued
{
	my ($monitor) = reverse slurp_file($gateway->{log}) =~ /metrics are at \/metrics" port=(\d+)/g;
	return request({ port => $monitor }, 'GET', '/metrics')->{body} =~ /^agent_auth_gateway_pool_queue_length\{lane="slow"\} (\d+)/m ? $1 : 0;
}

# Wrong passwords from one address, many at once and one after another, each at a
# hash that takes a while.
my @flooders;
sub try_passwords
{
	local $SIG{PIPE} = 'IGNORE';
	for (my $n = 0; ; $n++)
	{
		my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port, LocalAddr => '127.0.0.9') or POSIX::_exit(0);
		my $body = login_body("nobody-$$-$n\@example.com", 'wrong');
		syswrite $socket, "POST /agent-access-tokens HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: " . length($body) . "\r\n\r\n$body";
		1 while sysread $socket, my $answer, 65536;
	}
	return;
}
sub begin_flood
{
	set_hashes(11, 7000);
	@flooders = map { my $pid = fork // die; try_passwords() if $pid == 0; $pid } 1 .. 48;
	wait_until(sub { queued() > 20 });
	return queued();
}
sub end_flood
{
	kill 'TERM', @flooders;
	waitpid $_, 0 foreach @flooders;
	set_hashes(4, 50);
	sql("SELECT agent_auth.set_password('@{[NAME]}', '@{[PASSWORD]}')");
	return 'over';
}
sub set_hashes
{
	my ($cost, $failures) = @_;
	$node->adjust_conf('postgresql.conf', 'agent_auth.bcrypt_cost', $cost);
	$node->adjust_conf('postgresql.conf', 'agent_auth.lockout_address_failures', $failures);
	$node->reload;
	return wait_until(sub { sql('SHOW agent_auth.bcrypt_cost') eq $cost });
}

# Passes its tests on as ours; true when there were as many as it says at its end.
sub run_browser
{
	my ($planned, $count) = (0, 0);
	my $pid = open2(my $out, my $in, 'node', "$test/browser/console.mjs", '--base-url', "http://127.0.0.1:$port", '--username', NAME, '--password', PASSWORD, @_);
	local $SIG{ALRM} = sub { kill 'TERM', $pid };
	local $SIG{PIPE} = 'IGNORE';

	$in->autoflush(1);
	alarm 300;
	while (my $line = <$out>)
	{
		alarm 300;
		chomp $line;
		if ($line =~ /^ok \d+ - (.*?) # SKIP (.*)/) { $count++; SKIP: { skip "$1: $2", 1 } }
		elsif ($line =~ /^(not )?ok \d+ - (.*)/) { $count++; ok(!$1, $2) }
		elsif ($line =~ /^# operator: (\S+) ?(.*)$/) { print $in $orders{$1}->($2) . "\n" }
		elsif ($line =~ /^1\.\.(\d+)$/) { $planned = $1 }
		else { diag($line) }
	}
	waitpid $pid, 0;
	alarm 0;
	return $count > 0 && $count == $planned;
}

SKIP:
{
	my ($major) = (`node --version 2>/dev/null` // '') =~ /^v(\d+)/;
	skip 'Node.js 18 or later is not installed', 1 if ($major // 0) < 18;
	skip 'chromium is not installed', 1 if !grep { -x } map { "$_/chromium" } split /:/, $ENV{PATH};
	foreach my $module ('playwright-core', 'axe-core')
	{
		skip "$module is not installed: npm ci in test/", 1 if !-d "$test/node_modules/$module";
	}
	ok(run_browser(map { $ENV{ uc $_ } ? ("--$_", $ENV{ uc $_ }) : () } 'screenshots', 'only'), 'the browser came to its end');
}

stop_gateway($gateway);
unlike(slurp_file($gateway->{log}), qr/aart_|eyJ|correct horse/, 'no token and no password in the log of the gateway');
unlike(slurp_file($node->logfile), qr/aart_|eyJ|correct horse/, 'nor in the server\'s');
done_testing();
