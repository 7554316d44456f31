"""What both fuzzers start from: good requests, and ways to spoil their parts.

Text throughout; where a line needs bytes that are not UTF-8 they stand as
surrogates (PEP 383), which to_bytes() turns back and as_database_text()
leaves out.  Everything is drawn from the random.Random of its case.
"""

import re
from collections import namedtuple
from urllib.parse import quote

# Whatever a client sends and finds again elsewhere holds this word.  It has a
# capital, since the gateway logs a path's first segment where that has none.
MARK = "C4n4ry"

CANARIES = [
    MARK + '"<\\>', MARK + "<script>alert(1)</script>", MARK + '","errors":[{"x":"', MARK + "\\u0022\\u003c",
    MARK + "\r\nX-Injected: 1", MARK + "\nX-Injected: 1", MARK + "\rX-Injected: 1", MARK + "\r\n\r\nHTTP/1.1 200 OK",
    MARK + "\x01\x08\x0b\x1b[31m\x7f", MARK + "\u2028\u2029\u0085\ufeff", MARK + "%0d%0aX-Injected:%201",
    MARK + "'; --", MARK + "%s%n$1{}", MARK + "\U0001f600\u00fc\u202e", MARK + "\udcff\udcfe", MARK + "\udcc0\udcaf",
    MARK + "\x00",
]

Template = namedtuple("Template", "method target headers body")

AGENT = ("X-Agent-Authorization", "Bearer {agent}")
JSON_API = ("Content-Type", "application/vnd.api+json")
FORM = ("Content-Type", "application/x-www-form-urlencoded")
ACCESS_TOKEN_TYPE = quote("urn:ietf:params:oauth:token-type:access_token")
EXCHANGE = quote("urn:ietf:params:oauth:grant-type:token-exchange")


def document(kind, **attributes):
    pairs = ",".join(f'"{name}":"{value}"' for name, value in attributes.items())
    return f'{{"data":{{"type":"{kind}","attributes":{{{pairs}}}}}}}'


# Words in braces are tokens, see fill().  "agent" acts, "lister" owns few
# sessions, so that lists stay short; what ends sessions ends those of "victim"
# and of "doomed", which acts as a customer: others live to the end.
TEMPLATES = [
    Template("POST", "/agent-access-tokens", [JSON_API], document("agent-access-tokens", username="{username}", password="{password}")),
    Template("POST", "/agent-access-tokens", [JSON_API], document("agent-access-tokens", username="{username}", password="wrong")),
    Template("GET", "/agent-customer-search?q=an&page[offset]=1&page[limit]=2", [AGENT], None),
    Template("GET", "/agent-customer-search?q=DE--1", [("Authorization", "Bearer {agent}")], None),
    Template("GET", "/agent-customer-search", [AGENT, ("Accept", "application/json")], None),
    Template("HEAD", "/agent-customer-search?q=a", [AGENT], None),
    Template("POST", "/agent-customer-impersonation-access-tokens", [JSON_API, AGENT],
             document("agent-customer-impersonation-access-tokens", customerReference="DE--1", reason="called", ticket="T-1")),
    Template("GET", "/agent-sessions", [("X-Agent-Authorization", "Bearer {lister}")], None),
    Template("DELETE", "/agent-sessions/7f1c8a52-0c5e-4c79-9d0c-1b1a3c0f4a55", [("X-Agent-Authorization", "Bearer {lister}")], None),
    Template("POST", "/refresh-tokens", [JSON_API], document("refresh-tokens", refreshToken="{refresh}")),
    Template("POST", "/refresh-tokens", [JSON_API], document("refresh-tokens", refreshToken="")),
    Template("DELETE", "/refresh-tokens/{refresh}", [("X-Agent-Authorization", "Bearer {victim}")], None),
    Template("DELETE", "/refresh-tokens/mine", [("Authorization", "Bearer {victim}")], None),
    Template("DELETE", "/refresh-tokens/", [AGENT], None),
    Template("POST", "/token", [FORM], "grant_type=refresh_token&refresh_token={refresh}"),
    Template("POST", "/token", [FORM],
             f"grant_type={EXCHANGE}&subject_token={{agent}}&subject_token_type={ACCESS_TOKEN_TYPE}&requested_subject=DE--2&reason=x"),
    Template("POST", "/introspect", [FORM, ("Authorization", "Bearer {agent}")], "token={impersonation}"),
    Template("POST", "/introspect", [FORM, ("Authorization", "Basic c2hvcDp3cm9uZw==")], "token={agent}&token_type_hint=access_token"),
    Template("POST", "/revoke", [FORM], "token={victim}"),
    Template("GET", "/.well-known/jwks.json", [("If-None-Match", "*")], None),
    Template("GET", "/.well-known/jwks.json", [], None),
    Template("GET", "/.well-known/oauth-authorization-server", [], None),
    Template("OPTIONS", "/agent-access-tokens", [("Origin", "https://shop.example.com"), ("Access-Control-Request-Method", "POST")], None),
    Template("GET", "/agent-customer-search?q=x", [AGENT, ("Origin", "https://shop.example.com")], None),
]

