#!/usr/bin/python3
"""The example shop's API: orders and the account of one customer.

Who is served is said by the Authorization header: "Bearer" with a token of
agent_auth, or "Basic" with a customer's own e-mail address and password.  No
query below says whose rows it means: row-level security does (schema.sql).
Tokens, passwords and bodies are never logged, and no error shows internals.

Needs Python 3 and psycopg2 (on Debian: python3-psycopg2).
"""

import argparse
import base64
import contextlib
import ipaddress
import json
import os
import re
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg2
from psycopg2.pool import ThreadedConnectionPool

BODY_LIMIT = 64 * 1024
CONNECTIONS = 8
CHALLENGES = [("WWW-Authenticate", 'Bearer realm="shop"'), ("WWW-Authenticate", 'Basic realm="shop", charset="UTF-8"')]

ORDER = """
	SELECT json_build_object('id', o.id, 'placedAt', o.placed_at, 'status', o.status, 'note', o.note,
		'total', o.total, 'actedByAgentId', o.acted_by_agent_id,
		'items', (SELECT json_agg(json_build_object('article', i.article, 'quantity', i.quantity, 'price', i.price)
					ORDER BY i.article) FROM shop.order_items i WHERE i.order_id = o.id))::text
	FROM shop.orders o"""

ME = """
	SELECT json_build_object('customerReference', c.customer_reference, 'email', c.email,
		'firstName', c.first_name, 'lastName', c.last_name, 'assistable', c.assistable,
		'impersonated', agent_auth.is_impersonating())::text
	FROM shop.customers c"""

# What PATCH /me may set; the names are ours, the values are parameters.
SETTABLE = {"email": "email = %s", "firstName": "first_name = %s", "lastName": "last_name = %s",
            "password": "password_hash = shop.hash_password(%s)"}


def log(*words):
    sys.stderr.write(" ".join(map(str, words)) + "\n")  # at once: threads share it


class Refusal(Exception):
    """An answer that is an error: a status, a sentence, more headers."""

    def __init__(self, status, sentence, headers=()):
        super().__init__(status)
        self.status, self.sentence, self.headers = status, sentence, headers


class Database:
    """Connections that requests take turns with; a request is a transaction.

    One is kept when there is nothing to do, so that little is stale after the
    database was started again.
    """

    def __init__(self, conninfo):
        self.turns = threading.BoundedSemaphore(CONNECTIONS)
        self.pool = ThreadedConnectionPool(1, CONNECTIONS, conninfo, client_encoding="UTF8")

    @contextlib.contextmanager
    def transaction(self):
        if not self.turns.acquire(timeout=5):
            raise Refusal(503, "The shop is busy.")
        try:
            connection = self.pool.getconn()
            try:
                with connection, connection.cursor() as cursor:
                    yield cursor
            finally:
                self.pool.putconn(connection)  # closes a broken one, rolls back an unfinished one
        finally:
            self.turns.release()


def identify(cursor, authorization):
    """Makes the transaction the caller's, or refuses: then nobody's rows are visible."""
    scheme, _, credentials = authorization.partition(" ")
    refusal = Refusal(401, "Log in, or send a good token.", CHALLENGES)
    if scheme.lower() == "bearer" and re.fullmatch("[A-Za-z0-9._~+/-]+=*", credentials):
        cursor.execute("SELECT agent_auth.set_token(%s)", (credentials,))  # 28000 when not good
    elif scheme.lower() == "basic":
        try:
            email, colon, password = base64.b64decode(credentials, validate=True).decode().partition(":")
        except ValueError:
            raise refusal from None
        if not colon or "\0" in email + password:
            raise refusal
        cursor.execute("SELECT shop.log_in(%s, %s)", (email, password))
        reference = cursor.fetchone()[0]
        if reference is None:
            raise refusal
        cursor.execute("SELECT set_config('shop.customer_reference', %s, true)", (reference,))
    else:
        raise refusal
    cursor.execute("SELECT shop.current_customer() IS NULL")
    if cursor.fetchone()[0]:
        raise Refusal(403, "The token is an agent's own: act as a customer.")


def is_line(value, longest):
    """Whether it is text that is not empty, without control characters and lone surrogates."""
    return isinstance(value, str) and 0 < len(value) <= longest \
        and not re.search("[\0-\x1f\x7f-\x9f\ud800-\udfff]", value)


