"""A server on 127.0.0.1 that answers as a test tells it, also in ways that no good server would."""

from __future__ import annotations

import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.utils import formatdate

Answer = Callable[[socket.socket, "Asked"], None]


@dataclass
class Asked:
    """A request: its first line's path, and its headers in lower case."""

    path: str
    headers: dict[str, str]


@dataclass
class FileServer:
    """What is asked is kept; answers are taken from the front of the queue, the last one again and again."""

    port: int
    answers: deque[Answer] = field(default_factory=deque)
    asked: list[Asked] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str = "/stock.csv") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def says(self, *answers: Answer) -> None:
        self.answers.clear()
        self.answers.extend(answers)


@contextmanager
def serving() -> Iterator[FileServer]:
    """Serve until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.1)
        server = FileServer(listening.getsockname()[1])
        thread = threading.Thread(target=_accept, args=(listening, server), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.over.set()
            thread.join()


def _accept(listening: socket.socket, server: FileServer) -> None:
    while not server.over.is_set():
        try:
            connection, _ = listening.accept()
        except TimeoutError:
            continue
        threading.Thread(target=_answer, args=(connection, server), daemon=True).start()


def _answer(connection: socket.socket, server: FileServer) -> None:
    with connection, suppress(OSError):
        connection.settimeout(10)
        asked = _read(connection)
        if asked is None:
            return
        server.asked.append(asked)
        answer = server.answers[0] if len(server.answers) == 1 else server.answers.popleft()
        answer(connection, asked)


def _read(connection: socket.socket) -> Asked | None:
    head = b""
    while b"\r\n\r\n" not in head:
        block = connection.recv(4096)
        if not block:
            return None
        head += block
    first, *lines = head.decode("latin-1").split("\r\n\r\n")[0].split("\r\n")
    pairs = (line.partition(":") for line in lines)
    return Asked(first.split()[1], {name.lower(): text.strip() for name, _, text in pairs})


def content(
    body: bytes | str,
    *,
    status: str = "200 OK",
    modified_s: float | None = None,
    length: int | None = -1,
    **headers: str,
) -> Answer:
    """Answer with a body; ``length`` is what is said of it, None for nothing. ``_`` in a header's name is ``-``."""
    sent = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status}", "Connection: close"]
    if length is not None:
        lines.append(f"Content-Length: {len(sent) if length == -1 else length}")
    if modified_s is not None:
        lines.append(f"Last-Modified: {formatdate(modified_s, usegmt=True)}")
    lines += [f"{name.replace('_', '-')}: {text}" for name, text in headers.items()]

    def answer(connection: socket.socket, _asked: Asked) -> None:
        connection.sendall("\r\n".join([*lines, "", ""]).encode("latin-1") + sent)

    return answer


def with_tag(body: str, tag: str, modified_s: float | None = None) -> Answer:
    """Answer with a body and its ETag, with 304 to whoever has it."""
    whole = content(body, modified_s=modified_s, ETag=tag)
    same = content(b"", status="304 Not Modified", length=None, ETag=tag)

    def answer(connection: socket.socket, asked: Asked) -> None:
        (same if asked.headers.get("if-none-match") == tag else whole)(connection, asked)

    return answer


def moved(to: str, status: str = "302 Found") -> Answer:
    """Send on to another address."""
    return content(b"", status=status, Location=to)


def nothing(connection: socket.socket, _asked: Asked) -> None:
    """Hang up without a word."""


def endless(connection: socket.socket, _asked: Asked) -> None:
    """Answer without an end."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\nsku\r\n")
    while True:
        connection.sendall(b"A-1,1\r\n" * 1000)


def silent(server: FileServer) -> Answer:
    """Take the request and say nothing until the server ends."""

    def answer(_connection: socket.socket, _asked: Asked) -> None:
        server.over.wait(30)

    return answer


def dripping(server: FileServer, every_s: float) -> Answer:
    """Send a byte at a time: never silent for long, and never through."""

    def answer(connection: socket.socket, _asked: Asked) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        while not server.over.is_set():
            connection.sendall(b"x")
            time.sleep(every_s)

    return answer
