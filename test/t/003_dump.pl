# A dump has all that users put in, and no key that opens; restored, the agents
# log in with a new key, and the old tokens are refused.  A base backup has both.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../perl";

use AgentAuth;
use PostgreSQL::Test::Utils;
use Test::More;

my $login = "SELECT agent_access_token('@{[NAME]}', '@{[PASSWORD]}')";
my $node = new_server('main', init => { allows_streaming => 1 });
$node->safe_psql('postgres', "SELECT agent_auth.rotate_signing_key('ES256')");
my $token = $node->safe_psql('postgres', "$login ->> 'accessToken'");
my $customer = $node->safe_psql('postgres', "INSERT INTO agent_auth.customer (customer_reference, first_name) VALUES ('DE--1', 'Sonia');
	SELECT agent_customer_impersonation_access_token('$token', 'DE--1') ->> 'accessToken'");
$node->poll_query_until('postgres', 'SELECT agent_auth.audit_seal() >= 0 AND unsealed_rows = 0 AND seals > 0 FROM agent_auth.audit_verify()') or die 'the trail is not sealed';
# each head is in the server's log, once it is committed
$node->safe_psql('postgres', "SELECT count(agent_auth.create_agent('head' || n || '\@example.com', 'correct horse battery')) FROM generate_series(1, 3) n");
my $heads = sub { my @heads = slurp_file($node->logfile) =~ /LOG:  agent_auth: the audit trail is sealed up to number \d+, head ([0-9a-f]{64})/g; return @heads };
my $known = $heads->();
$node->safe_psql('postgres', 'BEGIN; SELECT agent_auth.audit_seal(); ROLLBACK; BEGIN; SAVEPOINT s; SELECT agent_auth.audit_seal(); ROLLBACK TO s; COMMIT');
is(scalar($heads->()), $known, 'a head that was rolled back is not');
$node->poll_query_until('postgres', 'SELECT agent_auth.audit_seal() >= 0 AND unsealed_rows = 0 FROM agent_auth.audit_verify()') or die 'the trail is not sealed';
cmp_ok(scalar($heads->()), '>', $known, 'one that was committed is');
is($node->safe_psql('postgres', "SELECT intact FROM agent_auth.audit_verify('" . ($heads->())[-1] . "')"), 't', 'and is the trail\'s');
my $key_file = $node->data_dir . '/agent_auth.key';
is(sprintf('%04o', (stat $key_file)[2] & 07777), '0600', 'the master key file is for the server alone');
my $master_key = slurp_file($key_file) =~ s/\n//r;
like($master_key, qr/^[0-9a-f]{64}$/, 'the master key');

# with the server's own key opener at hand, look for what a key looks like
my $dump = $node->backup_dir . '.sql';
command_ok([ 'pg_dump', '-d', $node->connstr('postgres'), '-f', $dump ], 'pg_dump');
my $text = slurp_file($dump);
like($text, qr/\Q@{[NAME]}\E/, 'the dump has the agents');
unlike($text, qr/$master_key/i, 'and not the master key');
unlike($text, qr/PRIVATE KEY|2a864886f70d010101050004|2a8648ce3d03010704|302e020100300506032b6570/i, 'and no private key: RSA, P-256, Ed25519');
unlike($text, qr/correct horse|aart_|eyJ0eX/, 'and no password or token');

# restored on another server
my $other = PostgreSQL::Test::Cluster->new('other');
$other->init;
$other->append_conf('postgresql.conf', "agent_auth.bcrypt_cost = 4\nlog_statement = none\n");
$other->start;
$other->safe_psql('postgres', 'CREATE ROLE gateway');
command_ok([ 'psql', '-X', '-v', 'ON_ERROR_STOP=1', '-d', $other->connstr('postgres'), '-f', $dump ], 'the dump is restored');
foreach my $table ('agent', 'session', 'signing_key', 'refresh_key', 'customer', 'audit', 'audit_key', 'audit_seal')
{
	my $query = "SELECT count(*), md5(string_agg(t::text, ',' ORDER BY t::text)) FROM agent_auth.$table t";
	is($other->safe_psql('postgres', $query), $node->safe_psql('postgres', $query), "the same rows: $table");
}
# in parallel too, and without a warning
my $archive = $node->backup_dir . '.dump';
my ($dump_out, $dump_err) = run_command([ 'pg_dump', '-Fc', '-d', $node->connstr('postgres'), '-f', $archive ]);
is($dump_err, '', 'pg_dump warns of nothing');
$other->safe_psql('postgres', 'CREATE DATABASE parallel');
command_ok([ 'pg_restore', '-j', '4', '--exit-on-error', '-d', $other->connstr('parallel'), $archive ], 'pg_restore in parallel');
is($other->safe_psql('parallel', 'SELECT count(*) FROM agent_auth.session'), $node->safe_psql('postgres', 'SELECT count(*) FROM agent_auth.session'), 'all sessions are there');
$other->safe_psql('postgres', 'DROP DATABASE parallel');
my ($status, $out, $err) = $other->psql('postgres', $login);
isnt($status, 0, 'without the master key nobody logs in');
like($err, qr/master key file "agent_auth.key" does not exist/, 'the error says why');
is($other->safe_psql('postgres', "SELECT status FROM agent_auth.check_config() WHERE item = 'master key file'"), 'error', 'check_config() says so too');
($status, $out, $err) = $other->psql('postgres', 'SELECT agent_auth.rotate_signing_key()');
like($err, qr/Restore it from the backup/, 'and no new one is made over sealed keys');

# the file brought along, or the old keys given up
append_to_file($other->data_dir . '/agent_auth.key', "$master_key\n");
chmod 0644, $other->data_dir . '/agent_auth.key';
($status, $out, $err) = $other->psql('postgres', $login);
like($err, qr/refused.*0600/s, 'a key file that others can read is refused');
chmod 0600, $other->data_dir . '/agent_auth.key';
like($other->safe_psql('postgres', $login), qr/accessToken/, 'with the file it works');
my $verify = sub { "SELECT status FROM agent_auth.http('POST', '/agent-access-tokens', jsonb_build_object('x-agent-authorization', 'Bearer $token'), convert_to('@{[login_body()]}', 'UTF8'), NULL)" };
is($other->safe_psql('postgres', $verify->()), '201', 'and the old tokens are good there');
is($other->safe_psql('postgres', "SELECT agent_auth.verify('$customer') ->> 'scopes'"), '["customer_impersonation", "customer"]', 'also one by which an agent acts');

# the trail is what it was, and goes on: rows of both servers, one chain
is($other->safe_psql('postgres', 'SELECT intact, sealed_rows > 3 FROM agent_auth.audit_verify()'), 't|t', 'the trail is intact there');
$other->poll_query_until('postgres', 'SELECT agent_auth.audit_seal() >= 0 AND intact AND unsealed_rows = 0 AND seals > 1 FROM agent_auth.audit_verify()') or die 'the trail does not go on';
is($other->safe_psql('postgres', 'SELECT count(DISTINCT system_identifier) FROM agent_auth.audit_seal'), '2', 'and goes on');
unlink $other->data_dir . '/agent_auth.key';
$other->safe_psql('postgres', q{DELETE FROM agent_auth.signing_key; DELETE FROM agent_auth.refresh_key;
	ALTER TABLE agent_auth.audit_seal DISABLE TRIGGER audit_seal_is_append_only;
	ALTER TABLE agent_auth.audit_key DISABLE TRIGGER audit_key_is_append_only;
	DELETE FROM agent_auth.audit_seal; DELETE FROM agent_auth.audit_key;
	ALTER TABLE agent_auth.audit_seal ENABLE ALWAYS TRIGGER audit_seal_is_append_only;
	ALTER TABLE agent_auth.audit_key ENABLE ALWAYS TRIGGER audit_key_is_append_only;
	SELECT agent_auth.rotate_signing_key()});
like($other->safe_psql('postgres', 'SELECT agent_auth.audit_seal(); SELECT complaint FROM agent_auth.audit_verify()'), qr/^Rows of another server, \d+, are under no seal: \d+;/m, 'a new chain is not over what a dump brought');
$other->safe_psql('postgres', 'SELECT agent_auth.audit_adopt(system_identifier) FROM (SELECT DISTINCT system_identifier FROM agent_auth.audit) s WHERE system_identifier <> agent_auth.system_identifier()');
$other->poll_query_until('postgres', 'SELECT agent_auth.audit_seal() >= 0 AND intact AND unsealed_rows = 0 AND seals > 1 FROM agent_auth.audit_verify()') or die 'the trail is not sealed anew';
like($other->safe_psql('postgres', $login), qr/accessToken/, 'or with new keys');
is($other->safe_psql('postgres', $verify->()), '401', 'which do not know the old tokens');
like($other->safe_psql('postgres', "SELECT agent_auth.create_agent('next\@example.com', 'correct horse battery')"), qr/^\d+$/, 'numbers go on where they were');

# a lost file is not replaced unsaid when another database makes its first key,
# and the first one says that it is not the right one
unlink $other->data_dir . '/agent_auth.key';
$other->safe_psql('postgres', 'CREATE DATABASE second');
($status, $out, $err) = $other->psql('second', 'CREATE EXTENSION agent_auth CASCADE; SELECT agent_auth.rotate_signing_key()');
like($err, qr/NOTICE:  master key file "agent_auth.key" was created.*HINT/s, 'a new master key is announced');
like($other->safe_psql('postgres', "SELECT status, advice FROM agent_auth.check_config() WHERE item = 'master key file'"),
	qr/^error\|.*opens no key/, 'check_config() says that it is not the one that sealed');
is($other->safe_psql('second', "SELECT status FROM agent_auth.check_config() WHERE item = 'master key file'"), 'ok', 'and is content where it is');

# a physical copy has the file
$node->backup('copy');
my $copy = PostgreSQL::Test::Cluster->new('copy');
$copy->init_from_backup($node, 'copy');
chmod 0600, $copy->data_dir . '/agent_auth.key';	# the test's copy lost that
$copy->start;
like($copy->safe_psql('postgres', $login), qr/accessToken/, 'a base backup needs nothing more');

done_testing();
