# The trail among clients that own their transactions: what stays open anywhere
# is gone round, what is back-dated is found and not purged, what is read in a
# transaction that is rolled back is in the server's log, and a copy of the trail
# is verified on another server.  Regress has neither a second database, nor the
# log, nor rows that are committed and must be forgotten again.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../perl";

use AgentAuth;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_server('main', settings => "max_prepared_transactions = 5\nautovacuum = off\n");

sub sql { my ($query, $database) = @_; return $node->safe_psql($database // 'postgres', $query) }
sub fails { my ($query) = @_; my ($status, $out, $err) = $node->psql('postgres', $query); return $status == 0 ? "no error: $out" : $err }
sub verdict { return sql('SELECT intact, complaint, unsealed_rows FROM agent_auth.audit_verify()') }
sub login { return sql("SELECT agent_access_token('@{[NAME]}', '@{[PASSWORD]}') ->> 'accessToken'") }

# A database where the extension was only just made
sql('CREATE DATABASE fresh');
sql('CREATE EXTENSION agent_auth CASCADE', 'fresh');
is(sql("SELECT agent_auth.purge('1 day')", 'fresh'), '0', 'never sealed: nothing to purge');
is(sql('SELECT intact, complaint, seals FROM agent_auth.audit_verify()', 'fresh'), 't||0', 'and nothing to complain of');
is(sql('SELECT count(*) FROM agent_auth.audit_key', 'fresh'), '0', 'no key is made for it');

# Whatever stays open, in any database, holds up no seal
my @open;
sub stay_open
{
	my ($query, $database) = @_;
	my $session = $node->background_psql($database // 'postgres');
	$session->query_safe("BEGIN; $query;");
	push @open, $session;
	return $session;
}
my $writer = stay_open("SELECT agent_auth.create_agent('writer\@example.com', 'correct horse battery')");
stay_open('SELECT pg_current_xact_id()');
stay_open('SELECT pg_current_xact_id()', 'fresh');
sql("BEGIN; SELECT pg_current_xact_id(); PREPARE TRANSACTION 'forgotten'");
sql("SELECT agent_auth.create_agent('other\@example.com', 'correct horse battery')");
sql('SELECT agent_auth.audit_seal()');
is(verdict(), 't||0', 'what others have written is sealed');
is(sql('SELECT agent_auth.audit_unsealed_since() IS NULL'), 't', 'and nothing waits for a seal');
$writer->query_safe('COMMIT;');
is(verdict(), 't||1', 'a row of one that was open waits for its seal');
is(sql("SELECT agent_auth.audit_unsealed_since() = (SELECT at FROM agent_auth.audit WHERE event = 'agent_created' AND username = 'writer\@example.com')"), 't', 'since it was written');
sql('SELECT agent_auth.audit_seal()');
is(verdict(), 't||0', 'and gets it');

# Nor does one hold up those who seal as they write: 256 rows lead to a seal
sub write_rows { my ($n) = @_; sql("SELECT count(*) FROM (SELECT agent_auth.end_sessions('@{[NAME]}') FROM generate_series(1, $n)) w"); return }
my $seals = sql('SELECT count(*) FROM agent_auth.audit_seal');
my $late = stay_open('SELECT pg_current_xact_id()');
write_rows(256) foreach 1 .. 6;
cmp_ok(sql('SELECT count(*) FROM agent_auth.audit_seal'), '>=', $seals + 3, 'sealed by those who write');
cmp_ok(sql('SELECT unsealed_rows FROM agent_auth.audit_verify()'), '<=', 512, 'and hardly any wait');
is(sql('SELECT intact FROM agent_auth.audit_verify()'), 't', 'intact');
$_->quit foreach @open;
sql("ROLLBACK PREPARED 'forgotten'");
sql('SELECT agent_auth.audit_seal()');
is(verdict(), 't||0', 'when they are over too');

# Who writes seals a thousand rows at most, when it commits, and leaves what is
# more to audit_seal(); nothing when it may not write
sql('CREATE DATABASE batches');
sql("CREATE EXTENSION agent_auth CASCADE;
	INSERT INTO agent_auth.audit (event, transaction_id) SELECT 'test', ('1' || n % 30 + 10)::xid8 FROM generate_series(1, 3000) n;
	INSERT INTO agent_auth.audit (event, transaction_id) SELECT 'test', '200' FROM generate_series(1, 1001) n", 'batches');
sub due { my ($more) = @_; sql("BEGIN; SELECT setval('agent_auth.audit_id_seq', (SELECT last_value FROM agent_auth.audit_id_seq) / 256 * 256 + 255); INSERT INTO agent_auth.audit (event) VALUES ('test'); $more", 'batches'); return sql('SELECT count(*), sum(row_count), max(row_count) FROM agent_auth.audit_seal', 'batches') }
is(due('ROLLBACK'), '0||', 'rolled back: nothing is sealed');
is(due('SET TRANSACTION READ ONLY; COMMIT'), '0||', 'nor in a transaction that was closed to it');
is(due('COMMIT'), '1|1000|1000', 'a thousand rows');
is(due('COMMIT'), '2|2000|1000', 'another');
is(due('COMMIT'), '3|3000|1000', 'and another');
is(due('COMMIT'), '3|3000|1000', 'a transaction with more is left');
sql('SELECT agent_auth.audit_seal()', 'batches');
is(sql('SELECT max(row_count), bool_or(intact), max(unsealed_rows) FROM agent_auth.audit_seal, agent_auth.audit_verify()', 'batches'), '1006|t|0', 'to audit_seal()');

# Waiting for the seals has an end, and says for whom
my $holder = $node->background_psql('postgres');
login();
my $pid = $holder->query_safe('BEGIN; SELECT pg_backend_pid();') + 0;
$holder->query_safe('SELECT agent_auth.audit_seal();');
like(fails("SET lock_timeout = '100ms'; SELECT agent_auth.audit_seal()"), qr/canceling statement due to lock timeout.*waiting for the seals on the audit trail, locked by process $pid/s, 'the process is named');
is(sql("SHOW lock_timeout"), '0', 'and the setting is the caller\'s');
$holder->query_safe("PREPARE TRANSACTION 'sealing';");
$holder->quit;
login();
like(fails("SET lock_timeout = '100ms'; SELECT agent_auth.audit_seal()"), qr/waiting for the seals on the audit trail, locked by prepared transaction "sealing"/, 'or the prepared transaction is');
sql("COMMIT PREPARED 'sealing'");

# Rows that are back-dated before they are sealed are as old as they can be: they
# are found, and they are not purged
sql('SELECT agent_auth.audit_seal()');
login();
sql("ALTER TABLE agent_auth.audit DISABLE TRIGGER audit_is_append_only;
	UPDATE agent_auth.audit SET at = '2001-01-01', user_agent = 'back-dated' WHERE id = (SELECT max(id) FROM agent_auth.audit WHERE event = 'login_succeeded');
	ALTER TABLE agent_auth.audit ENABLE ALWAYS TRIGGER audit_is_append_only");
like(verdict(), qr/^f\|Time runs backwards: a row that is under no seal says 2001-01-01/, 'not sealed yet: found');
is(sql("SELECT agent_auth.purge('1 day')"), '0', 'not purged');
sql('SELECT agent_auth.audit_seal()');
like(verdict(), qr/^f\|Time runs backwards: a row of seal number \d+ says 2001-01-01/, 'sealed: found');
is(sql("SELECT agent_auth.purge('1 day')"), '0', 'not purged');
is(sql("SELECT count(*) FROM agent_auth.audit WHERE user_agent = 'back-dated'"), '1', 'it is there');

sql("INSERT INTO agent_auth.audit (event, at) VALUES ('old', '2001-01-01'); SELECT agent_auth.audit_seal()", 'fresh');
is(sql("SELECT agent_auth.purge('1 day')", 'fresh'), '1', 'where nothing younger is before them, too: what is old is purged');
sql("INSERT INTO agent_auth.audit (event) VALUES ('young');
	ALTER TABLE agent_auth.audit DISABLE TRIGGER audit_is_append_only;
	UPDATE agent_auth.audit SET at = '2001-01-01';
	ALTER TABLE agent_auth.audit ENABLE ALWAYS TRIGGER audit_is_append_only", 'fresh');
is(sql("SELECT agent_auth.purge('1 day')", 'fresh'), '0', 'and what says that it is, is not');
is(sql("SELECT string_agg(event, ' ' ORDER BY id) FROM agent_auth.audit", 'fresh'), 'purged young', 'they are there');
like(sql('SELECT complaint FROM agent_auth.audit_verify()', 'fresh'), qr/^Time runs backwards/, 'and found');

# check_config() says that rows wait, and since when
sql("INSERT INTO agent_auth.audit (event, system_identifier, transaction_id, at) VALUES ('brought', 5, '3', now() - interval '2 hours')");
like(sql("SELECT status, advice FROM agent_auth.check_config() WHERE item = 'seals on the audit trail'"), qr/^warning\|A row of the audit trail has waited for its seal since/, 'check_config() warns');
is(sql('SELECT agent_auth.audit_adopt(5)'), '1', 'adopted');
is(sql("SELECT status FROM agent_auth.check_config() WHERE item = 'seals on the audit trail'"), 'ok', 'and is content then');

# What agents read in a transaction that is rolled back, the server's log tells
sql("INSERT INTO agent_auth.customer (customer_reference, first_name) VALUES ('DE--1', 'Sonia')");
my $token = login();
my $search = "SELECT agent_customer_search('$token', 'sonia')";
my $impersonate = "SELECT agent_customer_impersonation_access_token('$token', 'DE--1')";
sub told
{
	my ($what, $script, @expected) = @_;
	my $before = -s $node->logfile;
	my ($status, $out, $err) = $node->psql('postgres', $script);
	my $told = join "\n", map { s/^.*?LOG:  agent_auth: //r } grep { /LOG:  agent_auth: agent/ } split /\n/, substr slurp_file($node->logfile), $before;
	is($told, join("\n", @expected), $what);
	return;
}
my ($searched, $began, $rolled_back) = ('agent 1 searched for customers: 1 hits', 'agent 1: impersonation_began, as customer "DE--1"', ', in a transaction that was rolled back');
told('committed: nothing', "BEGIN; $search; $impersonate; COMMIT");
told('committed, with a savepoint that is released: nothing', "BEGIN; SAVEPOINT s; $search; RELEASE s; COMMIT");
told('rolled back', "BEGIN; $search; $impersonate; ROLLBACK", "$searched$rolled_back", "$began$rolled_back");
told('failed', "BEGIN; $search; SELECT 1 / 0; COMMIT", "$searched$rolled_back");
told('to a savepoint, and committed', "BEGIN; SAVEPOINT s; $search; SAVEPOINT t; $impersonate; RELEASE t; ROLLBACK TO s; $search; COMMIT", "$searched$rolled_back", "$began$rolled_back");
told('in a block that raises', "DO \$\$ BEGIN BEGIN PERFORM agent_customer_search('$token', 'sonia'); RAISE 'x'; EXCEPTION WHEN OTHERS THEN NULL; END; END \$\$", "$searched$rolled_back");
told('an act that was refused', "BEGIN; SELECT agent_customer_impersonation_access_token('$token', 'nobody'); ROLLBACK", "agent 1: impersonation_failed$rolled_back");
told('a look at the trail', "BEGIN; SELECT agent_auth.http('GET', '/agent-impersonations', jsonb_build_object('authorization', 'Bearer $token'), NULL, NULL); ROLLBACK", "agent 1: impersonations_refused$rolled_back");
told('prepared', "BEGIN; $search; PREPARE TRANSACTION 'p'; ROLLBACK PREPARED 'p'", "$searched, in a transaction that was prepared");
told('nobody hides one among a hundred others', "BEGIN; SELECT count(agent_customer_search('$token', 'sonia')) FROM generate_series(1, 101); COMMIT", "$searched, in a transaction that is still open");
my $log = slurp_file($node->logfile);
like($log, qr/searched for customers: 1 hits, in a transaction that was rolled back\n.*DETAIL:  Session [0-9a-f-]{36}, address unknown\./, 'by which session');
unlike($log =~ s/ERROR:  .*?(?=\n\d{4}-.*LOG)//sgr, qr/eyJ0eX/, 'but no token');

# The copy of a trail, as docs/operations.md has it made: verified on another
# server, with the master key of that time
my $copies = PostgreSQL::Test::Utils::tempdir();
sql('SELECT agent_auth.audit_seal()');
my ($was, $head) = split /\|/, sql('SELECT complaint, head FROM agent_auth.audit_verify()');
like($was, qr/^Time runs backwards/, 'only the back-dated row is known');
my $documents = slurp_file("$FindBin::RealBin/../../docs/operations.md");
my ($copy) = $documents =~ /^( +BEGIN ISOLATION LEVEL REPEATABLE READ;.*?COMMIT;)$/ms or die 'docs/operations.md does not say how the trail is copied';
my ($restore) = $documents =~ /^( +CREATE EXTENSION agent_auth CASCADE;.*?audit_verify[^\n]*)$/ms or die 'docs/operations.md does not say how a copy is verified';
sub script { my ($text) = @_; return $text =~ s/^ +//mgr =~ s/(to|from) '(\w+\.copy)'/$1 '$copies\/$2'/gr =~ s/the latest head noted elsewhere/$head/r }
is($node->psql('postgres', script($copy), on_error_stop => 1), 0, 'copied');
my $other = PostgreSQL::Test::Cluster->new('other');
$other->init;
$other->start;
append_to_file($other->data_dir . '/agent_auth.key', slurp_file($node->data_dir . '/agent_auth.key'));
chmod 0600, $other->data_dir . '/agent_auth.key';
like($other->safe_psql('postgres', script($restore)), qr/^f\|Time runs backwards: a row of seal number \d+ says 2001-01-01.*\|$head$/m, 'the copy says what the trail said');
my ($intact) = $other->safe_psql('postgres', "ALTER TABLE agent_auth.audit DISABLE TRIGGER audit_is_append_only;
	UPDATE agent_auth.audit SET username = 'nobody' WHERE id = 3;
	SELECT complaint FROM agent_auth.audit_verify('$head')");
like($intact, qr/^A row of seal number \d+, or the seal itself, was altered/, 'and an altered copy is found');

done_testing();
