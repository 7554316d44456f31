# What a release is made of: META.json as PGXN's specification 1.0.0 demands it,
# one version everywhere, and an archive that holds what it must and builds.
#
# The archive is the one in dist/, which "make dist" makes from what is committed;
# where there is none, as in a copy without git, that part is left out.

use strict;
use warnings FATAL => 'all';

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use JSON::PP;
use PostgreSQL::Test::Utils;
use Test::More;

my $root = abs_path(dirname(__FILE__) . '/../..');
plan skip_all => 'only the tests are here' if !-e "$root/Makefile";

my $semver = qr/(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?:\+[0-9A-Za-z.-]+)?/;
my $requirement = qr/(?:(?:[=!]=|[<>]=?)\s*)?(?:$semver|0)/;
my $url = qr{\A[a-z]+://[^/\s]+\S*\z};
my $term = qr{\A[^\s[:cntrl:]/\\]{2,}\z};
my $text = qr/\A.+\z/s;
my $licenses = join '|', qw(agpl_3 apache_1_1 apache_2_0 artistic_1 artistic_2 bsd freebsd gfdl_1_2 gfdl_1_3
  gpl_1 gpl_2 gpl_3 lgpl_2_1 lgpl_3_0 mit mozilla_1_0 mozilla_1_1 openssl perl_5 postgresql qpl_1_0 ssleay sun
  zlib open_source restricted unrestricted unknown);

# The keys that there may be, with "!" those that there must be; "*" is any other
# key that looks like its own rule. A list is one or more of its element.
my %extension = ('file!' => $text, 'version!' => qr/\A$semver\z/, abstract => $text, docfile => $text);
my $phases = qr/\A(?:configure|build|test|runtime|develop)\z/;
my $relations = qr/\A(?:requires|recommends|suggests|conflicts)\z/;
my %rules = (
	'name!' => $term,
	'version!' => qr/\A$semver\z/,
	'abstract!' => $text,
	'maintainer!' => [$text],
	'license!' => [qr/\A(?:$licenses)\z/],
	'provides!' => { '*' => [ $term, \%extension ] },
	'meta-spec!' => { 'version!' => qr/\A1\.0\.\d+\z/, url => $url },
	description => $text,
	generated_by => $text,
	release_status => qr/\A(?:stable|testing|unstable)\z/,
	tags => [qr{\A[^[:cntrl:]/\\]{1,255}\z}],
	prereqs => { '*' => [ $phases, { '*' => [ $relations, { '*' => [ $term, qr/\A$requirement(?:,\s*$requirement)*\z/ ] } ] } ] },
	no_index => { file => [$text], directory => [$text] },
	resources => { homepage => $url, bugtracker => { web => $url, mailto => qr/@/ },
		repository => { url => $url, web => $url, type => qr/\A[^A-Z]+\z/ } });

# What breaks a rule, each as the place where it does.
sub complaints
{
	my ($value, $rule, $place) = @_;

	if (ref $rule eq 'ARRAY')
	{
		my @elements = ref $value eq 'ARRAY' ? @$value : ($value);
		return @elements ? map { complaints($_, $rule->[0], $place) } @elements : $place;
	}
	if (ref $rule eq 'HASH')
	{
		return $place if ref $value ne 'HASH';
		my @missing = grep { s/!\z// && !exists $value->{$_} } my @names = keys %$rule;
		my @found = map { "$place/$_" } @missing;
		my ($key, $other) = @{ $rule->{'*'} // [ qr/(?!)/, undef ] };
		foreach my $name (keys %$value)
		{
			my $known = $rule->{"$name!"} // $rule->{$name};
			next if !defined $known && $name =~ /\A[xX]_./;
			if (!defined $known && $name =~ $key) { $known = $other }
			push @found, defined $known ? complaints($value->{$name}, $known, "$place/$name") : "$place/$name";
		}
		return @found;
	}
	return ref $value || !defined $value || $value !~ $rule ? $place : ();
}

sub meta { return decode_json(slurp_file("$root/META.json")) }

is_deeply([ complaints(meta(), \%rules, '') ], [], 'META.json is as the specification demands');

# That the rules find what breaks them.
my @broken = (
	[ '/name', sub { $_[0]{name} = 'agent auth' } ],
	[ '/version', sub { $_[0]{version} = '0.1' } ],
	[ '/version', sub { delete $_[0]{version} } ],
	[ '/abstract', sub { $_[0]{abstract} = '' } ],
	[ '/maintainer', sub { $_[0]{maintainer} = [] } ],
	[ '/license', sub { $_[0]{license} = 'PostgreSQL' } ],
	[ '/provides', sub { $_[0]{provides} = 'agent_auth' } ],
	[ '/provides/agent_auth/file', sub { delete $_[0]{provides}{agent_auth}{file} } ],
	[ '/provides/agent_auth/colour', sub { $_[0]{provides}{agent_auth}{colour} = 'red' } ],
	[ '/meta-spec/version', sub { $_[0]{'meta-spec'}{version} = '2.0.0' } ],
	[ '/release_status', sub { $_[0]{release_status} = 'fine' } ],
	[ '/prereqs/runtime/needs', sub { $_[0]{prereqs}{runtime}{needs} = {} } ],
	[ '/prereqs/runtime/requires/PostgreSQL', sub { $_[0]{prereqs}{runtime}{requires}{PostgreSQL} = '15' } ],
	[ '/tags', sub { push @{ $_[0]{tags} }, 'a/b' } ],
	[ '/colour', sub { $_[0]{colour} = 'red' } ]);
foreach my $case (@broken)
{
	my ($place, $break) = @$case;
	my $meta = meta();
	$break->($meta);
	is_deeply([ complaints($meta, \%rules, '') ], [$place], "broken: $place");
}

# One version: the control file's.
my ($version) = slurp_file("$root/agent_auth.control") =~ /^default_version = '($semver)'$/m;
my $meta = meta();
my $provided = $meta->{provides}{agent_auth};
is($meta->{version}, $version, 'META.json has the version of the control file');
is($provided->{version}, $version, 'and so has what it provides');
like(slurp_file("$root/debian/changelog"), qr/\Aagent-auth \(\Q$version\E\) /, 'and so has the latest entry of debian/changelog');
like(slurp_file("$root/CHANGELOG.md"), qr/\A# Changelog\n\n## \Q$version\E /, 'and so has the latest of CHANGELOG.md');

# The same versions of PostgreSQL everywhere: those that compat.h accepts.
my ($oldest) = slurp_file("$root/src/compat.h") =~ /^#if PG_VERSION_NUM < (\d+)0000\n#error/m;
my ($newest) = slurp_file("$root/src/compat.h") =~ /between PostgreSQL $oldest and (\d+),/;
is($meta->{prereqs}{runtime}{requires}{PostgreSQL}, "$oldest.0.0", 'META.json requires the oldest PostgreSQL that compiles');
is(slurp_file("$root/debian/pgversions"), "$oldest+\n", 'and so do the packages');
like(slurp_file("$root/$_->[0]"), $_->[1], "$_->[0] names the versions of PostgreSQL")
  foreach [ 'README.md', qr/^PostgreSQL $oldest to $newest,/m ], [ 'docs/guide.md', qr/PostgreSQL, $oldest to $newest:/ ],
  [ 'CONTRIBUTING.md', qr/PostgreSQL $oldest to $newest;/ ], [ 'Makefile', qr/\($oldest to $newest\)/ ],
  [ 'CONTRIBUTING.md', qr/PostgreSQL $oldest,[\d ,and]* $newest in chroots/ ];

ok(-e "$root/$provided->{$_}", "META.json's $_ is there: $provided->{$_}") foreach qw(file docfile);

SKIP:
{
	my $name = "agent_auth-$version";
	skip 'no archive in dist', 1 if !-e "$root/dist/$name.zip";

	my $folder = PostgreSQL::Test::Utils::tempdir();
	is(system('python3', '-m', 'zipfile', '-e', "$root/dist/$name.zip", $folder), 0, 'the archive can be unpacked');
	opendir(my $handle, $folder) or die "$folder: $!";
	is_deeply([ grep { !/^\./ } readdir $handle ], [$name], 'it holds one folder, with name and version');
	foreach my $file (qw(META.json Makefile agent_auth.control LICENSE README.md CHANGELOG.md SECURITY.md debian/control
		expected/01_install.out sql/agent_auth--0.1.0.sql gateway/Makefile test/agent_auth.conf), $provided->{file}, $provided->{docfile})
	{
		ok(-s "$folder/$name/$file", "it holds $file");
	}
	my @strays = grep { chomp; !m{/\.(?:ci|gitignore|dockerignore|npmrc)} } `cd '$folder/$name' && find . -name '.?*' -o -name '*.o' -o -name node_modules`;
	is_deeply(\@strays, [], 'and nothing that a build or git left');
	# In a folder beside it, as those do who keep sources apart
	my $beside = PostgreSQL::Test::Utils::tempdir();
	# Without what the make that runs this test tells those that it starts
	delete local @ENV{qw(MAKEFLAGS MFLAGS MAKELEVEL)};
	my $in = sub { my ($directory, @command) = @_; my ($out, $err); my $done = IPC::Run::run(\@command, '>', \$out, '2>', \$err, init => sub { chdir $directory or die }); return $done ? "$out$err" : "failed: $out$err" };
	unlike($in->($beside, 'make', '-j2', '-s', '-f', "$folder/$name/Makefile", 'COPT=-O0 -w'), qr/^failed/, 'it builds in another folder');
	ok(-s "$beside/$_", "and makes $_ there") foreach 'agent_auth.so', "sql/agent_auth--$version.sql", "sql/agent_auth--0.1.0--$version.sql";

	command_ok([ 'make', '-j2', '-s', '-C', "$folder/$name", 'COPT=-O0 -w' ], 'it builds');
	my $list = sub { return join '', sort `cd '$_[0]' && find . -type f ! -name '*.o' ! -name '*.so' ! -name 'agent_auth--*.sql'` };
	ok(-s "$folder/$name/$_", "and makes $_") foreach 'agent_auth.so', "sql/agent_auth--$version.sql", "sql/agent_auth--0.1.0--$version.sql";

	# The archive makes itself again, though git is not there
	like($in->("$folder/$name", 'make', '-s', 'dist', "DIST=$beside/dist"), qr/\A\z/, 'make dist in the archive');
	is(system('python3', '-m', 'zipfile', '-e', "$beside/dist/$name.zip", "$beside/again"), 0, 'what that makes can be unpacked');
	is($list->("$beside/again/$name"), $list->("$folder/$name"), 'and is the same files');

	# Without IPC::Run the tests that need it are skipped, with a word
	mkdir "$beside/$_" foreach 'perl', 'perl/IPC';
	append_to_file("$beside/perl/IPC/Run.pm", "die 'not here';\n");
	local $ENV{PERL5LIB} = "$beside/perl";
	like($in->("$folder/$name", 'make', '-s', 'installcheck', 'REGRESS=', 'ISOLATION='), qr/\Atest\/t is skipped: .*IPC::Run/, 'without IPC::Run make installcheck says what it skips');
}

done_testing();
