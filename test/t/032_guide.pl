# What the documents tell a reader to type does what they say: the guide from its
# second step on (the first needs root), docs/postgrest.md followed by what
# PostgREST sends, the lines of SQL in README.md, and the steps of
# docs/operations.md for when something leaks.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../perl";

use AgentAuth;
use Document;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'the gateway is not built' if !-x gateway_program();
plan skip_all => 'curl or jq is not installed' if grep { system("command -v $_ >/dev/null") != 0 } qw(curl jq);

# A server as Debian's, but for a socket that lets everybody in.
sub fresh_server
{
	my ($name) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);

	$node->init(extra => [ '-U', 'postgres' ]);
	$node->append_conf('postgresql.conf', "agent_auth.bcrypt_cost = 4\nlog_statement = none\n");
	$node->start;
	return $node;
}

sub at { my ($node) = @_; return (PGHOST => $node->host, PGPORT => $node->port, PGUSER => 'postgres', PGDATABASE => 'postgres') }

# The guide
{
	my $node = fresh_server('guide');
	my $dir = PostgreSQL::Test::Utils::tempdir();
	my $port = PostgreSQL::Test::Cluster::get_free_port();
	my %environment = at($node);
	local @ENV{ keys %environment } = values %environment;
	local $ENV{PATH} = gateway_program() =~ s{/[^/]*$}{}r . ":$ENV{PATH}";
	my $blocks = grep { $_->{info} eq 'sh' } blocks('docs/guide.md');

	cmp_ok($blocks, '>', 5, 'the guide has commands');
	my $output = run_blocks('docs/guide.md', $dir, 'shop', '127.0.0.1:8080' => "127.0.0.1:$port");
	my $login = decode_json(slurp_file("$dir/login.json"));
	is($login->{data}{attributes}{tokenType}, 'Bearer', 'the guide: the login over HTTP works');
	is(decode_json(slurp_file("$dir/customer.json"))->{data}{attributes}{expiresIn}, 28800, 'the guide: and acting as a customer');
	like($output, qr/\{"expiresIn": 28800, "tokenType": "Bearer", "accessToken": "eyJ/, 'the guide: the login over SQL');
	like($output, qr/"scopes":\s*\[\s*"agent"\s*\]/, 'the guide: the claims');
	like($output, qr/"customerReference": "DE--1"/, 'the guide: a customer is found');
	like($output, qr/another lamp \| +1 \| [0-9a-f-]{36}\n\(2 rows\)/, 'the guide: two orders, the second of an agent');
	like($output, qr/of_the_customer *\n[-+]+\n +2 \| a chair\n\(1 row\)/, 'the guide: a customer sees the own order');
	like($output, qr/of_nobody *\n-+\n +0\n/, 'the guide: nobody sees none, although the application owns the table');
	is($node->safe_psql('shop', "SELECT status FROM agent_auth.check_config() WHERE item = 'row security'"), 'ok', 'the guide: check_config() finds that the policies hold');
	like($output, qr/maria\@example\.com \| DE--1 +\| cannot find her order/, 'the guide: who acted as whom');
	like($output, qr/"code": "4102"/, 'the guide: logged out');
	wait_until(sub { !kill 0, slurp_file("$dir/gateway.pid") + 0 }) or fail('the guide: the gateway is still there');
	is(sprintf('%04o', (stat "$dir/gateway.pgpass")[2] & 07777), '0600', 'the guide: its password is for one user');
	$node->stop;
}

# The lines of SQL in README.md
{
	my $node = fresh_server('readme');
	my %environment = at($node);
	local @ENV{ keys %environment } = values %environment;
	my ($sql) = grep { $_->{info} eq 'sql' } blocks('README.md');
	my $lines = () = $sql->{text} =~ /^\S/mg;

	is($lines, 10, 'README.md: ten lines of SQL');
	my $output = run_blocks('README.md', PostgreSQL::Test::Utils::tempdir(), 'postgres');
	like($output, qr/"customerReference": "DE--1"/, 'README.md: a customer is found');
	like($output, qr/maria\@example\.com \| DE--1/, 'README.md: and acted for');
	$node->stop;
}

# docs/postgrest.md, then PostgREST's transactions
my $node = fresh_server('postgrest');
{
	my %environment = at($node);
	local @ENV{ keys %environment } = values %environment;
	run_blocks('docs/postgrest.md', PostgreSQL::Test::Utils::tempdir(), 'shop');
}
my $authenticator = $node->connstr('shop') . ' user=authenticator';

# What PostgREST does with a request; $call is what it selects, a row of JSON.
sub postgrest
{
	my ($role, $claims, $path, $headers, $call) = @_;
	my ($out, $err) = ('', '');
	my $sql = sprintf q{
		BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
		SELECT set_config('search_path', '"api"', true), set_config('role', '%s', true), set_config('request.jwt.claims', '%s', true),
			set_config('request.method', 'POST', true), set_config('request.path', '%s', true), set_config('request.headers', '%s', true) \g /dev/null
		SELECT agent_auth.pre_request() \g /dev/null
		%s;
		SELECT current_setting('response.status', true);
		COMMIT;}, $role, $claims, $path, $headers, $call;
	IPC::Run::run([ 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-v', 'VERBOSITY=verbose', '-d', $authenticator ], '<', \$sql, '>', \$out, '2>', \$err);
	my ($body, $status) = split /\n/, $out;
	return { body => scalar(eval { decode_json($body // '') }), status => $status // '', error => $err };
}

sub front_door
{
	my ($method, $target, $body) = @_;
	my $headers = encode_json({ 'x-original-method' => $method, 'x-original-uri' => $target, 'x-original-content-type' => 'application/vnd.api+json',
			'x-real-ip' => '192.0.2.7', host => 'api.example.com', 'x-forwarded-proto' => 'https' });
	return postgrest('web_anon', '{"role":"web_anon"}', '/rpc/agent_http', $headers, sprintf q{
		WITH pgrst_source AS (SELECT pgrst_call.pgrst_scalar FROM (SELECT convert_to('%s', 'UTF8') AS body) b,
			LATERAL (SELECT "api"."agent_http"(b.body) pgrst_scalar) pgrst_call)
		SELECT coalesce(json_agg(s.pgrst_scalar)->0, 'null') FROM (SELECT * FROM pgrst_source) s}, $body);
}

my $answer = front_door('POST', '/agent-access-tokens', login_body());
is($answer->{status}, 201, 'postgrest.md: the login works') or diag($answer->{error});
my $token = $answer->{body}{data}{attributes}{accessToken};
is($answer->{body}{data}{links}{self}, 'https://api.example.com/agent-access-tokens', 'postgrest.md: with a link of the public URL');
is(front_door('POST', '/agent-access-tokens', login_body(NAME, 'wrong'))->{status}, 401, 'postgrest.md: and a wrong password not');
is($node->safe_psql('shop', "SELECT DISTINCT peer FROM agent_auth.audit WHERE event LIKE 'login%'"), '192.0.2.7', 'postgrest.md: by the address that the proxy names');

# a table, with the claims that PostgREST has verified
my $claims = $node->safe_psql('shop', "SELECT agent_auth.verify('$token')");
like($claims, qr/"role": "agent"/, 'postgrest.md: the token names a role');
my $orders = sub { return postgrest('agent', $claims, '/orders', '{}', q{SELECT coalesce(json_agg(o), '[]') FROM api.orders o}) };
is(scalar @{ $orders->()->{body} }, 0, 'postgrest.md: an agent sees no orders') or diag($orders->()->{error});
my $customers = $node->safe_psql('shop', "SELECT agent_auth.verify(api.agent_customer_impersonation_access_token('$token', 'DE--1') ->> 'accessToken')");
$orders = sub { return postgrest('customer', $customers, '/orders', '{}', q{SELECT coalesce(json_agg(o), '[]') FROM api.orders o}) };
is_deeply([ map { $_->{customer_reference} } @{ $orders->()->{body} } ], ['DE--1'], 'postgrest.md: one who acts as a customer sees that customer\'s') or diag($orders->()->{error});
$node->safe_psql('shop', "SELECT agent_auth.end_sessions('@{[NAME]}')");
like($orders->()->{error}, qr/PT401/, 'postgrest.md: and nothing once the session has ended');

# what it is configured with
my $config = '';
IPC::Run::run([ 'psql', '-XAtq', '-d', $authenticator, '-c', "SELECT agent_auth.pre_config(); SELECT current_setting('pgrst.jwt_secret')" ], '>', \$config);
is(decode_json((split /\n/, $config)[-1])->{keys}[0]{kty}, 'RSA', 'postgrest.md: the keys');
my ($status, undef, $error) = $node->psql('shop', 'SET ROLE web_anon; SELECT agent_auth.http(NULL, NULL, NULL, NULL, NULL)');
like($error, qr/permission denied/, 'postgrest.md: the other front door is closed');
is($node->safe_psql('shop', "SELECT string_agg(item || ': ' || advice, E'\\n') FROM agent_auth.check_config() WHERE status IN ('warning', 'error') AND item NOT IN ('agent_auth.bcrypt_cost', 'durability')"),
	'', 'postgrest.md: check_config() has nothing to say');

# docs/operations.md: after each, nothing of before is good and the agent logs in
sub steps { my ($heading) = @_; return join '', section('docs/operations.md', $heading) =~ /^ {7}(.*\n)/mg }
{
	my $leaky = fresh_server('leaky');
	my $dir = PostgreSQL::Test::Utils::tempdir();
	my $login = sub { my ($password) = @_; return decode_json($leaky->safe_psql('postgres', "SELECT agent_access_token('@{[NAME]}', '@{[ $password // PASSWORD ]}')")) };
	my $follow = sub {
		my ($heading, $sql) = @_;
		my ($out, $err);
		my $done = IPC::Run::run([ 'psql', '-XAt', '-v', 'ON_ERROR_STOP=1', '-d', $leaky->connstr('postgres') ], '<', \$sql, '>', \$out, '2>', \$err, init => sub { chdir $dir or die });
		ok($done, "operations.md: $heading") or diag($err);
		return $out;
	};
	my $is_dead = sub {
		my ($heading, $tokens) = @_;
		is($leaky->safe_psql('postgres', "SELECT agent_auth.verify('$tokens->{accessToken}') IS NULL, agent_refresh_access_token('$tokens->{refreshToken}') #>> '{errors,0,code}'"), 't|004', "operations.md: $heading: what was before is dead");
	};

	$leaky->safe_psql('postgres', "CREATE EXTENSION agent_auth CASCADE; SELECT agent_auth.rotate_signing_key(); SELECT agent_auth.create_agent('@{[NAME]}', '@{[PASSWORD]}')");
	my %gone = ('A signing key leaks' => 'SELECT count(*) FROM agent_auth.signing_key WHERE revoked_at IS NULL', 'The refresh key leaks' => 'SELECT count(*) FROM agent_auth.refresh_key');
	foreach my $heading (sort keys %gone)
	{
		my $before = $login->();
		$follow->($heading, steps($heading));
		is($leaky->safe_psql('postgres', $gone{$heading}), 1, "operations.md: $heading: it is gone");
		$is_dead->($heading, $before);
		ok($login->()->{accessToken}, "operations.md: $heading: the agent logs in");
	}
	{
		my $heading = 'The master key leaks';
		my $before = $login->();
		my ($prove, $away, $replace) = steps($heading) =~ /^(.*?)^(key=.*?)^(BEGIN;.*)$/ms or die "operations.md: $heading: not as expected";
		$leaky->poll_query_until('postgres', 'SELECT agent_auth.audit_seal() >= 0 AND seals > 0 AND unsealed_rows = 0 FROM agent_auth.audit_verify()') or die 'the trail is not sealed';
		my $head = $leaky->safe_psql('postgres', 'SELECT head FROM agent_auth.audit_verify()');
		$prove =~ s/the latest head noted elsewhere/$head/;
		like($follow->($heading, $prove), qr/^t\|/m, "operations.md: $heading: proved a last time");
		ok(-s "$dir/audit.copy" && -s "$dir/audit_seal.copy" && -s "$dir/audit_key.copy", "operations.md: $heading: copied");
		my $default = $leaky->data_dir . '/agent_auth.key';
		my $file = "$dir/moved.key";
		$away =~ s/-d shop/-d '@{[ $leaky->connstr('postgres') ]}'/;
		my $put_away = sub { local $ENV{PGDATA} = $leaky->data_dir; return system('sh', '-c', $away) };
		is($put_away->(), 0, "operations.md: $heading: the file is put away");
		ok(!-e $default && -e "$default.leaked", "operations.md: $heading: where it is by default");
		rename "$default.leaked", $file or die;
		$leaky->append_conf('postgresql.conf', "agent_auth.master_key_file = '$file'");
		$leaky->reload;
		is($put_away->(), 0, "operations.md: $heading: the file is put away that was moved before");
		ok(!-e $file && -e "$file.leaked", "operations.md: $heading: where it was moved");
		$follow->($heading, $replace);
		$is_dead->($heading, $before);
		isnt(slurp_file($file), slurp_file("$file.leaked"), "operations.md: $heading: another master key");
		ok($login->()->{accessToken}, "operations.md: $heading: the agent logs in");
		is($leaky->safe_psql('postgres', 'SELECT intact FROM agent_auth.audit_verify()'), 't', "operations.md: $heading: a new chain");
	}
	{
		my $heading = 'A copied database';
		my $before = $login->();
		my $copy = sub { my ($query) = @_; return $leaky->safe_psql('copied', $query) };
		my $item = "SELECT status FROM agent_auth.check_config() WHERE item = 'copied database'";
		$leaky->safe_psql('template1', 'CREATE DATABASE copied TEMPLATE postgres');
		is($leaky->safe_psql('postgres', $item), 'ok', "operations.md: $heading: check_config() has nothing to say of the original");
		is($copy->($item), 'error', "operations.md: $heading: but of the copy");
		isnt($copy->("SELECT agent_auth.verify('$before->{accessToken}')"), '', "operations.md: $heading: where tokens of the original are good");
		my $sql = steps($heading);
		my $done = IPC::Run::run([ 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $leaky->connstr('copied') ], '<', \$sql, '>', \my $out);
		ok($done, "operations.md: $heading: it gets keys of its own");
		is($copy->("SELECT agent_auth.verify('$before->{accessToken}') IS NULL, agent_refresh_access_token('$before->{refreshToken}') #>> '{errors,0,code}'"), 't|004', "operations.md: $heading: by which they are not");
		is($copy->($item), 'ok', "operations.md: $heading: check_config() is content");
		like($copy->("SELECT agent_access_token('@{[NAME]}', '@{[PASSWORD]}')"), qr/accessToken/, "operations.md: $heading: the agent logs in there");
		isnt($leaky->safe_psql('postgres', "SELECT agent_auth.verify('$before->{accessToken}')"), '', "operations.md: $heading: and stays logged in here");
	}
	{
		my $heading = 'An agent\'s laptop is stolen';
		my $before = $login->();
		like($follow->($heading, steps($heading)), qr/\|login_succeeded\|/, "operations.md: $heading: what was done");
		$is_dead->($heading, $before);
		ok($login->('a password told in person')->{accessToken}, "operations.md: $heading: the agent logs in");
	}
	{
		my $heading = 'A password table leaks';
		my $before = $login->('a password told in person');
		my ($password) = $follow->($heading, steps($heading)) =~ /^@{[NAME]}\|(\S{20})$/m;
		$is_dead->($heading, $before);
		ok($login->($password)->{accessToken}, "operations.md: $heading: the agent logs in with what was handed out");
	}
	$leaky->stop;
}

done_testing();
