# Document.pm
#	The project's documents as the tests read them: fenced blocks of commands, to
#	be run as a reader runs them, and prose, to be held against what there is.
package Document;

use strict;
use warnings FATAL => 'all';

use Cwd qw(abs_path);
use Exporter 'import';
use File::Basename qw(dirname);
use IPC::Run;
use PostgreSQL::Test::Utils;
use Test::More;

our @EXPORT = qw(project_root document blocks run_blocks section);

sub project_root { return abs_path(dirname(__FILE__) . '/../..') }

sub document { my ($name) = @_; return slurp_file(project_root() . "/$name") }

# What stands under a heading, up to the next of any rank
sub section
{
	my ($name, $heading) = @_;
	my ($text) = document($name) =~ /^#+ \Q$heading\E\n(.*?)(?=^#|\z)/ms;
	return $text // die "$name has no heading \"$heading\"";
}

# The fenced blocks, in order: { info, text, line }
sub blocks
{
	my ($name) = @_;
	my (@blocks, $open);
	my $number = 0;

	foreach my $line (split /\n/, document($name))
	{
		$number++;
		if ($line =~ /^```(.*)$/)
		{
			if (defined $open) { push @blocks, $open; $open = undef }
			else { $open = { info => $1, text => '', line => $number } }
		}
		elsif (defined $open) { $open->{text} .= "$line\n" }
	}
	die "$name: the block of line $open->{line} has no end" if defined $open;
	return @blocks;
}

# Runs those marked "sh" and "sql" and no more, each as a test that succeeds, with
# some of their text replaced; what all of them wrote comes back.
sub run_blocks
{
	my ($name, $directory, $database, %replaced) = @_;
	my $output = '';

	foreach my $block (grep { $_->{info} =~ /^(sh|sql)$/ } blocks($name))
	{
		my $text = $block->{text};
		my @command = $block->{info} eq 'sh' ? ('sh', '-eu') : ('psql', '-X', '-v', 'ON_ERROR_STOP=1', '-d', $database);
		my ($out, $err);

		$text =~ s/\Q$_\E/$replaced{$_}/g foreach keys %replaced;
		my $done = IPC::Run::run(\@command, '<', \$text, '>', \$out, '2>', \$err,
			init => sub { chdir $directory or die "$directory: $!" }, IPC::Run::timeout(300));
		ok($done, "$name: the block of line $block->{line}") or diag($err);
		$output .= $out;
	}
	return $output;
}

1;
