-- What the gateway needs: the extension, a key, and a role that may call one
-- function. Agents are for you to create.
CREATE EXTENSION agent_auth CASCADE;
SELECT agent_auth.rotate_signing_key();

CREATE ROLE agent_auth_gateway LOGIN;
GRANT USAGE ON SCHEMA agent_auth TO agent_auth_gateway;
GRANT EXECUTE ON FUNCTION agent_auth.http TO agent_auth_gateway;
ALTER ROLE agent_auth_gateway SET log_statement = 'none';
ALTER ROLE agent_auth_gateway SET log_min_duration_statement = -1;
ALTER ROLE agent_auth_gateway SET log_parameter_max_length = 0;
ALTER ROLE agent_auth_gateway SET log_parameter_max_length_on_error = 0;
