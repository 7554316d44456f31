# Nginx.pm
#	Debian's nginx with one of the files in examples/nginx, as a user copies it:
#	only its addresses, paths and the certificate are the test's own.
package Nginx;

use strict;
use warnings FATAL => 'all';

use AgentAuth;
use Cwd qw(abs_path);
use Exporter 'import';
use File::Basename qw(dirname);
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;

our @EXPORT = qw(nginx_program nginx_cannot passing_digests start_nginx curl);

my $root = abs_path(dirname(__FILE__) . '/../..');
my $njs = '/usr/lib/nginx/modules/ngx_http_js_module.so';

sub nginx_program
{
	return (grep { -x } '/usr/sbin/nginx', '/usr/bin/nginx')[0];
}

# Whether it tells the last of several headers of one name, by itself
sub nginx_tells_the_last
{
	my $version = qx(@{[nginx_program()]} -v 2>&1);
	return $version =~ m{nginx/(\d+)\.(\d+)} && ($1 > 1 || $2 >= 23);
}

# Why the whole contract cannot be kept behind it, with PostgREST
sub nginx_cannot
{
	return 'nginx is not installed' if !nginx_program();
	return 'nginx is older than 1.23, and its module njs is not installed' if !nginx_tells_the_last() && !-e $njs;
	return;
}

# What has it pass on the digests by which the stand-in sees what was altered
sub passing_digests
{
	my $line = 'proxy_set_header X-MFA-Code $http_x_mfa_code;';
	return { "$line\n\n" => "$line\n\tproxy_set_header X-Contract-Digest \$http_x_contract_digest;\n\n" };
}

# As the file says for an nginx before 1.23
sub with_njs
{
	my ($conf) = @_;
	$conf =~ s/^map \$http_x_agent_authorization .*?^\}\n//ms or die 'the map is not there';
	$conf =~ s/^#\t(?=js_)//mg == 2 or die 'the lines for njs are not there';
	return replace($conf, '/etc/nginx/agent_auth_headers.js' => "$root/examples/nginx/agent_auth_headers.js");
}

sub write_file
{
	my ($name, $content) = @_;
	open my $file, '>', $name or die "$name: $!";
	print $file $content;
	close $file;
	return;
}

# Each must be there, once: else the file is another than this was written for.
sub replace
{
	my ($text, %by) = @_;
	foreach my $old (keys %by)
	{
		my $n = $text =~ s/\Q$old\E/$by{$old}/g;
		die "\"$old\" is there " . ($n || 0) . ' times' if $n != 1;
	}
	return $text;
}

# "replaced": what else to put in the place of what
sub start_nginx
{
	my ($name, $upstream, $upstream_port, %replaced) = @_;
	my $dir = PostgreSQL::Test::Utils::tempdir();
	my $port = PostgreSQL::Test::Cluster::get_free_port();
	my $conf = slurp_file("$root/examples/nginx/$name.conf");
	my $modules = '';

	if ($name eq 'postgrest' && !nginx_tells_the_last() && -e $njs)
	{
		$conf = with_njs($conf);
		$modules = "load_module $njs;\n";
	}

	system_or_bail('openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=api.example.com', '-days', '2',
		'-keyout', "$dir/key.pem", '-out', "$dir/certificate.pem");
	write_file("$dir/site.conf", replace($conf,
			'listen 443 ssl;' => "listen 127.0.0.1:$port ssl;", 'listen [::]:443 ssl;' => '',
			'/etc/ssl/certs/api.example.com.pem' => "$dir/certificate.pem", '/etc/ssl/private/api.example.com.key' => "$dir/key.pem",
			'/var/log/nginx/agent_auth.log' => "$dir/access.log", '/var/log/nginx/agent_auth_error.log' => "$dir/error.log",
			"server $upstream;" => "server 127.0.0.1:$upstream_port;", %replaced));
	write_file("$dir/nginx.conf", "${modules}daemon off;\npid $dir/pid;\nerror_log $dir/main.log;\nevents { worker_connections 256; }\nhttp {\n" .
		  join('', map { "${_}_temp_path $dir/$_;\n" } qw(client_body proxy fastcgi uwsgi scgi)) . "include $dir/site.conf;\n}\n");
	my $pid = fork // die "cannot fork: $!";
	if ($pid == 0)
	{
		exec(nginx_program(), '-p', $dir, '-e', "$dir/main.log", '-c', "$dir/nginx.conf") or POSIX::_exit(1);
	}
	AgentAuth::adopt($pid);
	wait_until(sub { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port) })
	  or die 'nginx did not start: ' . slurp_file("$dir/main.log");
	return { pid => $pid, port => $port, url => "https://127.0.0.1:$port", dir => $dir };
}

# A request: status, headers by lower-case name, head and body; what is to be sent
# as it is stands in a file
sub curl
{
	my ($nginx, $target, @more) = @_;
	my ($out, $err) = ('', '');
	IPC::Run::run([ 'curl', '-sS', '-k', '-i', '--path-as-is', '-g', @more, "$nginx->{url}$target" ], '>', \$out, '2>', \$err, IPC::Run::timeout(300));
	my ($head, $body) = split /\r\n\r\n/, $out =~ s/^HTTP\S+ 100.*?\r\n\r\n//sr, 2;
	my %answer = (status => (($head // '') =~ m{^HTTP\S+ (\d+)} ? $1 : 0), body => $body // '', head => $head // '', error => $err);
	$answer{headers}{ lc $1 } = $2 while ($head // '') =~ /^([^:\r\n]+): ([^\r\n]*)/mg;
	return \%answer;
}

1;
