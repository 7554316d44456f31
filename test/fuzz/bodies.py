"""Bodies, spoiled: JSON:API documents and forms."""

import re

from corpus import CANARIES, MARK, edit

DEEP = [10, 30, 31, 32, 33, 34, 100, 2000, 20000]
NUMBERS = [
    "1e999999", "-0", "1" * 400, "0." + "1" * 400, "1E+400", "01", "-", ".5", "+1", "0x10", "NaN", "-Infinity",
    "9223372036854775808",
]
OTHER_VALUES = [
    "null", "true", "0", "[]", "{}", '""', '"\\u0000"', '"\\ud800"', '"\\udc00\\ud800"', '"\\ud83d\\ude00"', '"\\x"',
    '"\\u12"', "''", '"\udcff"', '"\udcc0\udcaf"', '"\udced\udca0\udc80"', '"\x00"', '"\n"', '"' + "x" * 70000 + '"',
    '["x","y"]', '{"a":"b"}',
]
STRING = re.compile(r'"[^"]*"')


def replace_value(rng, body, value):
    """Another value for one member, or for a whole part."""
    found = list(re.finditer(r':("[^"]*"|\{)', body))
    if not found:
        return value
    match = rng.choice(found)
    if match[1] != "{":
        return body[:match.start() + 1] + value + body[match.end():]
    return body[:match.start() + 1] + value + "}" * body[:match.start()].count("{")


def nest(rng, body):
    depth = rng.choice(DEEP)
    opening, closing = rng.choice([("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")])
    return replace_value(rng, body, opening * depth + rng.choice(["1", "", body]) + closing * rng.choice([depth, depth, depth - 1]))


def canary_in_string(rng, body):
    """Escaped, so that the document stays one, or as it is."""
    canary = rng.choice(CANARIES)
    if rng.random() < 0.5:
        canary = "".join(c if c.isalnum() else f"\\u{min(ord(c), 0xFFFF):04x}" for c in canary)
    return STRING.sub(lambda m: f'"{canary}"' if rng.random() < 0.3 else m[0], body)


JSON_MUTATIONS = [
    lambda rng, body: replace_value(rng, body, rng.choice(OTHER_VALUES)),
    lambda rng, body: replace_value(rng, body, rng.choice(NUMBERS)),
    nest,
    canary_in_string,
    # one member twice, or again with an escape in its name
    lambda rng, body: re.sub(r'("\w+")(:(?:"[^"]*"|\{))', lambda m: f'{m[1]}:"{MARK}",{m[0]}' if rng.random() < 0.5 else m[0], body),
    lambda rng, body: body.replace('"type":', '"\\u0074ype":"x","type":'),
    lambda rng, body: "{" + ",".join(f'"m{n}":{n}' for n in range(rng.choice([10, 1000, 5000]))) + "," + body[1:],
    lambda rng, body: body + rng.choice(["x", " ", "\n\n", "{}", ",", "\x00", "]", body]),
    lambda rng, body: rng.choice(["\ufeff", " " * 3000, "[", "\x00", "//x\n", "/*x*/", ")]}',\n"]) + body,
    lambda rng, body: body[:rng.randint(0, len(body))],
    lambda rng, body: rng.choice(["", "[]", "{}", "null", '"x"', "1", '{"data":null}',
                                   '{"data":[]}', '{"data":{}}', "[" * 70000, "x" * 65537, MARK]),
    lambda rng, body: body.replace(":", " :\t").replace(",", "\r\n,"),
    lambda rng, body: body.replace('"', "'"),
    lambda rng, body: body.encode("utf-16", "surrogatepass").decode("utf-8", "surrogateescape"),
    edit,
]

FORM_ESCAPES = ["%", "%zz", "%4", "%00", "%C0%AF", "%ED%A0%80", "%FF", "+", "\x00", "\udcff", "%26", "%3d"]

FORM_MUTATIONS = [
    lambda rng, body: body.replace("=", "=" + rng.choice(FORM_ESCAPES), rng.choice([1, -1])),
    lambda rng, body: rng.choice(FORM_ESCAPES) + body,
    lambda rng, body: body + "&" + rng.choice(body.split("&")),
    lambda rng, body: "&".join(rng.sample(body.split("&"), rng.randint(0, body.count("&") + 1))),
    lambda rng, body: body.replace("&", rng.choice(["&&&", ";", "&=&", "\n", "&\x00&"])),
    lambda rng, body: body + "".join(f"&n{n}=x" for n in range(rng.choice([5, 100, 3000]))),
    lambda rng, body: re.sub(r"=[^&]*", lambda m: "=" + rng.choice(CANARIES) if rng.random() < 0.4 else m[0], body),
    lambda rng, body: body + "&" + rng.choice(["actor_token=x", "requested_token_type=x", "scope=a+b",
                                                "client_id=" + MARK, "reason=" + "x" * 501, "ticket=%C3%BC" * 2]),
    lambda rng, body: "x=" + "y" * rng.choice([65530, 65536, 70000]),
    edit,
]


def spoil_body(rng, body):
    """Once or twice, as what it is."""
    for _ in range(rng.choice([1, 1, 2])):
        body = rng.choice(JSON_MUTATIONS if body[:1] in "{[" else FORM_MUTATIONS)(rng, body)
    return body
