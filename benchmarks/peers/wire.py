"""Statements and commits counted where they pass: between a client and a PostgreSQL server, whatever the library.

A client that connects to ``CountingProxy.url`` reaches the server; the tags with which the server ends each
statement are noted on the way.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread
from urllib.parse import urlsplit

from benchmarks.peers.drivers.tally import Session, Tally

_ENCRYPTION = (80877103, 80877104)
"""The codes by which a client asks for TLS or GSSAPI before it says anything else."""


@contextmanager
def counting(url: str, tally: Tally) -> Iterator[str]:
    """Yield a URL that leads to the database of the given one, while what passes is counted."""
    parts = urlsplit(url)
    server = (parts.hostname or "127.0.0.1", parts.port or 5432)
    with socket.create_server(("127.0.0.1", 0)) as door:
        Thread(target=_welcome, args=(door, server, tally), daemon=True).start()
        user = parts.netloc.rpartition("@")[0]
        there = f"{user}@127.0.0.1:{door.getsockname()[1]}".lstrip("@")
        yield parts._replace(netloc=there).geturl()


def _welcome(door: socket.socket, server: tuple[str, int], tally: Tally) -> None:
    with suppress(OSError):  # the door is closed
        while True:
            client, _ = door.accept()
            Thread(target=_connect, args=(client, server, tally), daemon=True).start()


def _connect(client: socket.socket, server: tuple[str, int], tally: Tally) -> None:
    with client, suppress(OSError), socket.create_connection(server) as upstream:
        for end in (client, upstream):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        first = _first_message(client)
        upstream.sendall(first)
        Thread(target=_copy, args=(client, upstream), daemon=True).start()
        session, held = Session(tally), b""
        while data := upstream.recv(65536):
            held = _note(session, held + data)
            client.sendall(data)
        client.shutdown(socket.SHUT_RDWR)


def _first_message(client: socket.socket) -> bytes:
    """Return how the client introduces itself; a wish for encryption before that is declined."""
    while True:
        head = _exactly(client, 8)
        if int.from_bytes(head[4:]) not in _ENCRYPTION:
            return head + _exactly(client, int.from_bytes(head[:4]) - 8)
        client.sendall(b"N")


def _exactly(client: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = client.recv(size - len(data))
        if not more:
            raise OSError("the client has gone")
        data += more
    return data


def _copy(client: socket.socket, upstream: socket.socket) -> None:
    with suppress(OSError):
        while data := client.recv(65536):
            upstream.sendall(data)
        upstream.shutdown(socket.SHUT_WR)


def _note(session: Session, data: bytes) -> bytes:
    """Note the tags in the server's messages; return the message that is not complete yet."""
    start = 0
    while len(data) - start >= 5:
        end = start + 1 + int.from_bytes(data[start + 1 : start + 5])
        if len(data) < end:
            break
        if data[start : start + 1] == b"C":
            session.note(data[start + 5 : end - 1].decode())
        start = end
    return data[start:]
