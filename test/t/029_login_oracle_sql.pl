# The login is no oracle, for who has SQL: by the function, and by the front door
# as PostgREST calls it.  Rolled back, read-only, filtered, cancelled, terminated:
# an unknown name, a disabled agent and a wrong password give the same answer and
# leave the same counters.  024_login_oracle.pl has the gateway; regress has one
# session, and none that dies.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../perl";

use AgentAuth;
use JSON::PP;
use LoginOracle;
use Test::More;

use constant PEER => '192.0.2.1';

my $node;

sub by_name
{
	my ($name, $password) = @_;
	return sprintf 'agent_access_token(%s, %s)', quote($name), quote($password);
}

# What is written where %s stands is the call.
sub script
{
	my ($format) = @_;
	return sub { return "SET request.headers = '{\"x-real-ip\":\"@{[PEER]}\"}';\n" . $format =~ s/%s/by_name(@_)/er };
}

# PostgREST's transaction: "headers" are added to the proxy's, "where" is what
# it makes of a query string that reaches it.
sub postgrest
{
	my (%how) = @_;
	my %headers = ('x-real-ip' => PEER, 'x-original-method' => 'POST', 'x-original-uri' => '/agent-access-tokens', %{ $how{headers} // {} });
	delete @headers{ grep { !defined $headers{$_} } keys %headers };
	my $headers = quote(JSON::PP->new->canonical->encode(\%headers));
	return sub {
		my $body = quote(unpack 'H*', login_body(@_));
		return "BEGIN ISOLATION LEVEL READ COMMITTED @{[$how{access} // 'READ WRITE']};
			SELECT set_config('search_path', '\"public\"', true), set_config('role', 'web_anon', true), set_config('request.jwt.claims', '{\"role\":\"web_anon\"}', true),
				set_config('request.method', 'POST', true), set_config('request.path', '/rpc/agent_http', true), set_config('request.headers', $headers, true) IS NULL;
			WITH pgrst_source AS (SELECT pgrst_call.pgrst_scalar FROM (SELECT decode($body, 'hex') AS body) b,
				LATERAL (SELECT \"public\".\"agent_http\"(b.body) pgrst_scalar) pgrst_call)
			SELECT coalesce(json_agg(s.pgrst_scalar)->0, 'null') AS body, nullif(current_setting('response.headers', true), ''),
				nullif(current_setting('response.status', true), '') FROM (SELECT * FROM pgrst_source @{[$how{where} // '']}) s;
			@{[$how{end} // 'COMMIT']};";
	};
}

my @failed = ('[^|]*\{"errors": ?\[\{"code": ?"4101"', 1, 'in');
my @lost = ('.*ERROR:  division by zero', 1, 'forgiven');
my @read_only = ('.*ERROR:  cannot execute agent_access_token\(\) in a read-only transaction', 0, 'alike');
my @refused = ('.*\|405$', 0, 'alike');

# What no answer of the function can be.
my $raises = '1 / (length(%s::text) * 0) = 1';

# [what, answer to a failure, what it counts, what of the right password, ...]
my @table = (
	[ 'the function', @failed, script('SELECT %s;') ],
	[ 'after eight failures', @failed, script('SELECT %s;'), before => 8 ],
	[ 'once locked', '.*"4401"', 0, 'alike', script('SELECT %s;'), before => 9 ],
	[ 'rolled back', @failed, script('BEGIN; SELECT %s; ROLLBACK;'), void => 1 ],
	[ 'rolled back to a savepoint', @failed, script('BEGIN; SAVEPOINT s; SELECT %s; ROLLBACK TO s; COMMIT;'), void => 1 ],
	[ 'rolled back by an error', '.*', 1, 'forgiven', script('DO $$ BEGIN PERFORM %s; RAISE division_by_zero; EXCEPTION WHEN division_by_zero THEN NULL; END $$;') ],
	[ 'lost by an error', @lost, script("SELECT $raises;") ],
	[ 'raised for failures alone', '.*ERROR:  division by zero', 1, 'in',
		script('SELECT a FROM (SELECT %s AS a OFFSET 0) s WHERE CASE WHEN a ? $$errors$$ THEN 1 / (length(a::text) * 0) > 0 ELSE true END;') ],
	[ 'explained', '.*Result', 1, 'forgiven', script('EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off) SELECT %s;') ],
	[ 'prepared', @failed, script('PREPARE p AS SELECT %s; EXECUTE p;') ],
	[ 'copied', @failed, script('COPY (SELECT %s) TO STDOUT;') ],
	[ 'a cursor that nobody reads', '.*', 0, 'alike', script('BEGIN; DECLARE c CURSOR FOR SELECT %s; COMMIT;') ],
	[ 'repeatable read', @failed, script('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT %s; COMMIT;') ],
	[ 'serializable', @failed, script('BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT %s; COMMIT;') ],
	[ 'READ ONLY', @read_only, script('BEGIN READ ONLY; SELECT %s; COMMIT;') ],
	[ 'read-only from now on', @read_only, script('BEGIN; SET TRANSACTION READ ONLY; SELECT %s; COMMIT;') ],
	[ 'read-only by default', @read_only, script('SET default_transaction_read_only = on; SELECT %s;') ],
	[ 'an answer set beforehand', @failed, script("BEGIN; SET response.status = 200; SET response.headers = '[]'; SELECT %s;
		SELECT current_setting('response.status') ~ '^(401|200)\$', current_setting('response.headers') ~ '^\\[\\{.*\\}\\]\$'; COMMIT;") ],
	[ 'settings of its own', @failed, script("SET search_path = pg_temp; SET plan_cache_mode = force_generic_plan; SET enable_indexscan = off; SET row_security = off;
		SET client_encoding = LATIN1; SET client_min_messages = debug1; SET transform_null_equals = on; SELECT public.%s;") ],
	[ 'a statement that takes too long', '.*ERROR:  canceling statement due to statement timeout', 0, 'alike', script("SET statement_timeout = '50ms'; SELECT %s;"), locked => 1 ],
	[ 'cancelled', '.*ERROR:  canceling statement due to user request', 1, 'alike', script('SELECT %s;'), role => 'costly', meanwhile => 'pg_cancel_backend' ],
	[ 'terminated', '.*FATAL:  terminating connection due to administrator command', 1, 'alike', script('SELECT %s;'), role => 'costly', meanwhile => 'pg_terminate_backend' ],
	[ 'left alone in its transaction', '.*"4101".*(FATAL:|server closed the connection)', 1, 'in',
		script("SET idle_in_transaction_session_timeout = '10ms';\nBEGIN\\;SELECT %s;\n\\! for i in \$(seq 3000); do [ \"\$(psql -XAtq -d postgres -c \"SELECT count(*) FROM pg_stat_activity WHERE usename = 'client' AND state = 'idle in transaction'\")\" != 0 ] || break; sleep 0.1; done\nSELECT 1;"), void => 1 ],
	[ 'headers that are no JSON', '.*ERROR:  invalid input syntax for type json', 0, 'alike', script('SET request.headers = x; SELECT %s;') ],
	# as PostgREST
	[ 'PostgREST', '.*"4101".*\|401$', 1, 'in', postgrest() ],
	[ 'PostgREST: once locked', '.*"4401".*\|429$', 0, 'alike', postgrest(), before => 9 ],
	[ 'PostgREST: GET', @refused, postgrest(access => 'READ ONLY') ],
	[ 'PostgREST: GET behind the proxy', @refused, postgrest(headers => { 'x-original-method' => 'GET' }) ],
	[ 'PostgREST: GET that would be POST', @refused, postgrest(access => 'READ ONLY', headers => { 'x-http-method-override' => 'POST' }) ],
	[ 'PostgREST: Prefer: tx=rollback', '.*"4101".*\|401$', 1, 'in', postgrest(end => 'ROLLBACK'), void => 1 ],
	[ 'PostgREST: a filter that raises', @lost, postgrest(where => 'WHERE ' . sprintf $raises, 'pgrst_scalar') ],
	[ 'PostgREST: a filter that raises for failures', '.*ERROR:  division by zero', 1, 'in',
		postgrest(where => "WHERE CASE WHEN pgrst_scalar ->> 'errors' IS NULL THEN true ELSE 1 / (length(pgrst_scalar::text) * 0) = 1 END") ],
	[ 'PostgREST: a filter for tokens', '.*null\|.*\|401$', 1, 'in', postgrest(where => "WHERE pgrst_scalar ->> 'errors' IS NULL") ],
	[ 'PostgREST: no line wanted', '.*null\|\|$', 0, 'alike', postgrest(where => 'LIMIT 0') ],
	[ 'PostgREST: a query string', '.*"4101".*\|401$', 1, 'in', postgrest(headers => { 'x-original-uri' => '/agent-access-tokens?limit=0&select=' }) ],
	[ 'PostgREST: its own headers', '.*"4101".*\|401$', 1, 'in', postgrest(headers => { prefer => 'tx=rollback', range => '0-0', accept => 'text/html', authorization => 'Bearer x' }) ],
	[ 'PostgREST: a bad token', '.*"001".*\|401$', 0, 'alike', postgrest(headers => { 'x-original-authorization' => 'Bearer x' }) ],
	[ 'PostgREST: past the proxy', '.*\|404$', 0, 'alike', postgrest(headers => { 'x-original-uri' => undef }) ],
	[ 'PostgREST: no address', '.*"4101".*\|401$', 1, 'in', postgrest(headers => { 'x-real-ip' => undef }), peer => undef ],
	[ 'PostgREST: an address that is none', '.*"4101".*\|401$', 1, 'in', postgrest(headers => { 'x-real-ip' => 'unknown' }), peer => undef ]);
my @ways = map { my ($what, $status, $counts, $right, $script, @rest) = @$_;
	+{ what => $what, status => $status, counts => $counts, right => $right, script => $script, @rest } } @table;

$node = new_oracle_server(\@ways, PEER);
$node->safe_psql('postgres', "
	CREATE ROLE web_anon;
	SELECT agent_auth.grant_client('web_anon');
	CREATE ROLE client LOGIN IN ROLE web_anon;
	CREATE ROLE costly LOGIN IN ROLE web_anon;
	ALTER ROLE client SET agent_auth.peer_header = 'x-real-ip';
	ALTER ROLE costly SET agent_auth.peer_header = 'x-real-ip';
	ALTER ROLE costly SET agent_auth.bcrypt_cost = 14;	-- takes a second
	CREATE ROLE probe LOGIN IN ROLE web_anon, pg_read_all_stats;
	ALTER ROLE probe SET agent_auth.login_concurrency = 1;
	SELECT agent_auth.create_agent('probe\@example.com', '@{[PASSWORD]}');
	CREATE FUNCTION victim() RETURNS int LANGUAGE sql AS
		\$\$ SELECT min(pid) FROM pg_stat_activity WHERE usename = 'costly' AND state = 'active' \$\$;
	-- waits where a hash is being computed, and is done at once where none is
	CREATE PROCEDURE probe() LANGUAGE plpgsql AS \$\$
		BEGIN
			FOR i IN 1..10000 LOOP
				EXIT WHEN victim() IS NOT NULL;
				COMMIT;
				PERFORM pg_sleep(0.01);
			END LOOP;
			WHILE victim() IS NOT NULL LOOP
				PERFORM agent_access_token('probe\@example.com', '@{[PASSWORD]}');
				COMMIT;
			END LOOP;
		END \$\$;
	-- strikes a victim whose hash has begun: the probe waits for it
	CREATE PROCEDURE strike(how regproc) LANGUAGE plpgsql AS \$\$
		BEGIN
			FOR i IN 1..10000 LOOP
				EXIT WHEN victim() IS NOT NULL AND EXISTS (SELECT FROM pg_stat_activity WHERE usename = 'probe' AND wait_event_type = 'Extension');
				COMMIT;
				PERFORM pg_sleep(0.01);
			END LOOP;
			EXECUTE format('SELECT %s(\$1)', how) USING victim();
		END \$\$;");

# Runs it in the background.
sub begin
{
	my ($role, $sql) = @_;
	my ($out, $err) = ('', '');
	return IPC::Run::start([ 'psql', '-XqAt', '-d', $node->connstr('postgres') . " user=$role", '-c', $sql ], '>', \$out, '2>', \$err);
}

sub run
{
	my ($way, $script) = @_;
	my ($out, $err) = ('', '');
	my $admin = (getpwuid $<)[0];
	my (@others, $holder);

	# The last one may not have gone yet.
	$node->poll_query_until('postgres', q{SELECT count(*) = 0 FROM pg_stat_activity WHERE usename = 'costly'}) or die 'a victim stays'
	  if defined $way->{meanwhile};
	@others = (begin('probe', 'CALL probe()'), begin($admin, "CALL strike('$way->{meanwhile}')")) if defined $way->{meanwhile};
	if ($way->{locked})
	{
		$holder = $node->background_psql('postgres');
		$holder->query_safe('BEGIN; LOCK TABLE agent_auth.agent IN ACCESS EXCLUSIVE MODE');
	}
	# Where it was struck is chance.
	my $status = $node->psql('postgres', "\\set SHOW_CONTEXT never\n$script", connstr => $node->connstr('postgres') . ' user=' . ($way->{role} // 'client'),
		on_error_stop => 0, stdout => \$out, stderr => \$err);
	$_->finish foreach @others;
	$holder->quit if defined $holder;
	# When it was noticed, too.
	$err =~ s/^psql:<stdin>:\d+: //mg;
	return "$out$err|$status" =~ s/\|0$//r;
}

foreach my $way (@ways)
{
	# A second may pass, or with it a minute.
	my $answers = try_all($way, sub { my ($w, @tries) = @_; return map { run($w, $w->{script}->(@$_)) =~ s/"Retry-After":"\d+"/"Retry-After":"N"/r =~ s{wait \d+ min}{wait N min}r } @tries });
	next if !$way->{void};
	my ($token) = $answers->{right} =~ /"accessToken": ?"([^"]+)"/;
	is($node->safe_psql('postgres', "SELECT agent_auth.verify('$token') IS NULL"), 't', "$way->{what}: its tokens are void");
}
count_all($node, \@ways, PEER);

# Plans have the values in them that they are made for.  A client is shown that
# of its own statement alone.
foreach my $password (PASSWORD, 'wrong')
{
	my ($out, $err);
	$node->psql('postgres', "SET debug_print_parse = on; SET debug_print_rewritten = on; SET debug_print_plan = on; SET client_min_messages = log;\n" .
		  'SELECT ' . by_name(NAME, $password), connstr => $node->connstr('postgres') . ' user=client', stdout => \$out, stderr => \$err);
	is_deeply([ map { scalar(() = $err =~ /LOG:  $_:/g) } 'parse tree', 'rewritten parse tree', 'plan' ], [ 1, 1, 1 ], "plans: $password: one of each");
}

# nor of what the directory of customers is asked
my ($agent) = $node->safe_psql('postgres', 'SELECT ' . by_name(NAME, PASSWORD)) =~ /"accessToken": ?"([^"]+)"/;
$node->safe_psql('postgres', "INSERT INTO agent_auth.customer (customer_reference, email) VALUES ('DE--1', 'sonia\@example.com')");
foreach my $call ("agent_customer_search('$agent', 'sonia')", "agent_customer_impersonation_access_token('$agent', 'DE--1')")
{
	my ($out, $err);
	$node->psql('postgres', "SET debug_print_parse = on; SET debug_print_rewritten = on; SET debug_print_plan = on; SET client_min_messages = log; SELECT $call",
		connstr => $node->connstr('postgres') . ' user=client', stdout => \$out, stderr => \$err);
	like($out, qr/sonia|accessToken/, 'a customer is found');
	is_deeply([ map { scalar(() = $err =~ /LOG:  $_:/g) } 'parse tree', 'rewritten parse tree', 'plan' ], [ 1, 1, 1 ], 'plans: ' . $call =~ s/\(.*//r . ': one of each');
}

done_testing();
