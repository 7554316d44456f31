# What goes with the gateway: every flag is told of everywhere, the manual page
# and the unit are sound and get installed, and alerts and dashboard name what
# /metrics has.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../perl";

use AgentAuth;
use IPC::Run ();
use JSON::PP;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'the gateway is not built' if !-x gateway_program();

my $root = "$FindBin::RealBin/../..";
my $dir = PostgreSQL::Test::Utils::tempdir();

sub run
{
	my (@command) = @_;
	my $out = '';
	my $ok = eval { IPC::Run::run \@command, '<', \'', '>', \$out, '2>&1', IPC::Run::timeout(300) };
	return ($ok ? 1 : 0, $out);
}
sub has { my ($program) = @_; return grep { -x "$_/$program" } split /:/, $ENV{PATH} }

# flags
my (undef, $help) = run(gateway_program(), '--help');
my %flags = (
	'--help' => [ sort $help =~ /^ +(--[a-z-]+)/mg ],
	'options.c' => [ sort map { "--$_" } slurp_file("$root/gateway/options.c") =~ /^\t+\[\w+\] = \{"([a-z-]+)", /mg ],
	'the manual page' => [ sort map { "--$_" } slurp_file("$root/gateway/agent_auth_gateway.8") =~ /^\.It Fl -([a-z-]+)/mg ],
	'docs/gateway.md' => [ sort { $a cmp $b } slurp_file("$root/docs/gateway.md") =~ /^\| `(--[a-z-]+)/mg ]);
cmp_ok(scalar @{ $flags{'--help'} }, '>', 20, 'flags');
is_deeply($flags{$_}, $flags{'--help'}, "flags: all of them are in $_") foreach sort keys %flags;
foreach my $default ($help =~ /^ +(--[a-z-]+ .*\(.*\))$/mg)
{
	my ($flag, $value) = $default =~ /^--([a-z-]+) .*\((.*)\)$/;
	ok(slurp_file("$root/docs/gateway.md") =~ /^\| `--$flag [^`]*` \| `?\Q$value\E`? \|/m, "docs/gateway.md: the default of --$flag");
	ok(slurp_file("$root/gateway/agent_auth_gateway.8") =~ /^\.It Fl -$flag [^.]*(?:\n(?!\.It)[^\n]*)*?\n?(?:The default[^\n]*|\.Li )\Q$value\E/m, "the manual page: the default of --$flag");
}

# routes that metrics tell apart
my @paths = slurp_file("$root/docs/openapi.yaml") =~ m{^  (/[^/:\s]+)}mg;
cmp_ok(scalar @paths, '>', 8, 'routes');
is_deeply([ grep { index(slurp_file("$root/gateway/route.c"), "\"$_\"") < 0 } @paths ], [], 'routes: metrics tell all of them apart');

# the manual page
SKIP:
{
	skip 'mandoc is missing', 1 if !has('mandoc');
	my (undef, $out) = run('mandoc', '-T', 'lint', '-W', 'style', "$root/gateway/agent_auth_gateway.8");
	# which other pages are on this host is not the page's business
	is(join("\n", grep { !/mandoc\.db|cannot find the referenced manual|referenced manual not found/ } split /\n/, $out), '', 'mandoc: nothing to complain of');
}

# what is installed, and where
my $destination = "$dir/root";
my ($ok, $said) = run('make', '-s', '-C', "$root/gateway", 'install', '-o', 'agent_auth_gateway', "DESTDIR=$destination", 'prefix=/opt/x');
ok($ok, 'make install') or diag($said);
my %modes = map { $_ => sprintf '%o', (stat "$destination$_")[2] & 07777 } grep { -e "$destination$_" }
  '/opt/x/bin/agent_auth_gateway', '/opt/x/share/man/man8/agent_auth_gateway.8', '/opt/x/lib/systemd/system/agent_auth_gateway.service';
is_deeply(\%modes, { '/opt/x/bin/agent_auth_gateway' => 755, '/opt/x/share/man/man8/agent_auth_gateway.8' => 644, '/opt/x/lib/systemd/system/agent_auth_gateway.service' => 644 },
	'program, manual page and unit');
my $unit = slurp_file("$destination/opt/x/lib/systemd/system/agent_auth_gateway.service");
like($unit, qr{^ExecStart=/opt/x/bin/agent_auth_gateway$}m, 'the unit starts what was installed');
run('make', '-s', '-C', "$root/gateway", 'install', '-o', 'agent_auth_gateway', "DESTDIR=$dir/other", 'systemdsystemunitdir=/usr/lib/systemd/system');
ok(-e "$dir/other/usr/lib/systemd/system/agent_auth_gateway.service" && -e "$dir/other/usr/local/bin/agent_auth_gateway", 'a folder of their own for units');

# the unit, also with the lines that are only suggested
SKIP:
{
	skip 'systemd-analyze is missing', 3 if !has('systemd-analyze');
	my $program = gateway_program();
	$unit =~ s{^ExecStart=.*}{ExecStart=$program}m;
	(my $more = $unit) =~ s{^#([A-Z]\w+=)}{$1}mg;
	foreach my $case ([ 'agent_auth_gateway.service', $unit ], [ 'more.service', $more ])
	{
		my ($name, $text) = @$case;
		open my $file, '>', "$dir/$name" or die;
		print $file $text;
		close $file;
		my ($good, $out) = run('systemd-analyze', 'verify', '--man=no', "$dir/$name");
		is("$good $out", '1 ', "systemd-analyze verify: $name");
	}
	my ($good, $out) = run('systemd-analyze', 'security', '--offline=true', '--threshold=15', "$dir/agent_auth_gateway.service");
	ok($good, 'systemd-analyze security: at most 1.5 of 10 exposed') or diag($out);
}

# alerts
my $monitoring = "$root/examples/monitoring";
my @alerts = slurp_file("$monitoring/alerts.yml") =~ /^ +- alert: (\w+)/mg;
my $tests = slurp_file("$monitoring/alerts_test.yml");
cmp_ok(scalar @alerts, '>', 10, 'alerts');
foreach my $alert (@alerts)
{
	like($tests, qr/alertname: $alert\n +exp_alerts:\n +- exp_labels/, "$alert: is shown to fire");
	like($tests, qr/alertname: $alert\n +exp_alerts: \[\]/, "$alert: and not to when all is well");
}
SKIP:
{
	skip 'promtool is missing', 3 if !has('promtool');
	foreach my $command ([ 'check', 'rules', "$monitoring/alerts.yml" ], [ 'check', 'config', "$monitoring/prometheus.yml" ], [ 'test', 'rules', "$monitoring/alerts_test.yml" ])
	{
		my ($good, $out) = run('promtool', @$command);
		ok($good, "promtool @$command[0, 1]") or diag($out);
	}
}

# names, against a gateway that has counted a bit of everything
my $node = new_server('main');
$node->safe_psql('postgres', 'GRANT SELECT ON agent_auth.statistics TO gateway; GRANT EXECUTE ON FUNCTION agent_auth.read_statistics, agent_auth.audit_unsealed_since TO gateway');
my ($made) = run('openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', "$dir/key", '-out', "$dir/crt", '-subj', '/CN=x', '-days', '2');
my $gateway = start_gateway($node, flags => [ '--metrics-listen', '127.0.0.1:0' ]);
request($gateway, 'GET', '/.well-known/jwks.json');
$node->safe_psql('postgres', 'REVOKE EXECUTE ON FUNCTION agent_auth.http FROM gateway');
request($gateway, 'GET', '/.well-known/jwks.json');
sub metrics_of
{
	my ($of) = @_;
	my ($port) = slurp_file($of->{log}) =~ /metrics are at \/metrics" port=(\d+)/;
	return request({ port => $port }, 'GET', '/metrics')->{body} =~ /^(\w+)[{ ]/mg;
}
my %known = map { $_ => 1 } 'up', metrics_of($gateway);
stop_gateway($gateway);
SKIP:
{
	skip 'openssl is missing', 1 if !$made;
	my $tls = start_gateway($node, wait => 0, flags => [ '--metrics-listen', '127.0.0.1:0', '--tls-certificate', "$dir/crt", '--tls-key', "$dir/key" ]);
	$known{$_} = 1 foreach metrics_of($tls);
	is(stop_gateway($tls), 0, 'a gateway with a certificate');
}
$known{agent_auth_gateway_certificate_expiry_timestamp_seconds} = 1 if !$made;

my $dashboard = eval { JSON::PP->new->utf8->decode(slurp_file("$monitoring/grafana-dashboard.json")) };
ok($dashboard, 'the dashboard is JSON') or diag($@);
my @expressions = map { $_->{expr} } map { @{ $_->{targets} // [] } } @{ $dashboard->{panels} };
cmp_ok(scalar @expressions, '>', 30, 'the dashboard: expressions');
is(scalar(keys %{ { map { $_->{id} => 1 } @{ $dashboard->{panels} } } }), scalar @{ $dashboard->{panels} }, 'the dashboard: each panel has a number of its own');
sub names_in { my ($text) = @_; return $text =~ /\b((?:agent_auth|process)_\w+)(?!")\b/g }
my %named = map { $_ => 1 } map { names_in($_) } @expressions, $dashboard->{templating}{list}[1]{query}{query};
delete $named{agent_auth_gateway};	# the job
is_deeply([ grep { !$known{$_} } sort keys %named ], [], 'the dashboard: every metric that it names is there');
my %in_alerts = map { $_ => 1 } map { names_in($_) } slurp_file("$monitoring/alerts.yml") =~ /^ +expr: (.*(?:\n {10,}\S.*)*)/mg;
delete $in_alerts{agent_auth_gateway};
cmp_ok(scalar keys %in_alerts, '>', 10, 'alerts: they name metrics');
is_deeply([ grep { !$known{$_} } sort keys %in_alerts ], [], 'alerts: every metric that they name is there');
my @ours = grep { /^agent_auth/ } sort keys %known;
is_deeply([ grep { !$named{$_} && !/_bucket$|_sum$|_count$/ } @ours ], [], 'the dashboard shows every metric of ours');

done_testing();
