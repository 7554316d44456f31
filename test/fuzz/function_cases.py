"""Arguments of agent_auth.http(), and headers for agent_http(): good ones, spoiled.

All of it can reach the functions: what no text, jsonb, bytea or inet can hold
the database refuses before.
"""

import json
from collections import namedtuple

from bodies import spoil_body
from corpus import CANARIES, CARRIERS, HEADERS, METHODS, TARGETS, TEMPLATES, as_database_text, canary_target, edit, fill, to_bytes

# "headers" is JSON text, "body" bytes, "peer" text; each may be None.
Call = namedtuple("Call", "method target headers body peer")

PEERS = [
    None, "127.0.0.1", "::1", "192.0.2.1/24", "::/0", "0.0.0.0/0", "255.255.255.255", "fe80::1", "::ffff:192.0.2.1",
    "2001:db8::/33",
]

# Instead of a header's value, and instead of all headers.
VALUES = [
    None, True, 0, -1.5, 10 ** 300, "", " ", "x" * 100000, [], {}, ["Bearer x"], {"a": "b"}, [[[[]]]], "\x01\x1f\x7f",
    "\u2028\ufeff\u0085", "\U0001f600" * 50,
]
OBJECTS = [
    None, "null", "[]", '""', "1", "true", "{}", '"x"', '[{"authorization":"x"}]', "[" * 400 + "]" * 400,
    '{"a":' * 400 + "1" + "}" * 400, "1" * 1000, "1e1000", json.dumps({f"x-{n}": "y" * 50 for n in range(2000)}),
    '{"a":1,"a":2,"authorization":"x","authorization":"y"}', '{"":""}',
    '{"Authorization":"Bearer x","AUTHORIZATION":"y"}',
]
METHOD_TEXTS = [None, "", " ", "GET ", "\tGET", "GET\r\nX-Injected: 1", "\u0130", "M" * 100000]
TARGET_TEXTS = [
    None, "", " ", "/\r\nX-Injected: 1", "/" * 100000, "/?" + "&" * 50000, "/" + "%41" * 50000,
    "/agent-customer-search?" + "q=x&" * 3000, "/agent-sessions/\u00fc", "/\U0001f600?q=\U0001f600",
]


class Spoiled:
    """A call in parts: each mutation changes one."""

    def __init__(self, rng, tokens):
        template = rng.choice(TEMPLATES)
        self.rng = rng
        self.method, self.target = template.method, fill(template.target, tokens)
        self.headers = {name.lower(): fill(value, tokens) for name, value in template.headers}
        self.headers.update({"host": "shop.example.com", "x-forwarded-proto": "https"})
        self.object = self.headers  # instead of it: JSON text or None
        self.body = template.body and fill(template.body, tokens)
        self.peer = f"10.{rng.randint(0, 3)}.0.{rng.randint(1, 9)}" if rng.random() < 0.9 else rng.choice(PEERS)
        self.tokens = tokens

    def spoil_method(self):
        self.method = self.rng.choice([*METHODS, *METHOD_TEXTS, self.rng.choice(CANARIES)])

    def spoil_target(self):
        self.target = self.rng.choice([self.rng.choice(TARGETS), self.rng.choice(TARGET_TEXTS),
                                       canary_target(self.rng, self.target or "/"), edit(self.rng, self.target or "/")])

    def spoil_header(self):
        name, value = self.rng.choice(HEADERS)
        self.headers[name.lower()] = fill(value, self.tokens)

    def odd_value(self):
        self.headers[self.rng.choice(CARRIERS).lower()] = self.rng.choice(VALUES)

    def carry_canary(self):
        self.headers[self.rng.choice([*CARRIERS, "x-forwarded-proto"]).lower()] = self.rng.choice(CANARIES)

    def name_canary(self):
        self.headers[self.rng.choice(CANARIES)] = "x"

    def drop_header(self):
        self.headers.pop(self.rng.choice([*self.headers, ""]), None)

    def other_object(self):
        self.object = self.rng.choice(OBJECTS)

    def spoil_body(self):
        self.body = spoil_body(self.rng, self.body) if self.body else self.rng.choice(["x", "{}", *CANARIES])

    def drop_body(self):
        self.body = self.rng.choice([None, ""])

    def other_peer(self):
        self.peer = self.rng.choice(PEERS)

    def headers_text(self, prefix=None):
        """JSON without what jsonb refuses; with a prefix, as behind PostgREST."""
        if self.object is not self.headers:
            return self.object
        pairs = {as_database_text(name): as_database_text(value) if isinstance(value, str) else value for name, value in self.headers.items()}
        if prefix is not None:
            pairs.update({prefix + name: pairs.pop(name) for name in ("accept", "content-type", "authorization") if name in pairs})
            pairs.update({prefix + name: as_database_text(value) if isinstance(value, str) else value
                          for name, value in (("method", self.method), ("uri", self.target)) if value is not None or self.rng.random() < 0.5})
            if self.peer is not None:
                pairs["x-real-ip"] = self.rng.choice([self.peer, self.peer, "unknown", "1.2.3.4, 5.6.7.8", 7])
        return json.dumps(pairs, ensure_ascii=self.rng.random() < 0.5)


# Name of a method of Spoiled, and how often.
PARTS = {
    "spoil_method": 2, "spoil_target": 6, "spoil_header": 6, "odd_value": 3, "carry_canary": 3, "name_canary": 1,
    "drop_header": 1, "other_object": 1, "spoil_body": 6, "drop_body": 1, "other_peer": 2,
}


def spoiled(rng, tokens):
    call = Spoiled(rng, tokens)
    if rng.random() < 0.9:
        for name in rng.choices(list(PARTS), PARTS.values(), k=rng.choice([1, 1, 1, 2, 3])):
            getattr(call, name)()
    return call


def make(rng, tokens):
    """A call of agent_auth.http()."""
    call = spoiled(rng, tokens)
    text = [part if part is None else as_database_text(part) for part in (call.method, call.target)]
    return Call(*text, call.headers_text(), None if call.body is None else to_bytes(call.body), call.peer)


def make_for_door(rng, tokens):
    """A call of agent_http(): method, target and peer are in its headers."""
    call = spoiled(rng, tokens)
    if rng.random() < 0.1:
        call.method = rng.choice([7, None, {}, ["GET"], True])
    if rng.random() < 0.1:
        call.target = rng.choice([7, None, {}, ["/"], True])
    return Call(None, None, call.headers_text("x-original-"), None if call.body is None else to_bytes(call.body), None)