METHODS = [
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PURGE", "get", "Post", "G",
    "POSTPOST", "M" * 300, MARK,
]

TARGETS = [
    "/", "*", "//", "/.", "/..", "/../agent-sessions", "/agent-sessions/..", "/agent-access-tokens/",
    "/agent-access-tokens//", "/AGENT-ACCESS-TOKENS", "/agent%2daccess%2dtokens", "/agent-sessions/a%2fb",
    "/agent-sessions%2fx", "/refresh-tokens/%00", "/refresh-tokens/mine/mine", "/refresh-tokens/%C0%AF",
    "/agent-sessions/%ED%A0%80", "/agent-sessions/%FF%FE", "/agent-sessions/%", "/agent-sessions/%4",
    "/agent-sessions/%zz", "/agent-sessions/%%41", "/agent-customer-search?q=%", "/agent-customer-search?q=%zz",
    "/agent-customer-search?q=%00", "/agent-customer-search?q=%C0%AF", "/agent-customer-search?q=%F4%90%80%80",
    "/agent-customer-search?q=%ED%A0%80", "/agent-customer-search?q=a&q=b", "/agent-customer-search?&&&=&==&q",
    "/agent-customer-search?q[]=1", "/agent-customer-search?%71=1", "/agent-customer-search?page[offset]=-1",
    "/agent-customer-search?page[offset]=9223372036854775807",
    "/agent-customer-search?page[offset]=9223372036854775808", "/agent-customer-search?page[limit]=0",
    "/agent-customer-search?page[limit]=1001", "/agent-customer-search?page[limit]=1e2",
    "/agent-customer-search?page[limit]=", "/agent-customer-search?page%5Blimit%5D=3&page%5Boffset%5D=2",
    "/agent-customer-search?page[limit]=%31", "/agent-customer-search?q=" + "a" * 3000,
    "/agent-customer-search?q=%25%5f%5C*", "http://shop.example.com/agent-sessions",
    "http://evil.example.com/agent-sessions?x", "https://a:b@evil.example.com/token", "ftp://x/", "://", "http://",
    "http://?/", "shop.example.com:80", "agent-sessions", "?", "#", "/agent-sessions#x", "/token;x=1",
    "/" + "a/" * 200, "/" + "%41" * 600, "/" + "x" * 9000, "/.well-known/jwks.json?", "/healthz", "/readyz?x",
]

