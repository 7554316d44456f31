# The documents against what there is: the reference has each function, column,
# setting and error as the server and the sources have it; nothing is described
# that does not exist; every object of the extension says what it is; and links
# between documents lead somewhere.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../perl";

use AgentAuth;
use Document;
use File::Find;
use PostgreSQL::Test::Utils;
use Test::More;

my $root = project_root();
my @documents = map { s{^\Q$root\E/}{}r } glob "$root/*.md $root/docs/*.md $root/examples/*/*.md";
my %text = map { $_ => document($_) } @documents;
my $reference = $text{'docs/reference.md'};
my $node = new_server('main');

cmp_ok(scalar @documents, '>', 10, 'there are documents');

sub rows { my ($query) = @_; return map { [ split /\t/, $_, -1 ] } split /\n/, $node->safe_psql('postgres', "LOAD 'agent_auth'; COPY ($query) TO STDOUT") }

# One test for a whole list: what is missing is what it says.
sub none { my ($what, @found) = @_; return is(join("\n", @found), '', $what) }

# The sources, as one text
my $sources = '';
find({ wanted => sub { $sources .= slurp_file($_) if /\.c$/ }, no_chdir => 1 }, "$root/src");

# What of a COPY'd backslash is one
sub literal { my ($c) = @_; return join '', $c =~ /"((?:[^"\\]|\\.)*)"/g }

my $member = "(SELECT d.objid FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid WHERE e.extname = 'agent_auth' AND d.deptype = 'e' AND d.classid = '%s'::regclass)";
my ($functions, $relations) = map { sprintf $member, $_ } 'pg_proc', 'pg_class';

