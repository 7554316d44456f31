# From 0.1.0 to this version: a database that 0.1.0 filled (test/upgrade), with
# agents, live sessions and a sealed trail, first under this library and its old
# objects, then updated.  Afterwards its objects are those of a fresh install, its
# tokens are good, its sessions go on, and the head that was noted before is known.
# Regress cannot do it: it takes a master key file and a second database.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../perl";

use AgentAuth;
use JSON::PP;
use PostgreSQL::Test::Utils;
use Test::More;

my $made = "$FindBin::RealBin/../upgrade";
my $old = decode_json(slurp_file("$made/0.1.0.json"));
my $node = new_server('main');
my ($version) = slurp_file("$FindBin::RealBin/../../agent_auth.control") =~ /^default_version = '(.*)'$/m;

$node->safe_psql('postgres', 'CREATE ROLE upgrade_client');
$node->stop;
my $key_file = $node->data_dir . '/agent_auth.key';
unlink $key_file;
append_to_file($key_file, "$old->{master_key}\n");
chmod 0600, $key_file;
$node->start;
$node->safe_psql('postgres', "CREATE DATABASE upgraded; CREATE DATABASE fresh");

sub sql { my ($query) = @_; return $node->safe_psql('upgraded', $query) }
sub answer { my ($query) = @_; my $text = sql("SELECT $query"); return $text eq '' ? undef : decode_json($text) }
sub fails { my ($query) = @_; my ($status, $out, $err) = $node->psql('upgraded', $query); return $status == 0 ? "no error: $out" : $err }

sql("CREATE EXTENSION agent_auth VERSION '0.1.0' CASCADE");
command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('upgraded'), '-f', "$made/0.1.0.sql" ], 'what 0.1.0 left is restored');