# Values for any header that the contract knows, and headers that it does not.
HEADERS = [
    ("Authorization", "Bearer"), ("Authorization", "Bearer "), ("Authorization", "Bearer a.b.c"),
    ("Authorization", "bearer {victim}"), ("Authorization", "Bearer {victim} {victim}"), ("Authorization", "Basic !!!"),
    ("Authorization", "Basic " + "QUJD" * 500), ("Authorization", "Basic Og=="), ("Authorization", "Basic AAAA"),
    ("Authorization", "Bearer {doomed}"), ("Authorization", "Bearer {victim}x"),
    ("X-Agent-Authorization", "Bearer {doomed}"), ("X-Agent-Authorization", "Basic x"),
    ("X-Agent-Authorization", ""), ("X-Agent-Authorization", "Bearer eyJhbGciOiJub25lIn0.e30."),
    ("X-Agent-Authorization", "Bearer " + "A" * 8000), ("X-Agent-Authorization", "Bearer ..."),
    ("Accept", "text/html"), ("Accept", "*/*;q=0"), ("Accept", "application/json;q=0, */*;q=0.1"),
    ("Accept", ";,;,;q=,"), ("Accept", ""), ("Accept", "," * 2000), ("Accept", "application/*;q=0.000"),
    ("Content-Type", "text/plain"), ("Content-Type", "application/json; charset=utf-16"),
    ("Content-Type", "application/vnd.api+json;"), ("Content-Type", ""), ("Content-Type", ";"),
    ("Content-Type", "application/x-www-form-urlencoded, application/json"),
    ("Content-Type", "multipart/form-data; boundary=x"), ("Content-Encoding", "gzip"), ("If-None-Match", 'W/"x", *'),
    ("If-None-Match", '"' * 500), ("Origin", "null"), ("Origin", "https://evil.example.com"),
    ("Origin", "https://shop.example.com, *"), ("Origin", ""), ("X-Forwarded-For", "1.2.3.4, ::1, x"),
    ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "evil.example.com"), ("X-Original-Method", "DELETE"),
    ("X-Original-URI", "/agent-sessions"), ("X-HTTP-Method-Override", "DELETE"), ("Cookie", "a=b; " * 200),
    ("Range", "bytes=0-1"), ("Accept-Encoding", "gzip, br"), ("Prefer", "return=minimal"), ("User-Agent", "x" * 5000),
    ("Forwarded", "for=x"), ("Host", "shop.example.com:99999"), ("Host", "[::1]"), ("Host", "evil.example.com/<x>"),
    ("Host", "a b"), ("Host", "\u00fc.example.com"), ("Host", "x" * 3000), ("Host", ""),
]
CARRIERS = [
    "User-Agent", "Host", "Origin", "Accept", "Content-Type", "Authorization", "X-Agent-Authorization",
    "If-None-Match", "X-Whatever", "Cookie", "Referer",
]


def fill(text, tokens):
    """Puts the values of --token in the place of their names."""
    return re.sub(r"\{(\w+)\}", lambda m: tokens.get(m[1], m[0]), text)


def to_bytes(text):
    return text.encode("utf-8", "surrogateescape")


def as_database_text(text):
    """What a text of the database can hold: no NUL and no stray byte."""
    return text.encode("utf-8", "ignore").decode().replace("\x00", "")


def canary_target(rng, target):
    """The canary in a path or in a query: as it is, or percent-encoded."""
    canary = rng.choice(CANARIES)
    if rng.random() < 0.6:
        canary = quote(to_bytes(canary))
    elif rng.random() < 0.5:
        canary = canary.replace(" ", "").replace("\r", "").replace("\n", "")  # one target still
    path = target.split("?")[0]
    return rng.choice([target + ("&" if "?" in target else "?") + "x=" + canary, path + "?q=" + canary,
                       path + "/" + canary, "/" + canary, f"http://{canary}{path}"])


def edit(rng, text):
    """A few characters gone, doubled, moved or replaced."""
    for _ in range(rng.randint(1, 4)):
        at = rng.randint(0, len(text))
        to = min(len(text), at + rng.choice([1, 1, 2, 5, 20]))
        piece = text[at:to]
        other = rng.choice(["", piece * 2, piece[::-1], rng.choice('"\\{}[]:,&=%+ \t\r\n/?\x00\x7f\udcff'), rng.choice(CANARIES)])
        text = text[:at] + other + text[to:]
    return text
