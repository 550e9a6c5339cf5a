"""The processes in which a peer's clients live, and how they are asked."""

from __future__ import annotations

import json
import os
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any

from benchmarks.peers.catalogue import Peer
from benchmarks.peers.environments import HERE

_PATIENCE = 900
"""Seconds after which a peer that does not answer is given up."""


class PeerFailed(Exception):
    """A peer's process has ended, does not answer, or says that it cannot."""


class Client:
    """One process that runs a peer's driver; what it tells on standard error is kept in the cache."""

    def __init__(self, peer: Peer, command: list[str], server: str, cache: Path) -> None:
        self._title = peer.title
        places = {"server": server, "home": cache / str(peer.environment)}
        variables = {name: value.format(**places) for name, value in peer.variables}
        path = {"PYTHONPATH": str(HERE.parent.parent)} if peer.environment is None else {}
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        with (cache / f"{peer.key}.log").open("ab") as errors:
            self._process = subprocess.Popen(
                [*command, str(HERE / "drivers" / peer.driver), *peer.words],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env={**kept, **path, **variables},
            )
        self._lines: Queue[str] = Queue()
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put("")

    def ask(self, do: str, **words: Any) -> Any:
        """Ask and wait for the answer. Raises PeerFailed."""
        self.send(do, **words)
        return self.answer()

    def send(self, do: str, **words: Any) -> None:
        """Ask, and go on. Raises PeerFailed."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps({"do": do, **words}) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise PeerFailed(f"{self._title} has ended by itself") from None

    def answer(self) -> Any:
        """Return what was asked for. Raises PeerFailed."""
        try:
            line = self._lines.get(timeout=_PATIENCE)
        except Empty:
            raise PeerFailed(f"{self._title} did not answer for {_PATIENCE} seconds") from None
        if not line:
            raise PeerFailed(f"{self._title} has ended by itself")
        said = json.loads(line)
        if "failed" in said:
            raise PeerFailed(said["failed"])
        return said["answer"]

    def end(self) -> None:
        """End the process: it stops when nobody can ask it any more."""
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            with suppress(BrokenPipeError):
                self._process.stdin.close()
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()
        self._process.stdout.close()


class Clients:
    """All clients of a peer: processes with one each, or one process with many threads."""

    def __init__(self, each: list[Client], threads: int) -> None:
        self._each = each
        self._threads = threads

    def open(self, url: str, products: list[str]) -> None:
        """Let every client open the shop and place its first orders."""
        for client in self._each:
            client.send("open", url=url, products=products, threads=self._threads, counted=False)
        for client in self._each:
            client.answer()

    def together(self, do: str, count: int, **words: Any) -> list[Any]:
        """Let ``count`` clients do the same from the same moment on; return an answer of each process."""
        in_processes = self._threads == 1
        asked = self._each[:count] if in_processes else self._each
        threads = 1 if in_processes else count
        start = time.time() + 0.2
        for client in asked:
            client.send(do, start=start, threads=threads, **words)
        return [client.answer() for client in asked]

    def ask(self, do: str, **words: Any) -> Any:
        """Ask one of them."""
        return self._each[0].ask(do, **words)

    def end(self) -> None:
        """End all of them."""
        for client in self._each:
            client.end()
