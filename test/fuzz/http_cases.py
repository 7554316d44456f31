"""One connection's worth of bytes: good requests, spoiled one way or several."""

from corpus import CANARIES, CARRIERS, HEADERS, METHODS, TARGETS, TEMPLATES, canary_target, edit, fill, to_bytes
from bodies import spoil_body

VERSIONS = [
    "HTTP/1.0", "HTTP/1.2", "HTTP/2.0", "HTTP/0.9", "HTTP/11", "http/1.1", "HTTP/1.1 ", "HTTP/1.1\t", "HTTP/1.1x",
    "HTTP/01.1", "HTTP/1.", "ICAP/1.0", "", "HTTP/1.1 HTTP/1.1",
]

# Lines whose reading differs between readers; "\r\n" follows each.
FRAMING_LINES = [
    "Transfer-Encoding: chunked", "Transfer-Encoding : chunked", "Transfer-Encoding:\tchunked",
    "Transfer-Encoding: Chunked ", "Transfer-Encoding: xchunked", "Transfer-Encoding: chunked, chunked",
    "Transfer-Encoding: identity", "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: chunked;q=1",
    "Transfer-Encoding: \"chunked\"", "Transfer-Encoding:\x0bchunked", "Transfer-Encoding: chunked\x00",
    "Transfer-Encoding:", "Transfer-Encoding:\r\n chunked", "\tTransfer-Encoding: chunked",
    " Transfer-Encoding: chunked", "X: x\nTransfer-Encoding: chunked", "X: x\rTransfer-Encoding: chunked",
    "X: x\x00\r\nTransfer-Encoding: chunked", "Transfer_Encoding: chunked", "Transfer-Encoding\x00: chunked",
    "Transfer-Encoding\r\n: chunked", ": chunked", "Transfer-Encoding", "\"Transfer-Encoding\": chunked",
    "Content-Length: 0", "Content-Length: 5", "Content-Length: 00005", "Content-Length: +5", "Content-Length: -5",
    "Content-Length: 5, 5", "Content-Length: 5 5", "Content-Length: 0x5", "Content-Length: 5.0",
    "Content-Length: 18446744073709551616", "Content-Length: 18446744073709551621",
    "Content-Length: 9223372036854775808", "Content-Length: 99999999999999999999999", "Content-Length:",
    "Content-Length : 5", "Content-Length:\r\n 5", "Content-Length\t: 5", "Content-Length: 5\x00",
    "Content-Length: \x0b5", "X: x\rContent-Length: 5", "X: x\nContent-Length: 5", "content-length: 5",
    "Host: evil.example.com", "Host:", "Host : evil.example.com", " Host: evil.example.com", "HOST: x",
    "Connection: close", "Connection: keep-alive", "Connection: Content-Length", "Connection: upgrade",
    "Upgrade: h2c", "Upgrade: websocket", "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA", "Expect: 100-continue",
    "Expect: x", "Trailer: Content-Length", "TE: trailers", "Keep-Alive: timeout=9", "Proxy-Connection: x",
]

# Chunks of a body, spoiled; "{}" is the size.
CHUNK_SIZES = [
    "0{}", "000000000000{}", "{};x=y", "{};\"\n\"", "{} ", " {}", "+{}", "-{}", "0x{}", "{}\x00", "{};" + "x" * 3000,
    "zz", "", "FFFFFFFFFFFFFFFF", "10000000000000000{}", "{}g", "{};\r", "7FFFFFFFFFFFFFFF",
]
CHUNK_ENDS = ["\n", "\r", "", "\r\n\r\n", "\r\r\n", "x\r\n", " \r\n", "\x00\r\n"]
TRAILERS = [
    "X-Injected: 1\r\n", "Content-Length: 5\r\n", "x\r\n", "Host: evil\r\n", " fold: x\r\n", "X: \x00\r\n",
    "X: " + "x" * 20000 + "\r\n", "\n",
]

RAW = [
    lambda rng, text: text.replace("\r\n", "\n"),
    lambda rng, text: text.replace("\r\n", "\r"),
    lambda rng, text: text.replace("\r\n", rng.choice(["\n", "\r", "\r\r\n", "\n\r", "\r\n ", "\x00\r\n", "\r\n\r\n", "\x85"]),
                                  rng.randint(1, 3)),
    lambda rng, text: text.replace(" ", rng.choice(["  ", "\t", "\x0b", "\x0c", "\x00", "%20", "\udca0", ""]), rng.randint(1, 2)),
    lambda rng, text: text.replace(": ", rng.choice([" : ", ":", "\t:", ":\x00", "\x00:", "", "::"]), rng.randint(1, 3)),
    lambda rng, text: rng.choice(["\r\n", "\n", "\r", "\x00", " ", "\r\n" * 50, "\ufeff",
                                   "\x16\x03\x01\x02\x00\x01", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "x" * 40000]) + text,
    lambda rng, text: text[:rng.randint(0, len(text))],
    lambda rng, text: text + rng.choice(["\r\n", "\r\n\r\n", "x", "\x00" * 100, "GET /agent-sessions HTTP/1.1\r\n", "GET /", CANARIES[4]]),
    edit,
    edit,
]


