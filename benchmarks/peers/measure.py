"""Measuring: every peer is started once and warmed, then all take turns round by round."""

from __future__ import annotations

import statistics
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.peers.catalogue import Peer
from benchmarks.peers.clients import Client, Clients, PeerFailed
from benchmarks.peers.drivers.tally import Tally
from benchmarks.peers.environments import NotInstalled, command_of
from benchmarks.peers.wire import counting
from tests.helpers.postgres import new_database

CLIENTS = (1, 4, 8)
PRODUCTS, PLENTY = 200, 1_000_000
"""How many products there are for the rates, and how many pieces of each."""

ORDERS, PIECES = 200, 50
"""How many orders of one piece are placed for how many pieces, to see how many are sold."""

_COUNTED = 20
_WARMING = 3
"""Seconds for which all clients of a peer place orders before anything is measured."""

_PLENTIFUL = [f"P{n}" for n in range(PRODUCTS)]


@dataclass(frozen=True)
class Plan:
    """Where to measure (a PostgreSQL server, or None for SQLite), for how long, and how often."""

    server: str | None
    seconds: float
    rounds: int
    cache: Path

    @property
    def database(self) -> str:
        """The kind of database."""
        return "sqlite" if self.server is None else "postgresql"


class Runner:
    """Peers that are open, the ones that were left out, and what was measured."""

    def __init__(self, plan: Plan, stack: ExitStack) -> None:
        self._plan = plan
        self._stack = stack
        self._open: dict[Peer, Clients] = {}
        self.left_out: list[dict[str, str]] = []
        self.versions: dict[str, dict[str, str]] = {}
        self.orders: dict[str, dict[str, float]] = {}
        self.rates: dict[tuple[str, int], list[dict[str, Any]]] = {}
        self.rushes: dict[tuple[str, int], list[dict[str, Any]]] = {}

    def start(self, peers: list[Peer]) -> None:
        """Install and open every peer, and count what an order of it costs."""
        for peer in peers:
            _say(f"{peer.title}: starting")
            with self._trying(peer):
                self._open[peer] = self._started(peer)

    def measure(self) -> None:
        """Let all peers place orders by turns, then let them sell the few pieces.

        One client alone sells them once only: nobody is there who could make a difference.
        """
        for number in range(self._plan.rounds):
            for count in CLIENTS:
                self._say_where(number, count, "orders")
                self._each(lambda peer, clients, n=count: self._rate(peer, clients, n))
        for number in range(self._plan.rounds):
            for count in CLIENTS if number == 0 else CLIENTS[1:]:
                self._say_where(number, count, "the last pieces")
                product = _scarce(number, count)
                self._each(lambda peer, clients, n=count, sku=product: self._rush(peer, clients, n, sku))

    def _say_where(self, number: int, count: int, what: str) -> None:
        _say(f"round {number + 1} of {self._plan.rounds}, clients: {count}, {what}")

    def _each(self, work: Callable[[Peer, Clients], None]) -> None:
        for peer, clients in list(self._open.items()):
            with self._trying(peer):
                work(peer, clients)

    @contextmanager
    def _trying(self, peer: Peer) -> Iterator[None]:
        """Leave the peer out from here on, with the reason, when it fails."""
        try:
            yield
        except (NotInstalled, PeerFailed) as error:
            if clients := self._open.pop(peer, None):
                clients.end()
            self.left_out.append({"peer": peer.key, "reason": str(error)})
            _say(f"{peer.title}: left out. {error}")

    def _started(self, peer: Peer) -> Clients:
        if self._plan.database not in peer.databases:
            raise NotInstalled(
                f"it runs on {' and '.join(peer.databases)} only, and this is {self._plan.database}"
            )
        command = command_of(peer, self._plan.cache)
        url = self._stack.enter_context(_database(self._plan.server))
        stock = dict.fromkeys(_PLENTIFUL, PLENTY)
        stock |= {_scarce(n, count): PIECES for n in range(self._plan.rounds) for count in CLIENTS}
        self._prepare(peer, command, url, stock)
        self.orders[peer.key] = self._counted(peer, command, url)
        return self._opened(peer, command, url)

    def _prepare(self, peer: Peer, command: list[str], url: str, stock: dict[str, int]) -> None:
        with self._one(peer, command) as maker:
            self.versions[peer.key] = maker.ask("versions")
            maker.ask("prepare", url=url, stock=stock)

    def _counted(self, peer: Peer, command: list[str], url: str) -> dict[str, float]:
        """Return statements and commits an order, counted on the wire of PostgreSQL or by SQLite itself."""
        tally = Tally()
        with ExitStack() as stack:
            if self._plan.server is not None:
                url = stack.enter_context(counting(url, tally))
            client = stack.enter_context(self._one(peer, command, url.rpartition("/")[0]))
            client.ask("open", url=url, products=_PLENTIFUL, threads=1, counted=self._plan.server is None)
            before = tally.as_dict()
            found = client.ask("count", products=_PLENTIFUL, orders=_COUNTED)
            if self._plan.server is not None:
                found = {name: number - before[name] for name, number in tally.as_dict().items()}
        return {name: round(number / _COUNTED, 1) for name, number in found.items()}

    def _opened(self, peer: Peer, command: list[str], url: str) -> Clients:
        most = max(CLIENTS)
        processes, threads = (1, most) if peer.clients == "threads" else (most, 1)
        each = [self._stack.enter_context(self._one(peer, command)) for _ in range(processes)]
        clients = Clients(each, threads)
        clients.open(url, _PLENTIFUL)
        clients.together("rate", most, products=_PLENTIFUL, seconds=_WARMING)
        return clients

    @contextmanager
    def _one(self, peer: Peer, command: list[str], server: str = "") -> Iterator[Client]:
        server = server or (self._plan.server or "").rpartition("/")[0]
        client = Client(peer, command, server, self._plan.cache)
        try:
            yield client
        finally:
            client.end()

    def _rate(self, peer: Peer, clients: Clients, count: int) -> None:
        words = {"products": _PLENTIFUL, "seconds": self._plan.seconds}
        found = clients.together("rate", count, **words)
        waits = sorted(wait for answer in found for wait in answer["waits"])
        run = {
            "rate": round(sum(answer["rate"] for answer in found), 2),
            "p50_ms": statistics.median(waits) if waits else None,
            "p99_ms": waits[int(len(waits) * 0.99)] if waits else None,
            "errors": sum((Counter(answer["errors"]) for answer in found), Counter[str]()),
        }
        self.rates.setdefault((peer.key, count), []).append(run)

    def _rush(self, peer: Peer, clients: Clients, count: int, product: str) -> None:
        share = ORDERS // count if peer.clients == "processes" else ORDERS
        answers = clients.together("rush", count, product=product, orders=share)
        ended = sum((Counter(answer) for answer in answers), Counter[str]())
        placed, refused = ended.pop("placed", 0), ended.pop("refused", 0)
        run = {"placed": placed, "refused": refused, "errors": ended, "oversold": max(0, placed - PIECES)}
        run["promised"] = clients.ask("promised", product=product)
        self.rushes.setdefault((peer.key, count), []).append(run)


def _scarce(number: int, count: int) -> str:
    return f"S{number}-{count}"


@contextmanager
def _database(server: str | None) -> Iterator[str]:
    """Yield the URL of an empty database; every commit of it is flushed to disk."""
    if server is not None:
        with new_database(server, durable=True) as url:
            yield url
        return
    with TemporaryDirectory() as folder:
        yield f"sqlite:///{Path(folder) / 'shop.db'}"


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
