#!/usr/bin/python3
"""Stands in for the gateway, with one defect, which http_requests.py must find.

    stand_in.py --port-file FILE --defect NAME

Reads what comes until nothing more does, answers every request it sees with a
JSON document, and closes.  Without a defect ("none") nothing is found.
"""

import argparse
import contextlib
import json
import os
import re
import socketserver
import time

from judge import expected_self
from strict_http import read_requests

QUIET = 0.03


def answer(body, kind="application/vnd.api+json", status="404 Not Found", headers=b""):
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n".encode()
    return head + headers + b"\r\n" + body


def document(text):
    return json.dumps({"errors": [{"status": 404, "detail": text}]}).encode()


def resource(request, flaw=""):
    url, _ = expected_self(request.target.decode("utf-8", "surrogateescape"), request.host.decode("latin-1"), "http")
    return json.dumps({"data": {"links": {"self": url + flaw}}}).encode()


# What a request is answered with.
DEFECTS = {
    "none": lambda r: answer(resource(r)),
    "status-500": lambda r: answer(document("Fault"), status="500 Internal Server Error"),
    "page": lambda r: answer(b"<p>Not found: " + r.target, kind="text/html"),
    "unescaped": lambda r: answer(b'{"errors":[{"detail":"' + r.target + b'\x01"}]}'),
    "member": lambda r: answer(document(repr(r.target))),
    "self": lambda r: answer(resource(r, "x")),
    "header": lambda r: answer(document("Not Found"), headers=b"X-Target: " + r.target + b"\r\n"),
    "injected": lambda r: answer(document("Not Found"), headers=b"X-Injected: 1\r\n"),
    "control": lambda r: answer(document("Not Found"), headers=b"X-Target: \x01\r\n"),
    "short": lambda r: answer(document("Not Found"))[:-1],
    "long": lambda r: answer(document("Not Found")) + b"x",
    "silent": lambda r: b"",
    "hang": lambda r: time.sleep(60),
    "refusing": lambda r: answer(document("Bad"), status="400 Bad Request", headers=b"Connection: close\r\n"),
    "twice": lambda r: answer(document("Not Found")) * 2,
    "lenient": lambda r: answer(document("Not Found")),
}


class Handler(socketserver.BaseRequestHandler):
    def reply(self, request):
        reply = DEFECTS[self.server.defect](request)
        if getattr(request, "method", b"") == b"HEAD":
            reply = reply.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        self.request.sendall(reply)

    def answer_each(self):
        """As soon as it is there, and until the other side ends."""
        stream, answered = b"", 0
        while chunk := self.request.recv(65536):
            stream += chunk
            for request in read_requests(stream).requests[answered:]:
                self.reply(request)
                answered += 1

    def handle(self):
        if self.server.defect == "none":
            with contextlib.suppress(OSError):
                self.answer_each()
        else:
            self.answer_all()

    def answer_all(self):
        """Together, after a pause: whoever has a defect may miss the rest."""
        stream = b""
        self.request.settimeout(QUIET)
        try:
            while chunk := self.request.recv(65536):
                stream += chunk
        except OSError:
            pass
        requests = read_requests(stream).requests
        if self.server.defect == "lenient" and stream:
            # every line that looks like one begins a request
            requests = re.findall(rb"(?m)^[A-Z]+ .*HTTP/1", stream)
        try:
            for request in requests:
                self.reply(request)
        except OSError:
            pass


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 100


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port-file", required=True)
    parser.add_argument("--defect", required=True, choices=DEFECTS)
    arguments = parser.parse_args()
    with Server(("127.0.0.1", 0), Handler) as server:
        server.defect = arguments.defect
        with open(arguments.port_file + ".tmp", "w") as file:
            file.write(f"{server.server_address[1]}\n")
        os.rename(arguments.port_file + ".tmp", arguments.port_file)
        server.serve_forever()