# Functions: `name(argument type = default, ...) → result`
sub signature
{
	my ($name, $arguments, $result) = @_;
	my @arguments = map { s/ DEFAULT (.*?)(::.*)?$/ = $1/r } split /, /, $arguments;
	my @out = map { s/^OUT //r } grep { /^OUT / } @arguments;

	$result = '(' . join(', ', @out) . ')' if @out;
	return "$name(" . join(', ', grep { !/^OUT / } @arguments) . ')' . ($result eq 'void' ? '' : ' → ' . $result =~ s/^TABLE//r);
}
my @functions = rows("SELECT CASE WHEN pronamespace = 'agent_auth'::regnamespace THEN 'agent_auth.' ELSE '' END || proname, pg_get_function_arguments(oid), pg_get_function_result(oid) FROM pg_proc WHERE oid IN $functions ORDER BY 1");
cmp_ok(scalar @functions, '>', 40, 'functions');
none('every function is in the reference as it is', grep { index($reference, "| `$_` |") < 0 } map { signature(@$_) } @functions);

# Columns: a row each in the section of their table or view
my %columns;
push @{ $columns{ $_->[0] } }, "| `$_->[1]` | $_->[2] |" foreach rows("SELECT c.relname, a.attname, replace(format_type(a.atttypid, a.atttypmod), 'timestamp with time zone', 'timestamptz')
	FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 WHERE c.oid IN $relations AND c.relkind IN ('r', 'v') ORDER BY c.relname, a.attnum");
cmp_ok(scalar keys %columns, '>', 10, 'tables and views');
foreach my $relation (sort keys %columns)
{
	my ($section) = $reference =~ /^### `$relation`\n(.*?)(?=^##|\z)/ms;
	is(join("\n", ($section // '') =~ /^(\| `\w+` \| [^|]+ \|)/mg), join("\n", @{ $columns{$relation} }), "the columns of $relation are in the reference");
}
none('a table without columns is, too', grep { index($reference, "`agent_auth.$_->[0]`") < 0 } rows("SELECT relname FROM pg_class WHERE oid IN $relations AND relkind = 'r' AND relnatts = 0"));

# Settings: default with its unit, values, who sets it
my @settings = map {
	my ($name, $default, $unit, $type, $min, $max, $values, $context) = @$_;
	my $range = { integer => "$min to $max", bool => 'on, off', string => 'text', enum => $values }->{$type};
	sprintf '| `%s` | %s | %s | %s |', $name, $default eq '' ? 'empty' : "`$default" . ($unit && " $unit") . '`', $range, $context eq 'sighup' ? 'server' : $context;
} rows("SELECT name, boot_val, coalesce(unit, ''), vartype, coalesce(min_val, ''), coalesce(max_val, ''), coalesce(array_to_string(enumvals, ', '), ''), CASE context WHEN 'superuser' THEN 'superuser' ELSE context END FROM pg_settings WHERE name LIKE 'agent\\_auth.%' ORDER BY name");
cmp_ok(scalar @settings, '>', 25, 'settings');
none('every setting is in the reference as it is', grep { index($reference, $_) < 0 } @settings);

# Errors over HTTP, by code and sentence
my @outcomes;
my $outcomes = document('src/identity/outcome.c');
while ($outcomes =~ /\{(\d+), (NULL|"\d+"),\s*((?:"[^"]*"\s*)+)\}/g)
{
	my ($status, $code, $sentence) = ($1, $2, $3);
	push @outcomes, sprintf '| %s | %s| `%s` |', $status, $code eq 'NULL' ? '' : literal($code) . ' ', literal($sentence) =~ s/%d/N/r;
}
cmp_ok(scalar @outcomes, '>', 25, 'outcomes');
none('every error over HTTP is in the reference', grep { index($reference, $_) < 0 } @outcomes);

# Errors over SQL, by message; a value in it is any text
my %messages;
$messages{$_} = 1 foreach map { literal(s/U?INT64_FORMAT/"%d"/gr) =~ s/\\"/"/gr } $sources =~ /errmsg\(\s*((?:"(?:[^"\\]|\\.)*"|U?INT64_FORMAT|\s+)+)/g;
cmp_ok(scalar keys %messages, '>', 40, 'messages');
none('every message is in the reference', grep { my $form = join '(?:…|…)', map { quotemeta } split /(?:%[a-z]+)+/, $_, -1; $reference !~ /`\Q\E$form`/ } sort keys %messages);

# The trail: what the sources can write is what the reference has
my ($events) = $reference =~ /^## The trail's events\n(.*?)^## /ms;
my ($event_table, $reason_table) = split /end_reason/, $events, 2;
my %written = map { $_ => 1 } (grep { defined } $sources =~ /(?:audit_\w+|add_agent)\(\s*(?:\w+ \? "([a-z_]+)" : )?"([a-z_]+)"/g), $sources =~ /SELECT '([a-z_]+)', /g;
my %ends = map { $_ => 1 } $sources =~ /session_end(?:_all)?\([^;{]*?"([a-z_]+)"/g, $sources =~ /^#define REASON "([a-z_]+)"/mg;
sub named { my ($table) = @_; my %named; foreach ($table =~ /^\| (`.*?) \|/mg) { $named{$_} = 1 foreach /`([a-z_]+)`/g } return join ' ', sort keys %named }
is(named($event_table), join(' ', sort keys %written), 'the events of the trail are in the reference, and no others');
is(named($reason_table), join(' ', sort keys %ends), 'and why sessions end');

# Routes of the description, and the gateway's flags
my ($path, @routes);
foreach (split /\n/, document('docs/openapi.yaml'))
{
	$path = $1 if m{^  (/\S*):$};
	push @routes, "$1 $path" if defined $path && /^    (get|post|delete):$/;
}
cmp_ok(scalar @routes, '>', 12, 'routes');
my $all = join "\n", values %text;
none('every route is in the documents', grep { my ($method, $where) = split / /; $all !~ m{`(?:\U$method\E )?\Q$where\E`} } @routes);
SKIP:
{
	skip 'the gateway is not built', 1 if !-x gateway_program();
	my ($help) = run_command([ gateway_program(), '--help' ]);
	my %flags = map { $_ => 1 } $help =~ /^  (--[a-z-]+)/mg;
	my %described = map { $_ => 1 } $text{'docs/gateway.md'} =~ /^\| `(--[a-z-]+)/mg;
	delete @flags{qw(--help --version)};
	delete @described{qw(--help --version)};
	is(join(' ', sort keys %described), join(' ', sort keys %flags), 'the flags of the gateway are in its document, and no others');
}

# Nothing that does not exist: names in our schema, calls, settings
my %known = map { $_->[0] => 1 } rows("SELECT proname FROM pg_proc WHERE oid IN $functions UNION SELECT relname FROM pg_class WHERE oid IN $relations OR relnamespace = 'agent_auth'::regnamespace UNION SELECT substr(name, 12) FROM pg_settings WHERE name LIKE 'agent\\_auth.%'");
my %callable = map { $_->[0] => 1 } rows('SELECT proname FROM pg_proc');
my %files = map { $_ => 1 } qw(key conf sql control);    # agent_auth.key and the like
my @unknown;
foreach my $document (@documents)
{
	my $prose = $text{$document} =~ s/CREATE (?:FUNCTION|OPERATOR) [^;]*//gr;
	push @unknown, map { "$document: agent_auth.$_" } grep { !$known{$_} && !$files{$_} } $prose =~ /\bagent_auth\.([a-z_]+)\b(?!…)/g;
	push @unknown, map { "$document: $_()" } grep { !$callable{$_} } $prose =~ /\b(agent_[a-z_]+)\((?!8\))/g;
	push @unknown, map { "$document: $_()" } grep { !$callable{$_} && !/^(?:password_hash|md5)$/ } $prose =~ /`([a-z_]+)\((?!8\))[^`]*\)`/g;
}
none('nothing is described that does not exist', @unknown);

# Comments, for \dx+, \df+ and \d+
none('every object has a comment', map { $_->[0] } rows("
	SELECT p.oid::regprocedure::text FROM pg_proc p WHERE p.oid IN $functions AND obj_description(p.oid, 'pg_proc') IS NULL
	UNION ALL SELECT c.oid::regclass::text FROM pg_class c WHERE c.oid IN $relations AND relkind <> 'S' AND obj_description(c.oid, 'pg_class') IS NULL
	UNION ALL SELECT c.oid::regclass || '.' || attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND attnum > 0 WHERE c.oid IN $relations AND relkind IN ('r', 'v') AND col_description(c.oid, attnum) IS NULL
	UNION ALL SELECT tgname FROM pg_trigger t WHERE tgrelid IN $relations AND NOT tgisinternal AND obj_description(t.oid, 'pg_trigger') IS NULL
	UNION ALL SELECT nspname FROM pg_namespace n WHERE nspname = 'agent_auth' AND obj_description(n.oid, 'pg_namespace') IS NULL"));
none('and none is longer than a line of 250 characters', map { $_->[0] } rows("SELECT classoid::regclass || ' ' || objoid FROM pg_description WHERE length(description) > 250 AND (objoid IN $functions OR objoid IN $relations)"));

# Links: the file is there, within the project, and has the heading
sub anchors
{
	my ($document) = @_;
	my (%seen, %anchors);
	my $prose = $text{$document} =~ s/^```.*?^```$//msgr;

	foreach my $heading ($prose =~ /^#+ (.*)$/mg)
	{
		$heading =~ s/\[([^]]*)\]\([^)]*\)/$1/g;
		my $anchor = lc $heading =~ s/[^\w\- ]//gr =~ s/ /-/gr;
		my $n = $seen{$anchor}++;
		$anchors{ $n ? "$anchor-$n" : $anchor } = 1;
	}
	return \%anchors;
}
my @broken;
foreach my $document (@documents)
{
	my $folder = $document =~ s{[^/]*$}{}r;
	foreach my $link ($text{$document} =~ /\]\(\s*([^)\s]+)\)/g, $text{$document} =~ /(?:src|srcset|href)="([^"]+)"/g)
	{
		next if $link =~ m{^https?://};
		my ($file, $anchor) = split /#/, $link, 2;
		my $target = $file eq '' ? $document : $folder . $file;
		1 while $target =~ s{[^/]+/\.\./}{};
		push @broken, "$document: $link" if $target =~ m{^\.\.|^/} || !-e "$root/$target" || (defined $anchor && !($text{$target} && anchors($target)->{$anchor}));
	}
}
none('links lead somewhere', @broken);

# Paths are of the project, or where Debian puts such things
my @strange;
foreach my $document (@documents)
{
	push @strange, map { "$document: /$_" } grep { !/^(?:etc|usr|run|var|dev|data|rpc|where|nginx)$/ && !grep { m{^\w+ /\Q$_\E\b} } @routes } $text{$document} =~ m{(?:^|[\s'"`=(@])/([a-z_]\w*)(?=/)}mg;
}
none('no path leads out of the project', @strange);

done_testing();
