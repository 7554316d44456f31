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
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;

our @EXPORT = qw(nginx_program start_nginx);

sub nginx_program
{
	return (grep { -x } '/usr/sbin/nginx', '/usr/bin/nginx')[0];
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
	my $conf = slurp_file(abs_path(dirname(__FILE__) . '/../..') . "/examples/nginx/$name.conf");

	system_or_bail('openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=api.example.com', '-days', '2',
		'-keyout', "$dir/key.pem", '-out', "$dir/certificate.pem");
	write_file("$dir/site.conf", replace($conf,
			'listen 443 ssl;' => "listen 127.0.0.1:$port ssl;", 'listen [::]:443 ssl;' => '',
			'/etc/ssl/certs/api.example.com.pem' => "$dir/certificate.pem", '/etc/ssl/private/api.example.com.key' => "$dir/key.pem",
			'/var/log/nginx/agent_auth.log' => "$dir/access.log", '/var/log/nginx/agent_auth_error.log' => "$dir/error.log",
			"server $upstream;" => "server 127.0.0.1:$upstream_port;", %replaced));
	write_file("$dir/nginx.conf", "daemon off;\npid $dir/pid;\nerror_log $dir/main.log;\nevents { worker_connections 256; }\nhttp {\n" .
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

1;
