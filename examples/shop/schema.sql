-- The example shop: tables that tell customers and agents apart by themselves.
--
--	psql -d shop -v ON_ERROR_STOP=1 -1 -f schema.sql -f data.sql
--
-- By a superuser, once agent_auth is installed.  The shop's server connects as
-- shop_api and asks for "the orders", never for somebody's orders: whose they
-- are is decided here, in row-level security.

\set ON_ERROR_STOP on

CREATE SCHEMA shop;
COMMENT ON SCHEMA shop IS 'an example shop: its customers, and what they ordered';

----------------------------------------------------------------------
-- Roles
----------------------------------------------------------------------

-- Roles belong to the server, so another database may have brought them.
DO $$
BEGIN
	IF to_regrole('shop_web') IS NULL THEN
		CREATE ROLE shop_web NOLOGIN;
	END IF;
	IF to_regrole('shop_api') IS NULL THEN
		CREATE ROLE shop_api LOGIN IN ROLE shop_web;
	END IF;
END
$$;
COMMENT ON ROLE shop_web IS 'what the example shop''s server may do';
COMMENT ON ROLE shop_api IS 'as whom the example shop''s server connects';

-- The client library puts parameters into the statements, and some are tokens
-- and passwords: no statement of this role is to reach the log, failed or not.
ALTER ROLE shop_api SET log_statement = 'none';
ALTER ROLE shop_api SET log_min_duration_statement = -1;
ALTER ROLE shop_api SET log_min_duration_sample = -1;
ALTER ROLE shop_api SET log_transaction_sample_rate = 0;
ALTER ROLE shop_api SET log_min_error_statement = 'panic';
ALTER ROLE shop_api SET log_parameter_max_length = 0;
ALTER ROLE shop_api SET log_parameter_max_length_on_error = 0;
ALTER ROLE shop_api SET statement_timeout = '5s';

----------------------------------------------------------------------
-- Who is served
----------------------------------------------------------------------

-- An agent's token wins: as long as one is set, the shop's own setting counts
-- for nothing, also where the agent acts as nobody but itself.  Any role can
-- make that setting, so it is believed of the shop's server alone; session_user
-- is who connected, whatever SET ROLE has said since.
CREATE FUNCTION shop.current_customer() RETURNS text
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT CASE
		WHEN agent_auth.current_agent_id() IS NOT NULL THEN
			agent_auth.current_customer_reference()
		WHEN session_user = 'shop_api' THEN
			nullif(current_setting('shop.customer_reference', true), '')
	END;
END;
REVOKE ALL ON FUNCTION shop.current_customer() FROM PUBLIC;
COMMENT ON FUNCTION shop.current_customer() IS 'the customer as whom an agent acts, else the one whose password the server has checked; NULL when neither';

----------------------------------------------------------------------
-- Customers
----------------------------------------------------------------------

-- Column search_text has what agents search in, in lower case, whatever is put
-- between the words: with it and the first two indexes a search costs little at
-- any number of customers.
CREATE TABLE shop.customers (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	customer_reference text NOT NULL UNIQUE,
	email text NOT NULL
		CONSTRAINT customers_email_is_one
		CHECK (length(email) <= 254 AND email ~ '^[^@[:space:][:cntrl:]]+@[^@[:space:][:cntrl:]]+$'),
	first_name text
		CONSTRAINT customers_first_name_is_short
		CHECK (length(first_name) BETWEEN 1 AND 100),
	last_name text
		CONSTRAINT customers_last_name_is_short
		CHECK (length(last_name) BETWEEN 1 AND 100),
	assistable boolean NOT NULL DEFAULT true,
	password_hash text NOT NULL,
	search_text text GENERATED ALWAYS AS (
		lower(coalesce(email, '') || chr(31) ||
			  coalesce(first_name || ' ' || last_name, first_name, last_name, ''))
	) STORED
);
CREATE INDEX customers_search_text_idx
	ON shop.customers USING gin (search_text gin_trgm_ops);
CREATE INDEX customers_reference_lower_idx
	ON shop.customers (lower(customer_reference));
