"""What was measured as JSON, and as the tables of a page."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Any

from benchmarks.peers.catalogue import PEERS, Peer
from benchmarks.peers.measure import CLIENTS, ORDERS, PIECES, Plan, Runner

BEGIN, END = "<!-- bench-peers: begin -->", "<!-- bench-peers: end -->"


def as_json(plan: Plan, circumstances: dict[str, str | int], runner: Runner) -> dict[str, Any]:
    """Return everything that was measured as plain values."""
    return {
        **circumstances,
        "seconds": plan.seconds,
        "rounds": plan.rounds,
        "versions": runner.versions,
        "orders": runner.orders,
        "rates": [
            {"peer": peer, "clients": clients, "runs": runs} for (peer, clients), runs in runner.rates.items()
        ],
        "last_pieces": [
            {"peer": peer, "clients": clients, "runs": runs}
            for (peer, clients), runs in runner.rushes.items()
        ],
        "left_out": runner.left_out,
    }


def as_page(found: dict[str, Any]) -> str:
    """Return the tables, in Markdown, of what ``as_json`` returned."""
    titles = {peer.key: peer for peer in PEERS}
    shown = [titles[key] for key in found["orders"] if any(row["peer"] == key for row in found["rates"])]
    parts = [_circumstances(found), _rates(found, shown), _orders(found, shown), _last_pieces(found, shown)]
    if found["left_out"]:
        parts.append(
            "\n".join(
                f"- Left out: {titles[row['peer']].title}: {row['reason']}" for row in found["left_out"]
            )
        )
    return "\n\n".join(parts)


def put_into(page: Path, text: str) -> None:
    """Replace what stands between the two marks of a page. Raises ValueError for a page without them."""
    old = page.read_text(encoding="utf-8")
    head, begin, rest = old.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{page} has no place for the tables: write {BEGIN} and {END} into it")
    page.write_text(f"{head}{BEGIN}\n\n{text}\n\n{END}{tail}", encoding="utf-8")


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _circumstances(found: dict[str, Any]) -> str:
    versions = {name: text for each in found["versions"].values() for name, text in each.items()}
    listed = ", ".join(f"{name} {text}" for name, text in versions.items() if name != "Python")
    runs = f"the median of {found['rounds']} runs" if found["rounds"] > 1 else "of one run"
    quiet = float(found["load_before"]) < found["processors"] / 4
    doubt = "" if quiet else " **Others used the machine at the same time: the rates are rough.**"
    return (
        f"{found['date']}: {found['processors']} processors ({found['processor']}), {found['memory_gb']} GB, "
        f"{found['system']}, load {found['load_before']} before the run; {found['database']} "
        f"({found['flushed']}), Python {found['python']}. {listed}. Each rate is {runs} of "
        f"{found['seconds']:g} seconds.{doubt}"
    )


def _of(rows: list[dict[str, Any]], peer: Peer, clients: int) -> list[dict[str, Any]]:
    runs: list[list[dict[str, Any]]] = [
        row["runs"] for row in rows if (row["peer"], row["clients"]) == (peer.key, clients)
    ]
    return runs[0] if runs else []


def _rates(found: dict[str, Any], peers: list[Peer]) -> str:
    head = ["orders a second (slowest to fastest run)", *(_clients(count) for count in CLIENTS)]
    head += [f"half wait at most, ms ({', '.join(map(str, CLIENTS))})", "99 of 100, 8 clients", "Earmark is"]
    return _table(head, [_rate_row(found, peer) for peer in peers])


def _clients(count: int) -> str:
    return f"{count} client{'s' * (count > 1)}"


def _rate_row(found: dict[str, Any], peer: Peer) -> list[str]:
    runs = {count: _of(found["rates"], peer, count) for count in CLIENTS}
    waits = " / ".join(_middle(runs[count], "p50_ms") for count in CLIENTS)
    rates = [_rate(runs[count]) for count in CLIENTS]
    return [peer.title, *rates, waits, _middle(runs[8], "p99_ms"), _times(found, peer)]


def _rate(runs: list[dict[str, Any]]) -> str:
    """The median, the slowest and the fastest run where there are several, and how many orders failed."""
    if not runs:
        return "-"
    rates = [run["rate"] for run in runs]
    errors = sum(sum(run["errors"].values()) for run in runs)
    told = [f"{_number(min(rates))} to {_number(max(rates))}"] if len(runs) > 1 else []
    told += [f"{errors} failed"] if errors else []
    return f"**{_number(statistics.median(rates))}**" + (f" ({'; '.join(told)})" if told else "")


def _middle(runs: list[dict[str, Any]], name: str) -> str:
    values = [run[name] for run in runs if run[name] is not None]
    return _number(statistics.median(values)) if values else "-"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 20 else f"{value:.1f}"


def _times(found: dict[str, Any], peer: Peer) -> str:
    """How many times as fast Earmark is with clients of the same kind: 1, 4 and 8 of them."""
    if peer.key.startswith("earmark"):
        return ""
    own = next(known for known in PEERS if known.key.startswith("earmark") and known.clients == peer.clients)
    times = []
    for count in CLIENTS:
        there = [run["rate"] for run in _of(found["rates"], peer, count)]
        here = [run["rate"] for run in _of(found["rates"], own, count)]
        possible = there and here and statistics.median(there)
        times.append(f"{statistics.median(here) / statistics.median(there):.1f}" if possible else "-")
    return f"{' / '.join(times)} times as fast"


def _orders(found: dict[str, Any], peers: list[Peer]) -> str:
    head = ["one order is", "", "statements", "commits", "more than Earmark", "less than Earmark"]
    rows = []
    for peer in peers:
        counted = found["orders"][peer.key]
        numbers = [f"{counted['statements']:g}", f"{counted['commits']:g}"]
        rows.append([peer.title, peer.order, *numbers, peer.more, peer.less])
    return _table(head, rows)


def _last_pieces(found: dict[str, Any], peers: list[Peer]) -> str:
    head = [
        f"{ORDERS} orders, {PIECES} pieces: oversold in each run",
        *(_clients(count) for count in CLIENTS),
    ]
    head += ["sold, and in its books afterwards", "callers who got an error"]
    return _table(head, [_last_row(found, peer) for peer in peers])


def _last_row(found: dict[str, Any], peer: Peer) -> list[str]:
    runs = {count: _of(found["last_pieces"], peer, count) for count in CLIENTS}
    cells = [", ".join(str(run["oversold"]) for run in runs[count]) or "-" for count in CLIENTS]
    flat = [run for each in runs.values() for run in each]
    worst = max(
        flat, key=lambda run: abs(run["placed"] - run["promised"]) * 1000 + run["placed"], default=None
    )
    books = f"{worst['placed']} sold, {worst['promised']} in the books" if worst else "-"
    errors: dict[str, int] = {}
    for run in flat:
        for name, count in run["errors"].items():
            errors[name] = errors.get(name, 0) + count
    return [peer.title, *cells, books, ", ".join(f"{name} {n}" for name, n in errors.items()) or "none"]
