#!/usr/bin/python3
"""Feeds agent_auth.http() and agent_http() in the server, and judges what they return.

    http_function.py --conninfo CONNINFO --token agent=... [--seed N] [--cases N] [--only INDEX]

Whatever a client can send has a response: nothing may be raised, no status may
be out of the contract, headers are strings without control characters, bodies
are JSON where they say so, and nothing is reflected unescaped.  One case in
four goes through agent_http(), as behind PostgREST.

Each is a transaction of its own, as it is behind the layers.
Needs psycopg2 (on Debian: python3-psycopg2).
"""

import json
import re
import sys

import psycopg2

import campaign
import function_cases
from judge import Flaw, check_answer, expected_self

SECONDS = 60

CALL = "SELECT status, headers::text, body FROM {function}(%s, %s, %s::jsonb, %s, %s::inet)"

# The settings, the call, and the settings again: from left to right.
DOOR = """
	SELECT current_setting('response.status', true), current_setting('response.headers', true), answer.body
	FROM (SELECT set_config('request.headers', coalesce(%s, ''), true), set_config('response.status', '', true),
			set_config('response.headers', '', true), {door}(%s)::text AS body OFFSET 0) AS answer"""


def is_for_door(index):
    return index % 4 == 3


def case_of(index):
    make = function_cases.make_for_door if is_for_door(index) else function_cases.make
    return make(campaign.random_of(arguments.seed, index), arguments.tokens)


def start(given):
    """Each process has a connection of its own."""
    global arguments, connection
    arguments = given
    connection = psycopg2.connect(arguments.conninfo)
    connection.set_session(autocommit=True)
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = %s", [f"{SECONDS}s"])


def answer_to(call, for_door):
    """A status, headers and a body; raises Flaw."""
    with connection.cursor() as cursor:
        try:
            if for_door:
                cursor.execute(DOOR.format(door=arguments.door), [call.headers, call.body])
            else:
                cursor.execute(CALL.format(function=arguments.function), call)
            return cursor.fetchone()
        except psycopg2.Error as error:
            if connection.closed:
                start(arguments)
            raise Flaw(f"it raises {error.pgcode}: {(str(error) or repr(error)).splitlines()[0]}") from None


def flat_headers(text):
    """Pairs of an object of strings, which agent_auth.http() returns."""
    headers = json.loads(text or "null")
    if not isinstance(headers, dict) or not all(isinstance(value, str) for value in headers.values()):
        raise Flaw(f"headers that are no object of strings: {text}")
    return list(headers.items())


def is_single_header(one):
    return isinstance(one, dict) and len(one) == 1 and all(isinstance(value, str) for value in one.values())


def listed_headers(text):
    """Pairs of an array of objects with one string each, which PostgREST reads."""
    headers = json.loads(text or "null")
    if not isinstance(headers, list) or not all(map(is_single_header, headers)):
        raise Flaw(f"response.headers that are no array of single headers: {text}")
    return [pair for one in headers for pair in one.items()]


def expectation(call, for_door):
    """expected_self() of what was asked for; None where headers are no object."""
    headers = json.loads(call.headers or "null")
    if not isinstance(headers, dict):
        return None
    target = headers.get("x-original-uri") if for_door else call.target
    host, scheme = headers.get("host"), headers.get("x-forwarded-proto")
    return expected_self(target if isinstance(target, str) else "", host if isinstance(host, str) else "",
                         "https" if scheme == "https" else "http")


def judge(call, row, for_door):
    """Returns the status; raises Flaw."""
    status, headers, body = row
    if for_door:
        if not re.fullmatch("[0-9]{3}", status or ""):
            raise Flaw(f"response.status is {status!r}")
        status, headers, body = int(status), listed_headers(headers), (body or "").encode()
    else:
        headers, body = flat_headers(headers), bytes(body or b"")
    if status in (204, 304) and body:
        raise Flaw(f"a body with status {status}")
    check_answer(status, headers, body, expectation(call, for_door))
    return status


def try_case(index):
    """What was seen, and a flaw or None."""
    call, row = case_of(index), None
    try:
        row = answer_to(call, is_for_door(index))
        seen, flaw = judge(call, row, is_for_door(index)), None
    except Flaw as found:
        seen, flaw = "flaw", str(found)
    if arguments.only is not None:
        print(f"called: {call!r}\nreturned: {row!r}")
    return [seen], flaw


if __name__ == "__main__":
    given = campaign.read_arguments(
        __doc__.split("\n")[0], ("--conninfo", {"required": True}),
        ("--function", {"default": "agent_auth.http", "help": "another to try"}), ("--door", {"default": "agent_http"}))
    sys.exit(campaign.run(given, start, try_case))
