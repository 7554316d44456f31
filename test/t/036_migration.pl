# docs/migration.md as it is typed: the storefront suite's agents and customers, in
# each form in which their tables have been seen, become ours with their ids.
# Regress cannot run what a document says.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../perl";

use AgentAuth;
use Document;
use PostgreSQL::Test::Utils;
use Test::More;

my ($import, $left_over, $copy, $view) = map { $_->{text} } grep { $_->{info} eq 'sql' } blocks('docs/migration.md');
my $node = new_server('main');
my $hash = $node->safe_psql('postgres', "SELECT password_hash FROM agent_auth.agent WHERE username = '@{[NAME]}'") =~ s/^\$2a/\$2y/r;

# As PostgreSQL has it there, as it comes from MySQL, and as an export writes it
my @forms = (
	[ 'integers and booleans', 'smallint', 'boolean', 0, 1, 'true', 'false' ],
	[ 'integers alone', 'integer', 'integer', 0, 1, '1', '0' ],
	[ 'words', 'text', 'text', "'active'", "'blocked'", "'true'", "'false'" ]);

foreach my $form (@forms)
{
	my ($name, $status_type, $agent_type, $active, $blocked, $yes, $no) = @$form;
	(my $database = "from_$name") =~ tr/ /_/;

	$node->safe_psql('postgres', "CREATE DATABASE $database");
	$node->safe_psql($database, "CREATE EXTENSION agent_auth CASCADE; SELECT agent_auth.rotate_signing_key('ES256');
		CREATE TABLE spy_user (id_user integer PRIMARY KEY, first_name varchar(45), last_name varchar(255), username varchar(45) UNIQUE,
			password varchar(255), status $status_type, is_agent $agent_type);
		INSERT INTO spy_user (id_user, username, password, status, is_agent) VALUES (7, 'admin\@example.com', '$hash', $active, $yes),
			(9, 'blocked\@example.com', '$hash', $blocked, $yes), (11, 'clerk\@example.com', '$hash', $active, $no), (13, 'unset\@example.com', '$hash', $active, NULL),
			(15, 'argon\@example.com', '\$argon2id\$v=19', $active, $yes);
		CREATE TABLE spy_customer (id_customer integer PRIMARY KEY, customer_reference varchar(255) NOT NULL UNIQUE, email varchar(255) NOT NULL UNIQUE,
			first_name varchar(100), last_name varchar(100), anonymized_at timestamp);
		INSERT INTO spy_customer VALUES (21, 'DE--21', 'sonia\@example.com', 'Sonia', 'Wagner', NULL), (22, 'DE--22', 'gone', NULL, NULL, now())");

	is($node->safe_psql($database, $import), 'admin@example.com|7', "$name: active agents alone are imported, with their ids");
	is($node->safe_psql($database, $left_over), 'argon@example.com|$argon2id$', "$name: those left over are named");
	my $login = $node->safe_psql($database, "SELECT agent_access_token('admin\@example.com', '@{[PASSWORD]}') ->> 'accessToken'");
	like($node->safe_psql($database, "SELECT agent_auth.verify('$login') ->> 'sub'"), qr/"id_agent":7,/, "$name: the password is good, and the token has the id");

	foreach my $round (1, 2) { $node->safe_psql($database, $copy) }
	my $act = sub { my ($reference) = @_; return "agent_customer_impersonation_access_token('$login', '$reference')" };
	like($node->safe_psql($database, "SELECT agent_auth.verify(@{[ $act->('DE--21') ]} ->> 'accessToken') ->> 'sub'"), qr/"customer_reference":"DE--21","id_customer":21,/, "$name: a copied customer is acted for, with the id");
	like($node->safe_psql($database, "SELECT @{[ $act->('DE--22') ]}"), qr/4104/, "$name: an anonymised one is not");

	# for connections from now on, as each of these is
	$node->safe_psql($database, 'DELETE FROM agent_auth.customer;' . $view =~ s/DATABASE shop/DATABASE $database/r);
	is($node->safe_psql($database, "SELECT agent_customer_search('$login', 'wagner') #>> '{customers,0,customerReference}'"), 'DE--21', "$name: the view is searched");
	like($node->safe_psql($database, "SELECT @{[ $act->('DE--22') ]}"), qr/4104/, "$name: and says who is anonymised");
}

done_testing();
