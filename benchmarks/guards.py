"""A conditions run of waiting items: without a condition, with guards that the database answers, and with the same
in Python. All of a run is measured on databases that are made alike, one after the other.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from sqlalchemy import text

from benchmarks.world import _topology, fill, new_world, settle
from engine.api.engine import Engine
from engine.definition import load_process
from engine.operations import conditions_run
from engine.runtime import Runtime
from engine.storage.schema import open_database, upgrade
from plugins.registry import load_plugins
from rules import EngineRules
from rules.guards.compiled import compile_guard

ITEMS, SKUS, RUNS = 100_000, 1_000, 3

GUARDS = {
    "all": "item.quantity >= 1.0 && item.sku != 'C-1'",
    "few": "item.quantity >= 1.0 && order.total > 990.0",
    "available": "order.total > 990.0 && item.available",
}
"""What lets all items pass, and what lets 1 % of them: each order has a total from 0 to 999."""

PROCESS = """<statemachine xmlns="urn:earmark:process:1"><process name="Bench" main="true">
<states><state name="new"/><state name="done"/></states>
<transitions><transition{condition}><source>new</source><target>done</target></transition></transitions>
</process></statemachine>"""

_TOTALS = """UPDATE sales_order
SET data = '{"items":[{"quantity":"1","sku":"C1"}],"total":' || (id / 3 % 1000) || '}'"""

Tell = Callable[[str, float, str, float], None]


@contextmanager
def waiting(guard: str | None, server: str | None) -> Iterator[Engine]:
    """Yield an engine on a new database whose items all wait for the guard, or for nothing."""
    with tempfile.TemporaryDirectory() as folder, new_world(server, Path(folder)) as url:
        condition = "" if guard is None else f' condition="rule:{guard}"'
        path = Path(folder) / "Bench.xml"
        path.write_text(PROCESS.format(condition=condition))
        upgrade(url)
        rules = EngineRules.model_validate({"checkout": {"hold": False}, "guards": GUARDS})
        with Engine(Runtime(open_database(url), load_plugins(entry_points=False), rules)) as engine:
            process = load_process(path).process
            assert process is not None
            engine.deploy(process)
            engine.apply_topology(_topology(SKUS))
            fill(engine, ITEMS, SKUS, "new")
            with engine.runtime.database.writer.connect() as raw, raw.begin():
                raw.execute(text(_TOTALS.replace(":", "\\:")))
            settle(engine)
            for expression in GUARDS.values():  # as reading the rules does
                compile_guard(expression)
            yield engine


def rates(tell: Tell, name: str, server: str | None = None) -> None:
    """Tell the rates of waiting items, each beside what it is compared with in the same run."""
    found: dict[str, list[float]] = {}
    for _ in range(RUNS):
        plain = _rate(None, server)
        every, few, available = _rate("all", server), _rate("few", server), _rate("available", server)
        with mock.patch.object(conditions_run, "decided", lambda *_: None):
            python_all, python_few = _rate("all", server), _rate("few", server)
            python_available = _rate("available", server)
        for key, pair in {
            "all_pass": (every, plain),
            "few_pass": (few, python_few),
            "available_pass": (available, python_available),
            "python": (python_all, plain),
            "python_few": (python_few, 40_000.0),
        }.items():
            found.setdefault(key, []).append(pair[0])
            found.setdefault(f"beside {key}", []).append(pair[1])
    for key in ("all_pass", "few_pass", "available_pass", "python", "python_few"):
        ceiling = statistics.median(found[f"beside {key}"])
        tell(f"{name}_{key}", statistics.median(found[key]), "items/s", ceiling)


def _rate(guard: str | None, server: str | None) -> float:
    with waiting(guard, server) as engine:
        started = time.perf_counter()
        report = engine.run_conditions()
        seconds = time.perf_counter() - started
    assert report.examined == ITEMS, report.as_dict()
    assert report.moved == (ITEMS if guard in (None, "all") else report.moved)
    assert not report.failed, report.failed[:3]
    return ITEMS / seconds
