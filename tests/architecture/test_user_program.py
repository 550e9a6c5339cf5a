"""A user's own program: it imports from ``earmark`` and ``earmark.plugins`` alone, and sees every type."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import earmark
import earmark.plugins
import engine.errors
import engine.hooks
import engine.requests
import engine.results
from tests.architecture.sources import ROOT, TOP, project, tree

PLUGINS = """
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import assert_type

from earmark.plugins import (
    CallContext,
    CommandResult,
    Item,
    PlainItem,
    ReservationChange,
    ReservationWork,
    command,
    condition,
    reservation_handler,
    timeout_processor,
)


@command("Shop/Label")
def label(item: Item, context: CallContext) -> Mapping[str, str]:
    return {"label": f"{item.sku} x {item.quantity}", "key": context.key}


@command("Shop/Pick", per="order", transactional=True)
def pick(items: Sequence[Item], context: CallContext) -> CommandResult:
    context.publish("picked", {"items": len(items)})
    return CommandResult(items=[item.id for item in items])


@condition("Shop/IsOld", per="batch")
def is_old(items: Sequence[Item], context: CallContext) -> Collection[int]:
    return {item.id for item in items if (context.now - item.state_since).days > 30}


@timeout_processor("Shop/EndOfDay")
def end_of_day(item: Item, text: str, now: datetime) -> datetime:
    return now.replace(hour=23)


@reservation_handler
def tell(changes: Sequence[ReservationChange], work: ReservationWork) -> None:
    for change in changes:
        assert_type(change.after, Decimal)


told = label(PlainItem(quantity=Decimal(2)), CallContext(event=None, now=datetime.now(UTC)))
assert_type(told, Mapping[str, str])
"""

PROGRAM = """
from collections.abc import Sequence
from pathlib import Path
from typing import assert_type

from earmark import (
    Caller,
    EarmarkError,
    Engine,
    EngineRules,
    Fact,
    JobConfig,
    JobKind,
    JobReport,
    Listener,
    Listing,
    MoveReport,
    OrderRequest,
    OrderView,
    OutboxMessage,
    Process,
    Selection,
    Stepped,
    Topology,
    load_process,
    open_engine,
    read_topology,
)


class Notes(Listener):
    def tell(self, fact: Fact) -> None:
        if isinstance(fact, Stepped):
            print(fact.actor, fact.items)


class Drop:
    def publish(self, messages: Sequence[OutboxMessage]) -> None:
        print(len(messages))


def requested(engine: Engine, name: str, order: dict[str, object]) -> OrderView | str:
    mine = engine.for_caller(Caller(name, roles=("customer",), correlation="r-1", stop=lambda: False))
    assert_type(mine, Engine)
    try:
        return mine.place(OrderRequest.model_validate(order))
    except EarmarkError as error:
        return error.code


process = load_process(Path("sale.xml"), initial=None).process
assert_type(process, Process | None)
with open_engine("sqlite:///shop.db", plugins="shop.py", rules=EngineRules(), observers=[Notes()]) as engine:
    assert_type(engine, Engine)
    topology: Topology = read_topology(Path("topology.yaml"))
    engine.apply_topology(topology)
    report = engine.trigger("pay", Selection(orders=("A",)), data={"by": "card"})
    assert_type(report, MoveReport)
    by_hand = engine.as_job(JobKind.TIMEOUTS, lambda running: running.run_timeouts())
    assert_type(by_hand, MoveReport)
    done = engine.run_job(JobConfig(kind=JobKind.PUBLISH, name="publish", interval=60), sink=Drop())
    assert_type(done, JobReport)
    assert_type(engine.items(Listing(state="paid")).next, str | None)
"""


def page() -> list[str]:
    """The program of the Python reference, and its plugin file."""
    text = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python(?: (\S+))?\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return ["".join(code for name, code in blocks if bool(name) is named) for named in (False, True)]


def strict(folder, *programs: str) -> subprocess.CompletedProcess[str]:
    """Check programs as their owner does, with Earmark as an installed package beside them."""
    for number, program in enumerate(programs):
        (folder / f"program_{number}.py").write_text(program, encoding="utf-8")
    names = [f"program_{number}.py" for number in range(len(programs))]
    # A folder of the search path is to mypy what site-packages is: only what has a py.typed is believed.
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "mypy",
            "--strict",
            "--no-error-summary",
            "--cache-dir",
            folder / "cache",
            *names,
        ],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_program_of_a_user_is_checked_strictly(tmp_path):
    done = strict(tmp_path, PROGRAM, PLUGINS, *page())
    assert (done.stdout + done.stderr, done.returncode) == ("", 0)
    wrong = strict(tmp_path, PROGRAM.replace('data={"by": "card"}', 'date={"by": "card"}'))
    assert 'Unexpected keyword argument "date"' in wrong.stdout


@pytest.mark.parametrize("package", TOP)
def test_a_package_says_that_it_is_typed(package):
    assert (ROOT / package / "py.typed").is_file()
    assert "py.typed" in project()["tool"]["setuptools"]["package-data"][package]


def public(module: ModuleType) -> set[str]:
    """The names that the module itself defines, types without a class among them."""
    body = tree(Path(str(module.__file__))).body
    classes = {node.name for node in body if isinstance(node, ast.ClassDef)}
    types = {
        node.targets[0].id
        for node in body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id[0].isupper()
    }
    return {name for name in classes | types if not name.startswith("_")}


def test_requests_results_errors_and_hooks_can_all_be_imported_from_earmark():
    annotated = {"Mention", "Name", "PositiveQuantity"}  # what fields are made of
    assert public(engine.requests) - annotated - set(earmark.__all__) == set()
    assert public(engine.errors) - set(earmark.__all__) == set()
    assert set(engine.results.__all__) - set(earmark.__all__) == set()
    assert public(engine.hooks) - set(earmark.plugins.__all__) == set()


def test_what_type_checkers_see_is_what_there_is():
    (block,) = (node for node in tree(ROOT / "earmark" / "__init__.py").body if isinstance(node, ast.If))
    seen = {
        alias.name: node.module
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert sorted(seen) == sorted(set(earmark.__all__) - {"__version__"})
    for name, module in seen.items():
        assert getattr(earmark, name) is getattr(sys.modules[module], name), name
    assert set(earmark.__all__) <= set(dir(earmark))


def test_the_paths_of_old_go_on_working():
    script = (
        "from engine.service import Engine\n"
        "from engine.hooks import CallContext, Item, PlainItem, CommandResult\n"
        "from engine.requests import OrderRequest, Selection, Topology\n"
        "from engine.errors import NotAvailable\n"
        "from engine.observe import Listener\n"
        "from engine.facts import Stepped\n"
        "from plugins import command, condition\n"
        "import earmark, earmark.plugins\n"
        "assert Engine is earmark.Engine and Listener is earmark.Listener\n"
        "assert command is earmark.plugins.command and Item is earmark.plugins.Item\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.stderr, done.returncode) == ("", 0)


def test_a_plugin_needs_no_database():
    script = "import earmark.plugins, sys; assert 'sqlalchemy' not in sys.modules"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.stderr, done.returncode) == ("", 0)
