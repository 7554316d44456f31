-- fixture.sql: what the cases expect to find: an agent, an auditor, one that is
-- disabled, customers, a web page's origin, and room for many failed logins.
-- Prints the resource server's name and secret.
--
--   psql -v password='...' -f fixture.sql

\set ON_ERROR_STOP on
\pset tuples_only on
\pset format unaligned
\o /dev/null
SET agent_auth.bcrypt_cost = 4;
SELECT agent_auth.create_agent('contract@example.com', :'password');
SELECT agent_auth.create_agent('other@example.com', :'password');
SELECT agent_auth.create_agent('disabled@example.com', :'password');
SELECT agent_auth.set_auditor('other@example.com', true);
SELECT agent_auth.disable_agent('disabled@example.com');
INSERT INTO agent_auth.customer (customer_reference, email, first_name, last_name, assistable) VALUES
	('CT--1', 'anna@contract.example.com', 'Anna', 'Example', true),
	('CT--2', 'bert@contract.example.com', 'Bert', 'Exämple "quoted" \slash', true),
	('CT--3', '100%_sure@contract.example.com', NULL, NULL, true),
	('CT--4', 'closed@contract.example.com', 'Closed', 'Example', false);
INSERT INTO agent_auth.customer (customer_reference, email, first_name, last_name)
SELECT 'CT--P' || n, 'page' || n || '@contract.example.com', 'Zpage', NULL FROM generate_series(1, 25) n;
SELECT format('ALTER DATABASE %I SET agent_auth.%s = %L', current_database(), setting, value)
FROM (VALUES ('cors_origins', 'https://console.example.com'), ('lockout_address_failures', '7000'), ('lockout_account_failures', '7000'), ('bcrypt_cost', '4')) s(setting, value) \gexec
\o
SELECT 'contract-server:' || agent_auth.create_resource_server('contract-server');