# Lifetimes count from times in rows that no seal covers: these become today's.
sql('UPDATE agent_auth.session SET refreshed_at = now();
	UPDATE agent_auth.signing_key SET retired_at = now() WHERE retired_at IS NOT NULL;
	UPDATE agent_auth.refresh_key SET retired_at = now() WHERE retired_at IS NOT NULL');

# The moment between "make install" and ALTER EXTENSION ... UPDATE
my @calls = (
	"SELECT agent_access_token('@{[NAME]}', '@{[PASSWORD]}')",
	"SELECT agent_refresh_access_token('$old->{agent}{refresh}')",
	"SELECT agent_revoke_token('$old->{agent}{access}')",
	"SELECT agent_customer_search('$old->{agent}{access}', 'sonia')",
	"SELECT agent_auth.verify('$old->{agent}{access}')",
	"SELECT agent_auth.set_token('$old->{agent}{access}')",
	'SELECT agent_auth.audit_seal()',
	"SELECT agent_auth.purge('30 days')",
	"SELECT agent_auth.http('GET', '/agent-sessions', jsonb_build_object('authorization', 'Bearer $old->{agent}{access}'), '', NULL)");
foreach my $call (@calls)
{
	my ($name) = $call =~ /^SELECT (.{1,40})/;
	like(fails($call), qr/extension "agent_auth" has not been updated in this database\nDETAIL:  Its objects are of version 0\.1\.0, its library is of version \Q$version\E\.\nHINT:  Run ALTER EXTENSION agent_auth UPDATE\./, "before the update: $name");
}

# 0.1.0 believed any client's X-Real-IP where the setting was the database's.
$node->safe_psql('postgres', "ALTER DATABASE upgraded SET agent_auth.peer_header = 'x-real-ip'; CREATE ROLE shop_authenticator LOGIN NOINHERIT IN ROLE upgrade_client");
my ($warning_out, $warning);
$node->psql('upgraded', 'ALTER EXTENSION agent_auth UPDATE', on_error_die => 1, stdout => \$warning_out, stderr => \$warning);
my $line = "ALTER ROLE shop_authenticator SET agent_auth.peer_header = 'x-real-ip';";
like($warning, qr/WARNING:  agent_auth\.peer_header is set for all connections, and counts for none: .* \Q$line\E/, 'a warning says that a header is believed no more, and what to run');
my $peer_header = "SELECT status || coalesce(': ' || advice, '') FROM agent_auth.check_config() WHERE item = 'agent_auth.peer_header'";
like(sql($peer_header), qr/^error: .* \Q$line\E/, 'so does check_config()');
sql($line);
is(sql($peer_header), 'ok', 'until it is run');
is(sql("SELECT extversion FROM pg_extension WHERE extname = 'agent_auth'"), $version, 'updated');

# The same objects as in a fresh database, one line each
my $catalogue = q{
	WITH member AS (
		SELECT d.classid, d.objid, pg_describe_object(d.classid, d.objid, 0) AS name FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
		WHERE e.extname = 'agent_auth' AND d.deptype = 'e' AND d.refclassid = 'pg_extension'::regclass),
	relation AS (SELECT c.*, c.oid::regclass AS name FROM pg_class c JOIN member m ON m.classid = 'pg_class'::regclass AND m.objid = c.oid)
	SELECT concat_ws(' ', 'member', name) FROM member
	UNION ALL SELECT concat_ws(' ', 'comment', m.name, d.description) FROM member m JOIN pg_description d ON d.classoid = m.classid AND d.objoid = m.objid AND d.objsubid = 0
	UNION ALL SELECT concat_ws(' ', 'function', pg_get_functiondef(p.oid), p.proacl) FROM pg_proc p JOIN member m ON m.classid = 'pg_proc'::regclass AND m.objid = p.oid
	UNION ALL SELECT concat_ws(' ', 'relation', name, relkind, relpersistence, relrowsecurity, reloptions, relacl) FROM relation
	UNION ALL SELECT concat_ws(' ', 'column', r.name, row_number() OVER (PARTITION BY r.oid ORDER BY a.attnum), a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
			a.attidentity, a.attgenerated, pg_get_expr(d.adbin, d.adrelid), a.attacl, col_description(r.oid, a.attnum))
		FROM relation r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped LEFT JOIN pg_attrdef d ON d.adrelid = r.oid AND d.adnum = a.attnum
		WHERE r.relkind IN ('r', 'v', 'p')
	UNION ALL SELECT concat_ws(' ', 'constraint', r.name, c.conname, pg_get_constraintdef(c.oid)) FROM relation r JOIN pg_constraint c ON c.conrelid = r.oid
	UNION ALL SELECT concat_ws(' ', 'index', pg_get_indexdef(i.indexrelid)) FROM relation r JOIN pg_index i ON i.indrelid = r.oid
	UNION ALL SELECT concat_ws(' ', 'trigger', pg_get_triggerdef(t.oid), t.tgenabled, obj_description(t.oid, 'pg_trigger')) FROM relation r JOIN pg_trigger t ON t.tgrelid = r.oid AND NOT t.tgisinternal
	UNION ALL SELECT concat_ws(' ', 'policy', r.name, p.polname, p.polcmd, p.polpermissive, pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)) FROM relation r JOIN pg_policy p ON p.polrelid = r.oid
	UNION ALL SELECT concat_ws(' ', 'view', r.name, pg_get_viewdef(r.oid)) FROM relation r WHERE r.relkind = 'v'
	UNION ALL SELECT concat_ws(' ', 'dumped', c.oid::regclass, c.condition) FROM pg_extension e, LATERAL unnest(e.extconfig, e.extcondition) c(oid, condition) WHERE e.extname = 'agent_auth'
	ORDER BY 1};

# An object's text may have several lines; each is compared.
sub objects
{
	my ($database, @set_up) = @_;
	$node->safe_psql($database, join ';', @set_up) if @set_up;
	return [ split /\n/, $node->safe_psql($database, $catalogue) ];
}
my $fresh = objects('fresh', 'CREATE EXTENSION agent_auth CASCADE', "SELECT agent_auth.grant_client('upgrade_client')");
my $upgraded = objects('upgraded');
cmp_ok(scalar @$fresh, '>', 200, 'a fresh database has objects');
my %fresh = map { $_ => 1 } @$fresh;
my %upgraded = map { $_ => 1 } @$upgraded;
is(join("\n", grep { !$upgraded{$_} } @$fresh), '', 'the updated database lacks nothing of a fresh one');
is(join("\n", grep { !$fresh{$_} } @$upgraded), '', 'and has nothing else');

