# http.sh
#	What HTTP costs: requests through the gateway by wrk, beside the same calls
#	of agent_auth.http() by pgbench.  Sourced by run.
#
# As many clients on both sides as the gateway has connections to the database;
# everything is on the same processors, wrk and pgbench too.

CLIENTS=8
RESULT="status, length(body)"

# start_bench_gateway DATABASE: sets $gateway and $base
start_bench_gateway() {
	rm -f "$dir/port"
	gateway/agent_auth_gateway --listen 127.0.0.1:0 --port-file "$dir/port" --log-level error --locked-delay 0 --pool-size "$CLIENTS" \
		--conninfo "host=$dir dbname=$1 user=gateway" 2>>"$dir/gateway.log" &
	gateway=$!
	while [ ! -s "$dir/port" ]; do sleep 0.1; done
	base=http://127.0.0.1:$(cat "$dir/port")
	sleep 1
}

stop_bench_gateway() {
	kill "$gateway"
	wait "$gateway" || true
	gateway=
}

# An agent's token, refresh tokens to begin with, and for each kind of request a
# script for pgbench and one for wrk
write_http_scripts() {
	token=$(sql -d served -c "SELECT agent_access_token('maria@example.com', 'correct horse battery') ->> 'accessToken'")
	sql -d served -c "CREATE TABLE refresh AS SELECT n, agent_access_token('maria@example.com', 'correct horse battery') ->> 'refreshToken' AS t FROM generate_series(1, 64) n"
	sql -d served -c "GRANT SELECT ON refresh TO gateway"
	headers="'{\"host\":\"api.example.com\",\"authorization\":\"Bearer $token\"}'"

	echo "SELECT $RESULT FROM agent_auth.http('GET', '/.well-known/jwks.json', '{\"host\":\"api.example.com\"}', NULL, '127.0.0.1');" >"$dir/jwks.pgb"
	echo 'wrk.path = "/.well-known/jwks.json"' >"$dir/jwks.lua"

	cat >"$dir/search.pgb" <<-SQL
		\set n random(1, 9999)
		SELECT $RESULT FROM agent_auth.http('GET', '/agent-customer-search?q=DE--' || :n, $headers, NULL, '127.0.0.1');
	SQL
	cat >"$dir/search.lua" <<-LUA
		local headers = { Authorization = "Bearer $token" }
		request = function() return wrk.format("GET", "/agent-customer-search?q=DE--" .. math.random(1, 9999), headers) end
	LUA

	cat >"$dir/impersonation.pgb" <<-SQL
		\set n random(1, 9999)
		SELECT $RESULT FROM agent_auth.http('POST', '/agent-customer-impersonation-access-tokens', $headers,
			convert_to('{"data":{"type":"agent-customer-impersonation-access-tokens","attributes":{"customerReference":"DE--' || (:n / 50 * 50 + 1) || '"}}}', 'UTF8'), '127.0.0.1');
	SQL
	cat >"$dir/impersonation.lua" <<-LUA
		local headers = { Authorization = "Bearer $token" }
		request = function()
			local n = math.floor(math.random(1, 9999) / 50) * 50 + 1
			return wrk.format("POST", "/agent-customer-impersonation-access-tokens", headers,
				'{"data":{"type":"agent-customer-impersonation-access-tokens","attributes":{"customerReference":"DE--' .. n .. '"}}}')
		end
	LUA

	# Each client goes on with the token that it got last.
	cat >"$dir/refresh.pgb" <<-SQL
		\if :begun = 0
		SELECT t AS token FROM public.refresh WHERE n = :client_id + 1 \gset
		\set begun 1
		\endif
		SELECT convert_from(body, 'UTF8')::json #>> '{data,attributes,refreshToken}' AS token FROM agent_auth.http('POST', '/refresh-tokens', '{"host":"api.example.com"}',
			convert_to('{"data":{"type":"refresh-tokens","attributes":{"refreshToken":"' || :token || '"}}}', 'UTF8'), '127.0.0.1') \gset
	SQL
	{
		echo 'local tokens = {'
		sql -d served -c "SELECT '\"' || t || '\",' FROM refresh WHERE n > 32"
		cat <<-'LUA'
			}
			request = function()
				return wrk.format("POST", "/refresh-tokens", nil, '{"data":{"type":"refresh-tokens","attributes":{"refreshToken":"' .. table.remove(tokens, 1) .. '"}}}')
			end
			response = function(status, headers, body)
				tokens[#tokens + 1] = body:match('"refreshToken":"([^"]*)"')
			end
		LUA
	} >"$dir/refresh.lua"

	cat >"$dir/refused.pgb" <<-SQL
		\set n random(1, 1000000000)
		SELECT $RESULT FROM agent_auth.http('POST', '/agent-access-tokens', '{"host":"api.example.com"}',
			convert_to('{"data":{"type":"agent-access-tokens","attributes":{"username":"n' || :n || '@example.com","password":"wrong"}}}', 'UTF8'), '127.0.0.1');
	SQL
	cat >"$dir/refused.lua" <<-'LUA'
		math.randomseed(os.time())
		request = function()
			return wrk.format("POST", "/agent-access-tokens", nil, '{"data":{"type":"agent-access-tokens","attributes":{"username":"n' .. math.random(1, 1000000000) .. '@example.com","password":"wrong"}}}')
		end
	LUA
}