def parse(body, known):
    """The object that a body is; it has known members and no others."""
    try:
        value = json.loads(body.decode())
    except (ValueError, RecursionError):
        raise Refusal(400, "The body is not JSON.") from None
    if not isinstance(value, dict) or not value.keys() <= known:
        raise Refusal(400, "The body must be an object with no members but: " + ", ".join(sorted(known)) + ".")
    return value


def list_orders(cursor, body):
    cursor.execute(ORDER + " ORDER BY o.id DESC LIMIT 1000")
    return 200, '{"orders":[' + ",".join(row[0] for row in cursor) + "]}"


def place_order(cursor, body):
    request = parse(body, {"note", "items"})
    note, items, lines = request.get("note"), request.get("items"), {}
    if note is not None and not is_line(note, 500):
        raise Refusal(422, "note must be a line of at most 500 characters.")
    if not isinstance(items, list) or not 0 < len(items) <= 100:
        raise Refusal(422, "items must be a list of 1 to 100 lines.")
    for item in items:
        if not isinstance(item, dict) or item.keys() != {"article", "quantity"} or not is_line(item["article"], 100) \
                or type(item["quantity"]) is not int or not 1 <= item["quantity"] <= 99 or item["article"] in lines:
            raise Refusal(422, "Each of items has an article, named once, and a quantity from 1 to 99.")
        lines[item["article"]] = item["quantity"]
    wanted = (list(lines), list(lines.values()))
    cursor.execute("""
        INSERT INTO shop.orders (note, total)
        SELECT %s, sum(a.price * w.quantity)
        FROM unnest(%s::text[], %s::int[]) w(article, quantity) JOIN shop.articles a ON a.name = w.article
        HAVING count(*) = %s RETURNING id""", (note, *wanted, len(lines)))
    row = cursor.fetchone()
    if row is None:
        raise Refusal(422, "There is no such article.")
    cursor.execute("""
        INSERT INTO shop.order_items (order_id, article, quantity, price)
        SELECT %s, a.name, w.quantity, a.price
        FROM unnest(%s::text[], %s::int[]) w(article, quantity) JOIN shop.articles a ON a.name = w.article""",
                   (row[0], *wanted))
    cursor.execute(ORDER + " WHERE o.id = %s", row)
    return 201, cursor.fetchone()[0]


def show_me(cursor, body):
    cursor.execute(ME)
    return 200, cursor.fetchone()[0]


def change_me(cursor, body):
    changes = parse(body, SETTABLE.keys())
    for name, value in changes.items():
        if not is_line(value, 254):
            raise Refusal(422, name + " must be a line of at most 254 characters.")
        # bcrypt looks at no more than 72 bytes
        if name == "password" and not 12 <= len(value.encode()) <= 72:
            raise Refusal(422, "password must have 12 to 72 bytes.")
    if changes:
        columns = ", ".join(SETTABLE[name] for name in changes)
        cursor.execute("UPDATE shop.customers SET " + columns, list(changes.values()))
    return show_me(cursor, body)


ROUTES = {"/orders": {"GET": list_orders, "POST": place_order}, "/me": {"GET": show_me, "PATCH": change_me}}


def refusal_of(error):
    """What a client is told of an error of the database's."""
    if error.pgcode == "28000":
        return Refusal(401, "Log in, or send a good token.", CHALLENGES)
    if error.pgcode == "42501":
        return Refusal(403, error.diag.message_primary)
    if error.pgcode == "23505":
        return Refusal(409, "This e-mail address cannot be used.")
    if error.pgcode == "23514":
        return Refusal(422, "A value is too long or has the wrong form.")
    log("database error", error.pgcode or type(error).__name__)
    if isinstance(error, (psycopg2.OperationalError, psycopg2.InterfaceError)):
        return Refusal(503, "The shop is closed for a moment.")
    return Refusal(500, "Internal server error.")


