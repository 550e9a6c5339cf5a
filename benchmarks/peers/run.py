"""``make bench-peers``: the same orders in Earmark and its peers, by turns in one run; tables, and JSON."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks.peers.catalogue import PEERS, chosen
from benchmarks.peers.machine import circumstances
from benchmarks.peers.measure import Plan, Runner
from benchmarks.peers.report import as_json, as_page, put_into
from tests.helpers.postgres import postgres_server


def main() -> None:
    """Measure what the command line names, and print the tables."""
    words = _command_line().parse_args()
    try:
        peers = chosen(words.peers.replace(",", " ").split())
    except ValueError as error:
        sys.exit(str(error))
    words.cache.mkdir(parents=True, exist_ok=True)
    with _server(words.database) as server, ExitStack() as stack:
        plan = Plan(server, words.seconds, words.rounds, words.cache.absolute())
        when = circumstances(server)
        runner = Runner(plan, stack)
        runner.start(peers)
        runner.measure()
        found = as_json(plan, when, runner)
    if words.json:
        words.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(as_page(found))
    if words.page:
        put_into(words.page, as_page(found))


def _command_line() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make bench-peers", description=__doc__)
    known = ", ".join(peer.key for peer in PEERS)
    parser.add_argument("--peers", default="", metavar="NAMES", help=f"only these beside Earmark: {known}")
    parser.add_argument("--seconds", type=float, default=5, help="how long each measurement takes (5)")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is taken (3)")
    parser.add_argument("--database", choices=("postgresql", "sqlite"), help="PostgreSQL where there is one")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write what was measured there, too")
    parser.add_argument(
        "--page", type=Path, metavar="FILE", help="put the tables between the marks of this page"
    )
    parser.add_argument("--cache", type=Path, default=Path(".venv-peers"), help="where peers are installed")
    return parser


@contextmanager
def _server(database: str | None) -> Iterator[str | None]:
    """Yield the URL of the PostgreSQL server, or None for SQLite."""
    if database == "sqlite":
        yield None
        return
    with postgres_server(durable=True) as server:
        if server is None and database == "postgresql":
            sys.exit("there is no PostgreSQL server: set EARMARK_TEST_POSTGRES to the URL of one")
        yield server


if __name__ == "__main__":
    main()