# Its tokens are good, its dead ones are not
foreach my $name (qw(agent refreshed late impersonation))
{
	ok(answer("agent_auth.verify('$old->{$name}{access}')"), "$name: the access token is good");
}
is(answer("agent_auth.verify('$old->{ended}{access}')"), undef, 'of an ended session: refused');
is(answer("agent_customer_search('$old->{agent}{access}', 'sonia')")->{customers}[0]{customerReference}, 'DE--1', 'the agent searches');
is(answer("agent_token_introspection('$old->{agent}{access}', '$old->{late}{access}')")->{active}, JSON::PP::true, 'and asks about tokens');
like(sql("SELECT body FROM (SELECT convert_from(body, 'UTF8') AS body FROM agent_auth.http('POST', '/introspect', jsonb_build_object(
	'content-type', 'application/x-www-form-urlencoded', 'authorization', 'Basic ' || encode(convert_to('orders:$old->{resource_server_secret}', 'UTF8'), 'base64')),
	convert_to('token=$old->{late}{access}', 'UTF8'), NULL)) a"), qr/"active":true/, 'and so does the resource server');

# Sessions go on: a refresh token of 0.1.0 once, its successors from then on
foreach my $name (qw(agent impersonation refreshed late))
{
	my $successor = answer("agent_refresh_access_token('$old->{$name}{refresh}')");
	ok($successor->{refreshToken}, "$name: the refresh token is good");
	is(answer("agent_refresh_access_token('$old->{$name}{refresh}')")->{refreshToken}, $successor->{refreshToken}, "$name: a moment later it has the same successor");
	cmp_ok(length $successor->{refreshToken}, '>', length $old->{$name}{refresh}, "$name: which has a nonce");
	ok(answer("agent_auth.verify('$successor->{accessToken}')"), "$name: what it gives is good");
	ok(answer("agent_refresh_access_token('$successor->{refreshToken}')")->{refreshToken}, "$name: and can be refreshed in turn");
}
is(sql('SELECT count(*) FROM agent_auth.session WHERE generation > 1 AND nonce IS NULL'), '0', 'no token without a nonce is good any more');
is(answer("agent_refresh_access_token('$old->{agent}{refresh}')")->{errors}[0]{code}, '004', 'one of 0.1.0 is spent once');
is(answer("agent_refresh_access_token('$old->{refreshed}{spent}')")->{errors}[0]{code}, '004', 'a spent one is refused');
is(answer("agent_auth.verify('$old->{refreshed}{access}')"), undef, 'and ends its session');

# Everybody logs in as before, and the role that 0.1.0 granted may ask
like(sql("SELECT agent_access_token('$_', 'correct horse battery')"), qr/accessToken/, "$_ logs in") foreach qw(maria@example.com omar@example.com);
unlike(sql("SELECT agent_access_token('gone\@example.com', 'correct horse battery')"), qr/accessToken/, 'a disabled agent does not');
like(sql("SET ROLE upgrade_client; SELECT agent_access_token('maria\@example.com', 'correct horse battery')"), qr/accessToken/, 'as a role that 0.1.0 granted');

# The trail is what it was
foreach my $head (qw(head earlier_head))
{
	is(sql("SELECT intact, complaint FROM agent_auth.audit_verify('$old->{$head}')"), 't|', "intact, and the $head of before is known");
}
is(sql('SELECT count(*) FROM agent_auth.audit WHERE id <= 18'), '18', 'every row is there');
$node->poll_query_until('upgraded', 'SELECT agent_auth.audit_seal() >= 0 AND intact AND unsealed_rows = 0 AND seals > 2 FROM agent_auth.audit_verify()') or die 'the trail does not go on';
is(sql("SELECT intact FROM agent_auth.audit_verify('$old->{head}')"), 't', 'it goes on');
is(sql("SELECT count(*) FROM agent_auth.impersonations WHERE customer_reference = 'DE--1'"), '1', 'and says who acted as whom');

done_testing();