class Handler(BaseHTTPRequestHandler):
    protocol_version, server_version, sys_version, timeout = "HTTP/1.1", "shop", "", 15
    disable_nagle_algorithm = True

    def body_length(self):
        """As announced; None when that is not plain."""
        lengths = self.headers.get_all("Content-Length", ["0"])
        plain = len(lengths) == 1 and re.fullmatch("[0-9]{1,18}", lengths[0]) \
            and "Transfer-Encoding" not in self.headers
        return int(lengths[0]) if plain else None

    def read_body(self):
        """Before anything else, or the rest of it would be the next request."""
        length = self.body_length()
        keeps, self.close_connection = self.close_connection, True
        if length is None:
            raise Refusal(400, "The body needs one Content-Length.")
        if length > BODY_LIMIT:
            raise Refusal(413, "The body is too long.")
        body = self.rfile.read(length)
        if len(body) < length:
            raise Refusal(400, "The body is incomplete.")
        self.close_connection = keeps
        return body

    def answer(self):
        body = self.read_body()
        methods = ROUTES.get(self.path.partition("?")[0])
        if methods is None:
            raise Refusal(404, "There is nothing here.")
        if self.command not in methods:
            raise Refusal(405, "That cannot be done here.", [("Allow", ", ".join(methods))])
        # No form of another site's can send this type with a browser's login.
        if self.command != "GET" and self.headers.get_content_type() != "application/json":
            raise Refusal(415, "The body must be application/json.")
        authorization = self.headers.get_all("Authorization", [""])
        if len(authorization) != 1:
            raise Refusal(400, "One Authorization header is enough.")
        with self.server.database.transaction() as cursor:
            identify(cursor, authorization[0])
            return methods[self.command](cursor, body)

    def handle_request(self):
        headers = ()
        try:
            status, document = self.answer()
        except (Refusal, psycopg2.Error) as error:
            refusal = error if isinstance(error, Refusal) else refusal_of(error)
            status, headers, document = refusal.status, refusal.headers, json.dumps({"error": refusal.sentence})
        except OSError:  # the client is gone, or too slow
            self.close_connection = True
            return
        except Exception as error:
            log("fault", type(error).__name__)
            status, document = 500, '{"error": "Internal server error."}'
        self.reply(status, document, headers)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = do_HEAD = do_OPTIONS = handle_request

    def reply(self, status, document, headers=()):
        document = document.encode()
        self.send_response(status)
        for name, value in [("Content-Type", "application/json"), ("Content-Length", str(len(document))),
                            ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"), *headers]:
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(document)

    def send_error(self, code, message=None, explain=None):
        """The library's own refusals: it would quote the request."""
        self.close_connection = True
        self.reply(code, json.dumps({"error": "The request cannot be read."}))

    def handle_expect_100(self):
        """Invites no body that will be refused."""
        length = self.body_length()
        return length is None or length > BODY_LIMIT or super().handle_expect_100()

    def log_request(self, code="-", size="-"):
        """What is not a route of ours may hold anything, a token too."""
        path = getattr(self, "path", "").partition("?")[0]
        ours = self.command in ROUTES.get(path, ())
        log(self.command if ours else "-", path if ours else "-", int(code))

    def log_message(self, *arguments):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 64

    def handle_error(self, request, client_address):
        log("connection ended:", type(sys.exc_info()[1]).__name__)


def main():
    parser = argparse.ArgumentParser(description="Serves the example shop's API, to this machine alone.")
    parser.add_argument("--listen", default="127.0.0.1:8081", metavar="ADDRESS:PORT",
                        help="a loopback address; port 0 takes a free one (%(default)s)")
    parser.add_argument("--conninfo", default="dbname=shop user=shop_api",
                        help="the database, as libpq takes it (%(default)s)")
    parser.add_argument("--port-file", metavar="FILE", help="write the port there once it is open")
    options = parser.parse_args()
    address, _, port = options.listen.rpartition(":")
    try:
        listen = (str(ipaddress.IPv4Address(address)), int(port))
        if not ipaddress.IPv4Address(address).is_loopback or not 0 <= listen[1] < 65536:
            raise ValueError
    except ValueError:
        parser.error("--listen needs a loopback address and a port, such as 127.0.0.1:8081")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        server = Server(listen, Handler)
        server.database = Database(options.conninfo)
    except (OSError, psycopg2.Error) as error:
        sys.exit("server.py: cannot start: " + str(error).strip())
    if options.port_file:
        with open(options.port_file + ".new", "w") as file:
            print(server.server_address[1], file=file)
        os.rename(options.port_file + ".new", options.port_file)
    with contextlib.suppress(KeyboardInterrupt):
        server.serve_forever()


if __name__ == "__main__":
    main()
