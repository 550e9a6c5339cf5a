"""``make bench``: measures and prints one JSON object a line: name, value, unit, ceiling, ratio.

Rates are medians of several runs; the ceiling of a rate is measured between those runs, because a shared
machine is as fast as it is at the moment. For a limit (milliseconds, megabytes) the ceiling is the promise
and the ratio is value / ceiling: below 1 keeps it.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from benchmarks import (
    archived,
    buyers,
    events,
    exporting,
    feeds,
    guards,
    imports,
    selling,
    sharing,
    simulating,
    topology,
)
from benchmarks.ceiling import checkouts_per_second, moves_per_second
from benchmarks.definitions import write_process
from benchmarks.naive import moves_per_second as naive_moves
from benchmarks.world import arm, fill, new_world, settle, world
from engine.api.engine import Engine
from engine.requests import OrderRequest, Selection
from engine.storage.schema import upgrade
from rules import EngineRules
from tests.helpers.postgres import postgres_server

ITEMS = 100_000
RUNS = 3


def main() -> None:
    """Run every benchmark, or those whose names contain one of the arguments."""
    wanted = sys.argv[1:]
    for name, measure in BENCHMARKS.items():
        if not wanted or any(word in name for word in wanted):
            measure(name)


def tell(name: str, value: float, unit: str, ceiling: float) -> None:
    """Print one result."""
    line = {"name": name, "value": round(value, 3), "unit": unit, "ceiling": round(ceiling, 3)}
    print(json.dumps({**line, "ratio": round(value / ceiling, 3)}), flush=True)


def _rate_of_moves(name: str, event: str, server: str | None = None) -> None:
    rates, ceilings = [], []
    for _ in range(RUNS):
        ceilings.append(moves_per_second(ITEMS, server=server))
        with world(ITEMS, server=server) as engine:
            rates.append(ITEMS / _seconds(partial(_move_all, engine, event)))
    tell(name, statistics.median(rates), "items/s", statistics.median(ceilings))


def _move_all(engine: Engine, event: str) -> None:
    report = engine.trigger(event, Selection(process="Bench", state="new"))
    assert report.moved == ITEMS, report.as_dict()


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def move_plain(name: str) -> None:
    """100,000 items by one event in chunks of 10,000: history, log, reservation, availability."""
    _rate_of_moves(name, "pay")


def move_guarded(name: str) -> None:
    """The same with a condition in Python that looks at every item."""
    _rate_of_moves(name, "check")


def postgres_plain(name: str) -> None:
    """``move_plain`` on PostgreSQL."""
    _on_postgres(name, partial(_rate_of_moves, name, "pay"))


def postgres_guarded(name: str) -> None:
    """``move_guarded`` on PostgreSQL."""
    _on_postgres(name, partial(_rate_of_moves, name, "check"))


def _on_postgres(name: str, measure: Callable[[str], None]) -> None:
    with postgres_server(durable=True) as server:
        if server is None:
            print(f"{name}: not measured, there is no PostgreSQL server here", file=sys.stderr)
        else:
            measure(server)


def move_one(name: str) -> None:
    """One item by one call; the ceiling is the promise of 1.5 ms."""
    with world(2000) as engine:
        tell(name, statistics.median(_one_by_one(engine)) * 1000, "ms", 1.5)


def postgres_one(name: str) -> None:
    """One item by one call on PostgreSQL; the ceiling is a plain checkout of three items by one client."""

    def measure(server: str) -> None:
        rates, ceilings = [], []
        for _ in range(RUNS):
            ceilings.append(checkouts_per_second(server))
            with world(2000, server=server) as engine:
                took = _one_by_one(engine)
                rates.append(len(took) / sum(took))
        tell(name, statistics.median(rates), "items/s", statistics.median(ceilings))

    _on_postgres(name, measure)


def _one_by_one(engine: Engine) -> list[float]:
    """Return the seconds that each of a thousand calls for one item took, after some that warm up."""
    trigger = partial(engine.trigger, "pay")
    for n in range(1, 20):
        trigger(Selection(items=(n,)))
    return [_seconds(partial(trigger, Selection(items=(n,)))) for n in range(20, 1020)]


def against_row_by_row(name: str) -> None:
    """Guarded moves against the same libraries used row by row; the ratio is how many times as fast."""
    naive = statistics.median(naive_moves() for _ in range(RUNS))
    with world(ITEMS) as engine:
        rate = ITEMS / _seconds(partial(_move_all, engine, "check"))
    tell(name, rate, "items/s", naive)


def many_closed(name: str) -> None:
    """A timeouts run of 1,000 due items beside 5,000,000 closed ones; the ceiling is the same beside 100,000."""
    few, many = _beside_closed(100_000), _beside_closed(5_000_000)
    tell(name, many * 1000, "ms", few * 1000)


def _beside_closed(closed: int) -> float:
    """Return the seconds a timeouts run takes: the median of several, each for 1,000 items of its own."""
    first = closed - closed % 3
    took = []
    with world(first, state="done") as engine:
        for number in range(15):
            start = first + number * 1002
            fill(engine, 1000, 1000, "due", first=start)
            arm(engine, after=start)
            settle(engine)
            took.append(_seconds(partial(_expire, engine, 1000)))
    return statistics.median(took)


def _expire(engine: Engine, due: int) -> None:
    report = engine.run_timeouts()
    assert report.moved == due, report.as_dict()


def place_orders(name: str) -> None:
    """Orders of three lines placed in bulk; the ceiling is single orders placed one by one."""
    with world(1) as engine:
        count = 5000
        bulk = count / _seconds(lambda: engine.place_many((n, _order(n)) for n in range(count)))
        singles = 500 / _seconds(lambda: [engine.place(_order(count + n)) for n in range(500)])
    tell(name, bulk, "orders/s", singles)


def _order(number: int) -> OrderRequest:
    lines = [{"sku": f"C{(number * 3 + k) % 1000}", "quantity": 1} for k in range(3)]
    order = {"reference": f"b{number}", "store": "DE", "process": "Bench", "items": lines}
    return OrderRequest.model_validate(order)


_SPREAD, _HOT = 10_000, 3
"""How many products buyers choose from: many, and three that everybody wants."""


def _buyers(name: str, server: str | None, skus: int, crowds: Mapping[str, tuple[int, int]]) -> None:
    """Tell the rate of each crowd (processes, threads); the ceiling is plain SQL in the same minute."""
    clients = 1 if server is None else 8
    rates: dict[str, list[buyers.Rate]] = {which: [] for which in crowds}
    ceilings = []
    for _ in range(RUNS):
        with buyers.plain_shop(server) as where:
            ceilings.append(buyers.plain(where, buyers.Crowd(clients, 1, skus, 3)).orders)
        with buyers.earmark_shop(server, skus) as url:
            for which, (processes, threads) in crowds.items():
                rates[which].append(buyers.earmark(url, buyers.Crowd(processes, threads, skus, 3)))
    for which, found in rates.items():
        middle = sorted(found, key=lambda rate: rate.orders)[len(found) // 2]
        tell(f"{name}_{which}", middle.orders, "orders/s", statistics.median(ceilings))
        tell(f"{name}_{which}_p99", middle.p99_ms, "ms", middle.median_ms)


def buyers_sqlite(name: str) -> None:
    """Buyers who each place an order and wait; the ceiling is one client of plain SQL, of p99 the median."""
    _buyers(name, None, _SPREAD, {"1": (1, 1), "8_threads": (1, 8), "4_processes": (4, 1)})


def buyers_postgres(name: str) -> None:
    """The same on PostgreSQL; the ceiling is eight clients that place an order by one statement."""
    crowds = {"8_threads": (1, 8), "64_threads": (1, 64), "8_processes": (8, 1)}
    for kind, skus in (("spread", _SPREAD), ("hot", _HOT)):
        _on_postgres(name, partial(_buyers, f"{name}_{kind}", skus=skus, crowds=crowds))


def can_sell(name: str) -> None:
    """Whether lines can be sold: 20 lines and 10,000 on SQLite, where the ceilings are the promises."""
    tell(f"{name}_20", selling.milliseconds(None, 20), "ms", 2)
    tell(f"{name}_10000", selling.milliseconds(None, 10_000, 10), "ms", 200)


def can_sell_postgres(name: str) -> None:
    """The same on PostgreSQL; the ceiling of 20 lines is one plain indexed read of the same rows."""

    def measure(server: str) -> None:
        mine, plain = selling.beside_plain(server, 20)
        tell(f"{name}_20", mine, "calls/s", plain)
        tell(f"{name}_10000", selling.milliseconds(server, 10_000, 10), "ms", 200)

    _on_postgres(name, measure)


def _imports(name: str, server: str | None) -> None:
    for which, value, unit, ceiling in imports.measure(server):
        tell(f"{name}{which}", value, unit, ceiling)


def imports_sqlite(name: str) -> None:
    """A million rows of stock: the first ones, all changed, 1 % changed; and availability right after that."""
    _imports(name, None)


def imports_postgres(name: str) -> None:
    """The same on PostgreSQL."""
    _on_postgres(name, partial(_imports, name))


def export_stock(name: str) -> None:
    """All stock written as a file, on SQLite; the ceiling is a plain query whose rows ``csv`` writes."""
    tell(name, *_with_unit(exporting.rows_per_second(None)))


def export_stock_postgres(name: str) -> None:
    """The same on PostgreSQL."""
    _on_postgres(name, lambda server: tell(name, *_with_unit(exporting.rows_per_second(server))))


def _with_unit(rates: tuple[float, float]) -> tuple[float, str, float]:
    return rates[0], "rows/s", rates[1]


def topology_sqlite(name: str) -> None:
    """``earmark topology apply`` of 250,000 products; the ceilings are 8 s and 200 MB."""
    _topology(name, None)


def topology_postgres(name: str) -> None:
    """The same on PostgreSQL."""
    _on_postgres(name, partial(_topology, name))


def _topology(name: str, server: str | None) -> None:
    for how in ("lines", "blocks"):
        found = []
        for _ in range(RUNS):
            with tempfile.TemporaryDirectory() as folder, new_world(server, Path(folder)) as url:
                path = topology.write_topology(Path(folder) / "topology.yaml", one_to_a_line=how == "lines")
                upgrade(url)
                found.append(topology.apply(url, path))
        tell(f"{name}_{how}", statistics.median(one.seconds for one in found), "s", 8)
        tell(f"{name}_{how}_memory", max(one.megabytes for one in found), "MB", 200)


def import_events(name: str) -> None:
    """100,000 rows of events, two an item; the ceiling is a call for each event and all items."""
    tell(name, *_events(None))


def import_events_postgres(name: str) -> None:
    """The same on PostgreSQL."""
    _on_postgres(name, lambda server: tell(name, *_events(server)))


def _events(server: str | None) -> tuple[float, str, float]:
    imported, moved = events.rates(server)
    return imported, "rows/s", moved


def check_process(name: str) -> None:
    """Load, merge, compile and check a process of 40 states in five files; the ceiling is the promised 15 ms."""
    from engine.definition import load_process

    with tempfile.TemporaryDirectory() as folder:
        path = write_process(Path(folder))
        load_process(path)
        took = [_seconds(lambda: load_process(path)) for _ in range(30)]
    tell(name, statistics.median(took) * 1000, "ms", 15)


def guards_sqlite(name: str) -> None:
    """A conditions run of 100,000 items with guards, beside one without and beside the same in Python (SQLite)."""
    guards.rates(tell, name)


def guards_postgres(name: str) -> None:
    """The same on PostgreSQL."""
    with postgres_server(durable=True) as server:
        if server is not None:
            guards.rates(tell, name, server)


def help_start(name: str) -> None:
    """``earmark --help`` from the shell; the ceiling is the promised half second."""
    command = [sys.executable, "-m", "earmark", "--help"]
    took = [_seconds(lambda: subprocess.run(command, capture_output=True, check=True)) for _ in range(5)]
    tell(name, statistics.median(took), "s", 0.5)


def timeouts_memory(name: str) -> None:
    """Peak memory of a timeouts run with 1,000,000 items due in the database; the ceiling is 300 MB."""
    command = [sys.executable, "-m", "benchmarks.run", "--child-timeouts"]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    tell(name, json.loads(done.stdout)["megabytes"], "MB", 300)


def _child_timeouts() -> None:
    """Fill the database in one process, then replace this process, so that only the run itself is measured."""
    if "EARMARK_BENCH_DATABASE" in os.environ:
        _child_run(os.environ["EARMARK_BENCH_DATABASE"])
        return
    with world(1_000_000, state="due", timeouts=True) as engine:
        path = engine.runtime.database.url.render_as_string()
        engine.close()
        environment = {**os.environ, "EARMARK_BENCH_DATABASE": path}
        subprocess.run(
            [sys.executable, "-m", "benchmarks.run", "--child-timeouts"], check=True, env=environment
        )


def _child_run(url: str) -> None:
    from earmark import open_engine

    with open_engine(url) as engine:
        report = engine.run_timeouts()
    assert report.moved == 1_000_000, report.as_dict()
    print(json.dumps({"megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


def balance_sharing(name: str) -> None:
    """100,000 products balanced between 10 channel groups, all allotments written; the ceiling is 10 seconds."""
    with sharing.shop(ITEMS, sharing.rules()) as (engine, url):
        took = []
        for _ in range(RUNS):
            sharing.damage(url)
            took.append(_seconds(engine.balance_sharing))
    tell(name, statistics.median(took), "s", 10)


def place_shared(name: str) -> None:
    """Orders of three lines placed in bulk in 10 channel groups; the ceiling is 10 stores that share all stock."""
    count, products = 5000, 1000
    rates: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(RUNS):
        for shared, told in ((True, sharing.rules()), (False, EngineRules())):
            with sharing.shop(products, told) as (engine, _):
                asked = list(sharing.orders(count, products))
                rates[shared].append(count / _seconds(lambda: engine.place_many(asked)))  # noqa: B023
    tell(name, statistics.median(rates[True]), "orders/s", statistics.median(rates[False]))


BENCHMARKS: dict[str, Callable[[str], None]] = {
    "move_plain": move_plain,
    "move_guarded": move_guarded,
    "move_one": move_one,
    "postgres_plain": postgres_plain,
    "postgres_guarded": postgres_guarded,
    "postgres_one": postgres_one,
    "against_row_by_row": against_row_by_row,
    "many_closed": many_closed,
    "beside_archived": partial(archived.moves, tell),
    "place_orders": place_orders,
    "place_shared": place_shared,
    "balance_sharing": balance_sharing,
    "buyers_sqlite": buyers_sqlite,
    "buyers_postgres": buyers_postgres,
    "can_sell": can_sell,
    "can_sell_postgres": can_sell_postgres,
    "imports_sqlite": imports_sqlite,
    "imports_postgres": imports_postgres,
    "export_stock": export_stock,
    "export_stock_postgres": export_stock_postgres,
    "topology_sqlite": topology_sqlite,
    "topology_postgres": topology_postgres,
    "import_events": import_events,
    "import_events_postgres": import_events_postgres,
    "guards_sqlite": guards_sqlite,
    "guards_postgres": guards_postgres,
    "check_process": check_process,
    "read_feed": partial(feeds.rates, tell),
    "help_start": help_start,
    "simulating": partial(simulating.compare, tell),
    "timeouts_memory": timeouts_memory,
}

if __name__ == "__main__":
    if sys.argv[1:] == ["--child-timeouts"]:
        _child_timeouts()
    else:
        main()