class Spoiled:
    """A request in parts: each mutation changes one."""

    def __init__(self, rng, tokens):
        template = rng.choice(TEMPLATES)
        self.rng = rng
        self.method, self.target, self.version = template.method, template.target, "HTTP/1.1"
        self.headers = [list(pair) for pair in [("Host", "shop.example.com"), *template.headers]]
        self.body = template.body
        self.lines = []
        self.chunked = self.body is not None and rng.random() < 0.15
        self.tokens = tokens

    def spoil_method(self):
        self.method = self.rng.choice(METHODS + [self.rng.choice(CANARIES)])

    def spoil_target(self):
        self.target = self.rng.choice([self.rng.choice(TARGETS), canary_target(self.rng, self.target), edit(self.rng, self.target)])

    def spoil_version(self):
        self.version = self.rng.choice(VERSIONS)

    def add_header(self):
        self.headers.insert(self.rng.randint(0, len(self.headers)), list(self.rng.choice(HEADERS)))

    def replace_header(self):
        name, value = self.rng.choice(HEADERS)
        self.headers = [pair for pair in self.headers if pair[0] != name] + [[name, value]]

    def carry_canary(self):
        self.headers.append([self.rng.choice(CARRIERS), self.rng.choice(CANARIES)])

    def name_canary(self):
        self.headers.append([self.rng.choice(CANARIES), "x"])

    def flood_headers(self):
        self.headers += [[f"X-{n}", "x" * self.rng.choice([0, 10, 100])] for n in range(self.rng.choice([50, 200, 1000]))]

    def double_header(self):
        self.headers += [list(pair) for pair in self.rng.sample(self.headers, min(1, len(self.headers)))]

    def drop_header(self):
        self.headers = self.rng.sample(self.headers, max(0, len(self.headers) - 1))

    def add_framing(self):
        self.lines.append(self.rng.choice(FRAMING_LINES))

    def spoil_body(self):
        self.body = spoil_body(self.rng, self.body) if self.body else self.rng.choice(["x", "{}", *CANARIES])

    def other_framing(self):
        self.chunked = not self.chunked
        self.body = self.body or "{}"

    def hide_request(self):
        """Where another reader might see the next request."""
        hidden = "GET /agent-sessions HTTP/1.1\r\nHost: shop.example.com\r\nX-Agent-Authorization: Bearer {lister}\r\n\r\n"
        self.body = self.rng.choice([hidden, "0\r\n\r\n" + hidden, "5\r\nhello\r\n0\r\n\r\n" + hidden, "\r\n" + hidden])
        self.add_framing()

    def chunks(self):
        """The body in chunks, one of them now and then spoiled."""
        rng, text, left = self.rng, "", self.body
        while left:
            piece, left = left[:(n := rng.choice([1, 7, 100, 5000]) if len(left) < 3000 else 60000)], left[n:]
            size, end = "{}", "\r\n"
            if rng.random() < 0.02:
                size = rng.choice(CHUNK_SIZES)
            if rng.random() < 0.02:
                end = rng.choice(CHUNK_ENDS)
            text += size.replace("{}", f"{len(to_bytes(piece)):x}") + rng.choice(["\r\n"] * 200 + CHUNK_ENDS) + piece + end
        last = rng.choice(["0\r\n"] * 30 + ["00\r\n", "0\n", "0;x\r\n", "-0\r\n", "", "0"])
        return text + last + rng.choice([""] * 20 + TRAILERS) + rng.choice(["\r\n"] * 30 + ["\n", "", "\r"])

    def text(self):
        lines, body = [f"{name}: {value}" for name, value in self.headers] + self.lines, ""
        if self.body is not None:
            body = fill(self.body, self.tokens)
            self.body = body
            if self.chunked:
                lines.append("Transfer-Encoding: chunked")
                body = self.chunks()
            else:
                lines.append(f"Content-Length: {len(to_bytes(body))}")
        head = "\r\n".join([f"{self.method} {self.target} {self.version}", *lines, "", ""])
        return fill(head, self.tokens) + body


# Name of a method of Spoiled, and how often.
PARTS = {
    "spoil_method": 2, "spoil_target": 6, "spoil_version": 1, "add_header": 4, "replace_header": 4, "carry_canary": 3,
    "name_canary": 1, "flood_headers": 1, "double_header": 2, "drop_header": 1, "add_framing": 3, "spoil_body": 6,
    "other_framing": 2, "hide_request": 2,
}


def one_request(rng, tokens, often):
    request = Spoiled(rng, tokens)
    if rng.random() < often:
        for name in rng.choices(list(PARTS), PARTS.values(), k=rng.choice([1, 1, 1, 2, 3])):
            getattr(request, name)()
    return request.text()


def pieces_of(rng, stream):
    """Cut here and there: heads and lines then come in parts."""
    cuts = sorted(rng.sample(range(len(stream)), min(len(stream), rng.randint(1, 5))))
    return [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)])]


def make(rng, tokens):
    """The bytes of one case, in the pieces in which they are sent."""
    text = one_request(rng, tokens, 0.9)
    while rng.random() < 0.25:
        text += one_request(rng, tokens, 0.3)
    if rng.random() < 0.15:
        text = rng.choice(RAW)(rng, text)
    stream = to_bytes(text)
    return pieces_of(rng, stream) if rng.random() < 0.2 else [stream]
