"""HTTP/1.1 as RFC 9112 has it and hardly a bit more: how many requests a stream
holds for a reader that never guesses, and whether answers are well-formed."""

import re
from collections import namedtuple

TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
REQUEST_LINE = re.compile(rb"(" + TOKEN + rb") ([^\x00-\x20\x7f]+) HTTP/1\.([0-9])")
FIELD = re.compile(rb"(" + TOKEN + rb"):[ \t]*(.*?)[ \t]*", re.DOTALL)
STATUS_LINE = re.compile(rb"HTTP/1\.[01] ([1-5][0-9][0-9]) [\x20-\x7e]*")
CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
BREAK = re.compile(rb"[\x00\r\n]")  # the controls that may not be kept in a value (RFC 9110 section 5.5)
CHUNK_LINE = re.compile(rb"([0-9A-Fa-f]{1,15})([ \t]*;[\x20-\x7e\t\x80-\xff]*)?")

# Before a request (RFC 9112 section 2.2), where a bare line feed is no other thing.
EMPTY_LINES = re.compile(rb"(\r?\n)*")

# A name, or an address in brackets, and perhaps a port.
HOST = re.compile(rb"(?:[0-9A-Za-z\-._~]+|\[[0-9A-Fa-f:.]+\])(?::([0-9]{0,5}))?")
ABSOLUTE = re.compile(rb"https?://([^/?]*)(.*)", re.IGNORECASE)

# libmicrohttpd 0.9.75 writes NUL over CR, so that the gateway cannot tell NUL LF from CR LF.
NUL_LINE_END = b"\0\n"

# "body_in_doubt": the head is good, but where its body ends is not clear.
Reading = namedtuple("Reading", "requests rest body_in_doubt")
Request = namedtuple("Request", "method target host may_go_on")  # may: with another on its connection
Answer = namedtuple("Answer", "status headers body")


class Malformed(Exception):
    """No HTTP: with the reason."""


class Incomplete(Malformed):
    """More bytes are needed."""


def take_until(stream, start, end):
    at = stream.find(end, start)
    if at < 0:
        raise Incomplete("the end of a head or line is missing")
    return stream[start:at], at + len(end)


def read_fields(lines, forbidden=BREAK):
    """[(lower-case name, value)]: no folding, no blank before the colon."""
    fields = []
    for line in lines:
        match = FIELD.fullmatch(line)
        if not match or forbidden.search(line):
            raise Malformed(f"a bad header line: {line[:60]!r}")
        fields.append((match[1].lower(), match[2]))
    return fields


def values(fields, name):
    return [value for found, value in fields if found == name]


def read_chunks(stream, at):
    while True:
        line, at = take_until(stream, at, b"\r\n")
        match = CHUNK_LINE.fullmatch(line)
        if not match:
            raise Malformed("a bad chunk size")
        size = int(match[1], 16)
        if size == 0:
            break
        if len(stream) < at + size + 2:
            raise Incomplete("a chunk is cut short")
        if stream[at + size:at + size + 2] != b"\r\n":
            raise Malformed("a chunk of another size")
        at += size + 2
    trailers = []
    while True:
        line, at = take_until(stream, at, b"\r\n")
        if not line:
            break
        trailers.append(line)
    read_fields(trailers)
    return at


def body_length(fields, minor):
    """A number, or None for chunks (RFC 9112 section 6)."""
    lengths, codings = values(fields, b"content-length"), values(fields, b"transfer-encoding")
    if codings and (lengths or minor != b"1" or len(codings) > 1 or codings[0].lower() != b"chunked"):
        raise Malformed("an ambiguous framing")
    if len(lengths) > 1 or any(not re.fullmatch(rb"[0-9]+", length) for length in lengths):
        raise Malformed("an ambiguous length")
    return None if codings else int(lengths[0]) if lengths else 0


def check_host(host):
    match = HOST.fullmatch(host)
    if not match or int(match[1] or 0) > 65535:
        raise Malformed("no host")


def split_target(target, hosts):
    """Path and host, which a target in absolute form has itself (RFC 9112 section 3.2.2)."""
    match = ABSOLUTE.fullmatch(target)
    if not match:
        return target, hosts[0] if hosts else b""
    check_host(match[1])
    return (match[2] if match[2].startswith(b"/") else b"/" + match[2]), match[1]


def is_last(fields, minor):
    options = b",".join(values(fields, b"connection")).lower()
    return b"close" in options or (minor == b"0" and b"keep-alive" not in options)


def read_requests(stream):
    """All requests up to what is none; "rest" is what follows, empty where nobody need look at it."""
    stream = stream.replace(NUL_LINE_END, b"\r\n")
    requests, at = [], 0
    while at < len(stream):
        start, body_in_doubt = at, False
        try:
            at = EMPTY_LINES.match(stream, at).end()
            if at == len(stream):
                break
            head, at = take_until(stream, at, b"\r\n\r\n")
            line, *lines = head.split(b"\r\n")
            match = REQUEST_LINE.fullmatch(line)
            if not match:
                raise Malformed("a bad request line")
            fields = read_fields(lines)
            hosts = values(fields, b"host")
            if len(hosts) > 1 or (not hosts and match[3] != b"0"):
                raise Malformed("not one host")
            for host in hosts:
                check_host(host)
            target, host = split_target(match[2], hosts)
            length = body_length(fields, match[3])
            body_in_doubt = True
            at = read_chunks(stream, at) if length is None else at + length
            if at > len(stream):
                raise Incomplete("the body is cut short")
        except Malformed:
            return Reading(requests, stream[start:], body_in_doubt)
        last = is_last(fields, match[3])
        requests.append(Request(match[1], target, host, not last and length is not None))
        if last:
            break
    return Reading(requests, b"", False)


def read_answers(stream, methods):
    """The final answers, to requests of these methods; raises Malformed."""
    answers, at = [], 0
    while at < len(stream):
        head, at = take_until(stream, at, b"\r\n\r\n")
        line, *lines = head.split(b"\r\n")
        match = STATUS_LINE.fullmatch(line)
        if not match:
            raise Malformed(f"a bad status line: {line[:60]!r}")
        status, fields = int(match[1]), read_fields(lines, CONTROL)
        if status < 200:
            continue
        lengths = values(fields, b"content-length")
        if values(fields, b"transfer-encoding") or len(lengths) > 1:
            raise Malformed("an answer of unclear length")
        method = methods[len(answers)] if len(answers) < len(methods) else b""
        has_body = status not in (204, 304) and method != b"HEAD"
        if has_body and not lengths:
            raise Malformed("an answer without a length")
        end = at + (int(lengths[0]) if has_body else 0)
        if end > len(stream):
            raise Incomplete("an answer is cut short")
        answers.append(Answer(status, fields, stream[at:end]))
        at = end
    return answers
