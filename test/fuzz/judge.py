"""What every answer must be, by whichever way it came."""

import json
import re

from corpus import MARK, to_bytes

# Statuses of the contract; 304 for a key set that is known already.
STATUSES = {200, 201, 204, 304, 400, 401, 403, 404, 405, 406, 413, 415, 422, 429, 503}

HOST = re.compile(r"[A-Za-z0-9.\-_:\[\]]+")
CONTROL = re.compile("[\x00-\x1f\x7f]")
HEADER_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")

# Members that repeat what a client has sent; addresses repeat its Host.
REFLECTING = {"links", "userAgent", "reason", "ticket"}
ADDRESS = re.compile("issuer|jwks_uri|.*_endpoint")


class Flaw(Exception):
    """What is wrong with an answer, in a few words."""


def decode_once(target):
    """The target percent-decoded; None where that gives no UTF-8."""
    if re.search(r"%(?![0-9A-Fa-f]{2})", target):
        return None
    try:
        text = re.sub(rb"%(..)", lambda m: bytes([int(m[1], 16)]), to_bytes(target)).decode()
    except UnicodeDecodeError:
        return None
    return None if "\x00" in text else text


def expected_self(target, host, scheme):
    """links.self: an origin, where the host is one, and the target, decoded once."""
    origin = f"{scheme}://{host}" if HOST.fullmatch(host) else ""
    path = re.sub(r"^[^:/?]*://[^/?]*", "", target)
    decoded = decode_once(path)
    return origin + (target if decoded is None else decoded), origin


def check_headers(headers):
    for name, value in headers:
        if not HEADER_NAME.fullmatch(name) or CONTROL.search(value):
            raise Flaw(f"a header that cannot be: {name!r}: {value!r}")
        if name.lower() == "x-injected" or MARK in value:
            raise Flaw(f"what was sent is in a header: {name}: {value!r}")


def check_reflection(node, name=""):
    """The canary stands in no member but those that reflect."""
    if name in REFLECTING or ADDRESS.fullmatch(name):
        return
    if isinstance(node, dict):
        for key, value in node.items():
            check_reflection(key)
            check_reflection(value, key)
    elif isinstance(node, list):
        for value in node:
            check_reflection(value, name)
    elif isinstance(node, str) and MARK in node:
        raise Flaw(f"what was sent is in the member {name!r}")


def check_links(document, expected):
    """links.self is what was asked for, or where a resource with an id lives."""
    url, origin = expected
    for name, value in document.items():
        if ADDRESS.fullmatch(name) and value != origin and not value.startswith(origin + "/"):
            raise Flaw(f"{name} leads elsewhere: {value!r}")
    data = document.get("data")
    for part in [document, *(data if isinstance(data, list) else [data])]:
        if not isinstance(part, dict):
            continue
        for name, value in part.get("links", {}).items():
            right = f"{origin}/{part.get('type')}/{part['id']}" if part.get("id") else url
            if name == "self" and value != right:
                raise Flaw(f"links.self is {value!r} and not {right!r}")
            if name != "self" and not value.startswith(origin + "/agent-"):
                raise Flaw(f"links.{name} leads elsewhere: {value!r}")


def no_duplicates(pairs):
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a member twice")
    return dict(pairs)


def check_answer(status, headers, body, expected=None):
    """Raises Flaw.  "expected" is expected_self() of the request, where that is known."""
    if status not in STATUSES:
        raise Flaw(f"status {status}")
    check_headers(headers)
    kind = next((value for name, value in headers if name.lower() == "content-type"), "")
    if not body:
        return
    if "json" not in kind:
        if MARK.encode() in body:
            raise Flaw("what was sent is in a body that is not JSON")
        return
    try:
        document = json.loads(body.decode(), object_pairs_hook=no_duplicates)
    except ValueError as error:
        raise Flaw(f"a body that is not JSON: {error}") from None
    check_reflection(document)
    if expected is not None and isinstance(document, dict):
        check_links(document, expected)