# Refresh tokens that are new for every run: those of the last have been spent.
new_refresh_tokens() {
	sql -d served -c "UPDATE refresh SET t = agent_access_token('maria@example.com', 'correct horse battery') ->> 'refreshToken'"
	{ sed -n '1p' "$dir/refresh.lua"; sql -d served -c "SELECT '\"' || t || '\",' FROM refresh WHERE n > 32"; sed -n '/^}/,$p' "$dir/refresh.lua"; } >"$dir/refresh.new"
	mv "$dir/refresh.new" "$dir/refresh.lua"
}

# Requests a second by both in pairs that alternate, and p99 by wrk.  Logins cost
# 2^8 rounds here, so that there are enough of them to count.
http() {
	seconds=${BENCH_SECONDS:-8}
	database_with_customers served 10000
	sql -c "ALTER DATABASE served SET agent_auth.bcrypt_cost = 8" -c "ALTER DATABASE served SET agent_auth.lockout_address_failures = 7000"
	sql -d served -c "GRANT USAGE ON SCHEMA agent_auth TO gateway" -c "GRANT EXECUTE ON FUNCTION agent_auth.http TO gateway"
	write_http_scripts
	start_bench_gateway served
	for kind in ${BENCH_KINDS:-jwks search refresh impersonation refused}; do
		: >"$dir/pairs"
		for _ in 1 2 3 4 5; do
			[ "$kind" != refresh ] || new_refresh_tokens
			direct=$(PGUSER=gateway PGOPTIONS="-c search_path=pg_catalog" "$bin/pgbench" -n -M prepared -c "$CLIENTS" -j 1 -T "$seconds" -D begun=0 -f "$dir/$kind.pgb" served 2>>"$dir/pgbench.log" | sed -n 's/^tps = \([0-9.]*\).*/\1/p')
			wrk -t 1 -c "$CLIENTS" -d "$seconds" --latency -s "$dir/$kind.lua" "$base" >"$dir/wrk"
			echo "$direct $(sed -n 's/^Requests.sec: *//p' "$dir/wrk") $(sed -n 's/^ *99% *//p' "$dir/wrk") $(sed -n 's/.*Non-2xx or 3xx responses: //p' "$dir/wrk")" >>"$dir/pairs"
		done
		printf '%-13s %8.0f calls a second by pgbench, %8.0f requests by wrk; ratio %s, median of 5; p99 %s\n' "$kind" "$(awk '{ print $1 }' "$dir/pairs" | median)" "$(awk '{ print $2 }' "$dir/pairs" | median)" \
			"$(awk '{ printf "%.2f\n", $2 / $1 }' "$dir/pairs" | median)" "$(awk '{ print $3 }' "$dir/pairs" | sort -V | sed -n 3p)"
		[ "$kind" = refused ] || awk 'NF > 3 { n += $4 } END { if (n > 0) printf "  %d answers were errors\n", n }' "$dir/pairs"
	done
	stop_bench_gateway
	sql -c 'DROP DATABASE served'
}

# What the gateway holds after a million requests, of all kinds of answers
memory() {
	database_with_customers served 10000
	sql -d served -c "GRANT USAGE ON SCHEMA agent_auth TO gateway" -c "GRANT EXECUTE ON FUNCTION agent_auth.http TO gateway"
	write_http_scripts
	start_bench_gateway served
	resident() { sed -n 's/^VmRSS:[^0-9]*\([0-9]* kB\)/\1/p' "/proc/$gateway/status"; }
	n=0
	for goal in 10000 100000 500000 1000000; do
		while [ "$n" -lt "$goal" ]; do
			for kind in jwks search; do
				n=$((n + $(wrk -t 1 -c 64 -d 4 -s "$dir/$kind.lua" "$base" | sed -n 's/^ *\([0-9]*\) requests in.*/\1/p')))
			done
		done
		echo "after $n requests: $(resident)"
	done
	stop_bench_gateway
	sql -c 'DROP DATABASE served'
}
