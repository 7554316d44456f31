#!/usr/bin/python3
"""Speaks HTTP to the gateway, mostly badly, and judges what comes back.

    http_requests.py --port PORT --token agent=... [--seed N] [--cases N] [--only INDEX]

Each case is a connection of its own: all bytes, then whatever is answered, the
end of our side, and that of the gateway.  It must close soon, answer nothing
but well-formed HTTP, reflect nothing unescaped, and never give more answers
than a strict reader sees requests in the bytes: who sees more there can be
made to take one client's bytes for another's request.
"""

import contextlib
import socket
import sys
import time

import campaign
import http_cases
from judge import Flaw, check_answer, expected_self
from strict_http import Malformed, read_answers, read_requests

# How long an answer may take to what is no request, before our side ends.
QUIET = 0.1

# Between the pieces of a stream.
PAUSE = 0.002

# More than the gateway has room for in a head: it closes, and what it said may be lost.
LONG = 30000

# The HTTP library refuses some by itself, with a page of its own.
LIBRARY_STATUSES = {400, 413, 414, 431, 501, 505}


def answers_of(received, reading):
    """What is no request may have been one with HEAD to the gateway."""
    methods = [request.method for request in reading.requests]
    try:
        return read_answers(received, methods)
    except Malformed:
        if not reading.rest:
            raise
        return read_answers(received, methods + [b"HEAD"])


def is_answered(received, reading):
    """Whether all requests have their answers."""
    try:
        return len(answers_of(received, reading)) >= len(reading.requests)
    except Malformed:
        return False


def end_our_side(connection):
    with contextlib.suppress(OSError):  # the other has closed already
        connection.shutdown(socket.SHUT_WR)


def receive(connection, reading):
    """Whatever comes until the gateway closes.  Our side ends when nothing
    more is due: the HTTP library drops a request whose client has gone."""
    received, ended, deadline = b"", False, time.time() + arguments.patience
    while time.time() < deadline:
        due = not is_answered(received, reading)
        if not due and not ended and not reading.rest:
            end_our_side(connection)
            ended = True
        try:
            connection.settimeout(arguments.patience if due or ended else QUIET)
            chunk = connection.recv(65536)
        except TimeoutError:
            if due or ended:
                break
            end_our_side(connection)
            ended = True
            continue
        except ConnectionError:
            return received
        if not chunk:
            return received
        received += chunk
    raise Flaw(f"a hang: neither the answers nor the end of the connection, after {received[:100]!r}")


def exchange(pieces, reading):
    """What comes back; raises Flaw where the end does not come."""
    with socket.create_connection(("127.0.0.1", arguments.port), arguments.patience) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            for piece in pieces:
                connection.sendall(piece)
                time.sleep(PAUSE if len(pieces) > 1 else 0)
        except TimeoutError:
            raise Flaw("a hang: it reads no further") from None
        except ConnectionError:
            pass  # it has closed already, perhaps with an answer
        return receive(connection, reading)


def check_number(reading, answers):
    """No more answers than requests, and for what is no request an error at most."""
    known = len(reading.requests)
    if len(answers) > known + (1 if reading.rest else 0):
        raise Flaw(f"{len(answers)} answers to {known} requests" + (" and what is none" if reading.rest else ""))
    if len(answers) > known and answers[known].status < 400 and not reading.body_in_doubt:
        raise Flaw(f"status {answers[known].status} for what is no request: {reading.rest[:80]!r}")


def is_the_end(answer):
    return (b"connection", b"close") in answer.headers


def check_not_refused(request, answer):
    """Only what is no good HTTP is answered with 400 and the end of the connection."""
    if request.may_go_on and answer.status == 400 and is_the_end(answer):
        raise Flaw(f"a good request is refused: {request.method!r} {request.target[:60]!r}")


def judge(stream, reading, received):
    """Returns the statuses; raises Flaw."""
    try:
        answers = answers_of(received, reading)
    except Malformed as malformed:
        raise Flaw(f"an answer that is no HTTP: {malformed}") from None
    check_number(reading, answers)
    if len(answers) < len(reading.requests) and not (answers and is_the_end(answers[-1])) and len(stream) < LONG:
        raise Flaw("no answer to a good request")
    for n, answer in enumerate(answers):
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.headers]
        expected = None
        if n < len(reading.requests):
            request = reading.requests[n]
            check_not_refused(request, answer)
            expected = expected_self(request.target.decode("utf-8", "surrogateescape"), request.host.decode("latin-1"), "http")
        status = 400 if answer.status in LIBRARY_STATUSES else answer.status
        check_answer(status, headers, answer.body, expected)
    return [answer.status for answer in answers]


def start(given):
    global arguments
    arguments = given


def try_case(index):
    """What was seen, and a flaw or None."""
    pieces = http_cases.make(campaign.random_of(arguments.seed, index), arguments.tokens)
    stream = b"".join(pieces)
    reading, received = read_requests(stream), b""
    try:
        received = exchange(pieces, reading)
        statuses = judge(stream, reading, received)
        flaw = None
    except Flaw as found:
        statuses, flaw = ["flaw"], str(found)
    if arguments.only is not None:
        print(f"sent:\n{pieces!r}\nreceived:\n{received!r}")
    return statuses or ["closed"], flaw


if __name__ == "__main__":
    given = campaign.read_arguments(__doc__.split("\n")[0],
                                    ("--port", {"type": int, "required": True}),
                                    ("--patience", {"type": float, "default": 60, "metavar": "SECONDS", "help": "until it is a hang"}))
    sys.exit(campaign.run(given, start, try_case))