CREATE UNIQUE INDEX customers_email_key ON shop.customers (lower(email));
REVOKE ALL ON TABLE shop.customers FROM PUBLIC;
COMMENT ON TABLE shop.customers IS 'who buys; also the directory that agents search';
COMMENT ON COLUMN shop.customers.customer_reference IS 'by which agents act as the customer; never changes';
COMMENT ON COLUMN shop.customers.email IS 'also the name by which the customer logs in; unique whatever the case';
COMMENT ON COLUMN shop.customers.assistable IS 'false: is found, but no agent can act as this customer';
COMMENT ON COLUMN shop.customers.password_hash IS 'bcrypt, by shop.hash_password(); read by shop.log_in() alone';
COMMENT ON COLUMN shop.customers.search_text IS 'what agents'' searches look at';
COMMENT ON INDEX shop.customers_search_text_idx IS 'for agents'' searches by a part of the name or of the e-mail address';
COMMENT ON INDEX shop.customers_reference_lower_idx IS 'for agents'' searches by the reference, and for acting as its customer';
COMMENT ON INDEX shop.customers_email_key IS 'for logging in: one customer an address';

-- The bodies below are bound to pgcrypto's functions here and now, in whatever
-- schema those are; no search_path of a caller can put others in their place.

-- Cost 4 is the least there is, for an example that is loaded often: a shop
-- takes 12, here and in log_in().
CREATE FUNCTION shop.hash_password(password text) RETURNS text
	LANGUAGE sql VOLATILE STRICT PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT crypt(hash_password.password, gen_salt('bf', 4));
END;
REVOKE ALL ON FUNCTION shop.hash_password(text) FROM PUBLIC;
COMMENT ON FUNCTION shop.hash_password(text) IS 'the bcrypt hash of a customer''s password';

-- An unknown address costs a hash too, so that time does not tell who is a
-- customer.  Nobody counts failures: a shop must, as agent_auth does for agents.
CREATE FUNCTION shop.log_in(email text, password text) RETURNS text
	LANGUAGE sql VOLATILE STRICT PARALLEL UNSAFE SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	WITH account AS MATERIALIZED (
		SELECT c.customer_reference, c.password_hash FROM shop.customers c
		WHERE lower(c.email) = lower(log_in.email)
	)
	SELECT CASE WHEN crypt(log_in.password, coalesce((SELECT a.password_hash FROM account a), gen_salt('bf', 4))) =
			(SELECT a.password_hash FROM account a)
		THEN (SELECT a.customer_reference FROM account a) END;
END;
REVOKE ALL ON FUNCTION shop.log_in(text, text) FROM PUBLIC;
COMMENT ON FUNCTION shop.log_in(text, text) IS 'the reference of the customer whose address and password these are; NULL when they are nobody''s';

----------------------------------------------------------------------
-- Articles, orders and their lines
----------------------------------------------------------------------

CREATE TABLE shop.articles (
	name text PRIMARY KEY,
	price numeric(10, 2) NOT NULL
		CONSTRAINT articles_price_is_positive CHECK (price > 0)
);
REVOKE ALL ON TABLE shop.articles FROM PUBLIC;
COMMENT ON TABLE shop.articles IS 'what is sold, and for how much: prices come from here, not from clients';

-- Whose an order is cannot be said, it follows from who is served.
CREATE TABLE shop.orders (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	customer_reference text NOT NULL DEFAULT shop.current_customer()
		REFERENCES shop.customers (customer_reference),
	placed_at timestamptz NOT NULL DEFAULT now(),
	status text NOT NULL DEFAULT 'placed'
		CONSTRAINT orders_status_is_known
		CHECK (status IN ('placed', 'paid', 'shipped', 'delivered', 'returned')),
	note text
		CONSTRAINT orders_note_is_short CHECK (length(note) <= 500),
	total numeric(12, 2) NOT NULL,
	acted_by_agent_id bigint,
	acted_by_session_id uuid
);
CREATE INDEX orders_customer_reference_idx
	ON shop.orders (customer_reference, id);
REVOKE ALL ON TABLE shop.orders FROM PUBLIC;
COMMENT ON TABLE shop.orders IS 'what customers ordered, by themselves or with an agent''s help';
COMMENT ON COLUMN shop.orders.total IS 'of its lines, at the prices of that day';
COMMENT ON COLUMN shop.orders.acted_by_agent_id IS 'the agent who placed it, or changed it last; NULL: the customer alone';
COMMENT ON COLUMN shop.orders.acted_by_session_id IS 'the session by which that agent did';
COMMENT ON INDEX shop.orders_customer_reference_idx IS 'for the policy: an own order is found without a look at another''s';

