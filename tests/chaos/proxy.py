"""A network between the engine and a PostgreSQL server that a test can cut."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit


class Network:
    """Forwards connections to a server until it is cut; ``mute`` keeps back what the server answers."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._target = (parts.hostname or "127.0.0.1", parts.port or 5432)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._lock = threading.Lock()
        self._answers = threading.Event()
        self._answers.set()
        port = self._listener.getsockname()[1]
        self.url = f"postgresql://{parts.username}@127.0.0.1:{port}{parts.path}"
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Break every connection, without a word to either side."""
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for end in pair:
                _break(end)
        self._answers.set()

    def cut_after_the_next_request(self) -> None:
        """Let the next request reach the server, but break the connection in place of its answer."""
        self._answers.clear()

    def close(self) -> None:
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._target)
                for end in (client, server):  # small packets go on at once, as they do without this network
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                with self._lock:
                    self._pairs.append((client, server))
                threading.Thread(target=self._forward, args=(client, server, False), daemon=True).start()
                threading.Thread(target=self._forward, args=(server, client, True), daemon=True).start()

    def _forward(self, source: socket.socket, target: socket.socket, answering: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if answering and not self._answers.is_set():
                    self.cut()
                    return
                target.sendall(data)
        for end in (source, target):
            _break(end)


def _break(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


@contextmanager
def network(url: str) -> Iterator[Network]:
    """Yield a network to the server of the URL."""
    made = Network(url)
    try:
        yield made
    finally:
        made.close()
