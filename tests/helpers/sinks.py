"""Sinks of tests: one that remembers what it took, and a receiver of webhooks on 127.0.0.1."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from engine.hooks import NamedSink, NotTaken


@dataclass
class Remembering:
    """Takes messages, unless it is told to fail; never takes those of the payloads that are ``poison``."""

    taken: list = field(default_factory=list)
    failure: BaseException | None = None
    poison: Callable[[dict], bool] = lambda payload: False

    def publish(self, messages):
        if self.failure is not None:
            raise self.failure
        for number, message in enumerate(messages):
            if self.poison(message.payload):
                raise NotTaken("it is poison", taken=number)
            self.taken.append(message)

    @property
    def numbers(self) -> list[int]:
        return [message.payload["n"] for message in self.taken]


def named(sink, name="shop", **options) -> NamedSink:
    return NamedSink(name=name, sink=sink, **options)


@dataclass
class Receiver:
    """What a web server was sent, and what it answers: statuses from the front, the last one again and again."""

    url: str
    answers: list[int] = field(default_factory=lambda: [204])
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def taken(self) -> list[dict]:
        return [json.loads(body)["data"] for _, body in self.got]


@contextmanager
def receiving(port: int = 0) -> Iterator[Receiver]:
    """Serve until the block ends; what is answered with anything but 2xx does not count as got."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            answer = receiver.answers.pop(0) if len(receiver.answers) > 1 else receiver.answers[0]
            if 200 <= answer < 300:
                receiver.got.append(({name.lower(): text for name, text in self.headers.items()}, body))
            self.send_response(answer)
            if answer == 302:
                self.send_header("location", "/elsewhere")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    receiver = Receiver(f"http://127.0.0.1:{server.server_address[1]}/hooks/of-a-shop")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