CREATE TABLE shop.order_items (
	order_id bigint NOT NULL REFERENCES shop.orders (id),
	article text NOT NULL REFERENCES shop.articles (name),
	quantity integer NOT NULL
		CONSTRAINT order_items_quantity_is_sane CHECK (quantity BETWEEN 1 AND 99),
	price numeric(10, 2) NOT NULL,
	PRIMARY KEY (order_id, article)
);
REVOKE ALL ON TABLE shop.order_items FROM PUBLIC;
COMMENT ON TABLE shop.order_items IS 'lines of orders';
COMMENT ON COLUMN shop.order_items.price IS 'of one piece, when it was ordered';

----------------------------------------------------------------------
-- Whose rows are whose
----------------------------------------------------------------------

-- The scalar sub-select makes the planner ask once a query, before the first
-- row, and hand the answer to an index.  Without it every row may ask.
--
-- With FORCE a policy holds for the table's owner as well, should it ever be no
-- superuser: log_in() and agents' searches then need a policy of their own.
ALTER TABLE shop.customers ENABLE ROW LEVEL SECURITY;
ALTER TABLE shop.customers FORCE ROW LEVEL SECURITY;
CREATE POLICY own_account ON shop.customers TO shop_web
	USING (customer_reference = (SELECT shop.current_customer()))
	WITH CHECK (customer_reference = (SELECT shop.current_customer()));
COMMENT ON POLICY own_account ON shop.customers IS 'the customer who is served, and no other';

ALTER TABLE shop.orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE shop.orders FORCE ROW LEVEL SECURITY;
CREATE POLICY own_orders ON shop.orders TO shop_web
	USING (customer_reference = (SELECT shop.current_customer()))
	WITH CHECK (customer_reference = (SELECT shop.current_customer()));
COMMENT ON POLICY own_orders ON shop.orders IS 'the orders of the customer who is served';

-- The policy on orders holds in the sub-select too.  The own orders are put in a
-- hash, and lines are held against that: ask for lines of orders, as the server
-- does, and an index finds them; all lines at once are all read.
ALTER TABLE shop.order_items ENABLE ROW LEVEL SECURITY;
ALTER TABLE shop.order_items FORCE ROW LEVEL SECURITY;
CREATE POLICY lines_of_own_orders ON shop.order_items TO shop_web
	USING (order_id IN (SELECT o.id FROM shop.orders o))
	WITH CHECK (order_id IN (SELECT o.id FROM shop.orders o));
COMMENT ON POLICY lines_of_own_orders ON shop.order_items IS 'the lines of orders that are visible';

CREATE TRIGGER orders_say_who_acted
	BEFORE INSERT OR UPDATE ON shop.orders
	FOR EACH ROW EXECUTE FUNCTION agent_auth.stamp_actor();
COMMENT ON TRIGGER orders_say_who_acted ON shop.orders IS 'fills acted_by_agent_id and acted_by_session_id, whatever a statement says';

CREATE TRIGGER customers_keep_their_login
	BEFORE UPDATE OF email, password_hash ON shop.customers
	FOR EACH STATEMENT EXECUTE FUNCTION agent_auth.forbid_impersonated();
COMMENT ON TRIGGER customers_keep_their_login ON shop.customers IS 'by what a customer logs in no agent can change';

----------------------------------------------------------------------
-- What the server may do, and no more
----------------------------------------------------------------------

-- Columns, where not all are meant: no hash is read, no reference, time, status
-- or mark is written by hand.
GRANT USAGE ON SCHEMA shop, agent_auth TO shop_web;
GRANT EXECUTE ON FUNCTION
	agent_auth.set_token(text),
	agent_auth.current_agent_id(),
	agent_auth.current_customer_reference(),
	agent_auth.is_impersonating(),
	shop.current_customer(),
	shop.hash_password(text),
	shop.log_in(text, text)
	TO shop_web;
GRANT SELECT (id, customer_reference, email, first_name, last_name, assistable),
	UPDATE (email, first_name, last_name, password_hash)
	ON shop.customers TO shop_web;
GRANT SELECT ON shop.articles TO shop_web;
GRANT SELECT, INSERT (note, total) ON shop.orders TO shop_web;
GRANT SELECT, INSERT (order_id, article, quantity, price) ON shop.order_items TO shop_web;

-- Agents search these customers instead of agent_auth.customer.  Connections
-- that are open already, such as a gateway's, learn it when they are made anew.
SELECT format('ALTER DATABASE %I SET agent_auth.customer_relation = %L', current_database(), 'shop.customers')
\gexec
