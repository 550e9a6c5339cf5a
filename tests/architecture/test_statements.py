"""Statements and the code that uses them: each lies where its users lie, and is given exactly its parameters."""

from __future__ import annotations

import ast
import re
from collections import Counter, defaultdict
from functools import cache

import pytest

from engine.storage.statements import Statement, statements, written
from tests.architecture.sources import project
from tests.architecture.statement_uses import HOLDERS, READING, Use, last_name, sources, uses

HANDED_ON = "within"
"""What a unit of work is called that a function only hands on."""

DIALECTS = ("sqlite", "postgresql")
PARAMETER = re.compile(r"(?<![:\w]):([a-z_]\w*)|%\(([a-z_]\w*)\)s")

ON_CONNECTING = "create_"
"""Statements of this name are run on every connection that writes."""

ELSEWHERE = {"database_time": "an SQLite database has the clock of the machine, and is never asked"}
"""Statements of one dialect that are asked without looking at it, and why that is well."""


@cache
def every_use() -> tuple[Use, ...]:
    return tuple(uses())


def spelled(name: str) -> list[Statement]:
    return [statements(dialect)[name] for dialect in DIALECTS if name in statements(dialect)]


def every_name() -> set[str]:
    return {name for dialect in DIALECTS for name in statements(dialect)}


def parameters(name: str) -> set[str]:
    return {one or other for statement in spelled(name) for one, other in PARAMETER.findall(statement.sql)}


def depths() -> dict[str, int]:
    """How far down a room or a module of the engine stands in the contract."""
    contracts = project()["tool"]["importlinter"]["contracts"]
    layers = next(c["layers"] for c in contracts if c.get("containers") == ["engine"])
    return {room.strip(): depth for depth, layer in enumerate(layers) for room in layer.split("|")}


def room_of(module: str) -> str | None:
    """The room of a module; None for whoever stands above the engine."""
    top, *rest = module.split(".")
    return rest[0] if top == "engine" and rest else None


def users() -> dict[str, set[str]]:
    """The modules that use a statement: those that call and those that name it."""
    found = defaultdict(set)
    for use in every_use():
        for name, module in use.names:
            found[name] |= {use.module, module}
    return found


def macro_uses() -> list[tuple[str, str, str]]:
    """Every use of a macro: its name, the file it lies in, the file that uses it."""
    homes = {
        name: next(iter(all_.values())).home for (kind, name), all_ in written().items() if kind == "macro"
    }
    return [
        (name, homes[name], text.home)
        for spellings in written().values()
        for text in spellings.values()
        for name in re.findall(r"@([a-z_]+)", text.sql)
        if name in homes
    ]


def test_readers_and_units_of_work_are_called_so():
    """By their names the tests below know them."""
    held = [
        (f"{source.name}:{node.lineno}", node.arg)
        for source in sources()
        for node in source.nodes
        if isinstance(node, ast.arg)
        and node.annotation is not None
        and {"Reader", "Work"} & set(ast.unparse(node.annotation).split(" | "))
    ]
    opened = [
        (f"{source.name}:{node.context_expr.lineno}", last_name(node.optional_vars))
        for source in sources()
        for node in source.nodes
        if isinstance(node, ast.withitem)
        and isinstance(node.context_expr, ast.Call)
        and last_name(node.context_expr.func) in ("read", "write")
        and node.optional_vars is not None
    ]
    assert len(held) > 100
    assert len(opened) > 30
    assert [place for place, name in [*held, *opened] if name not in {*HOLDERS, HANDED_ON}] == []


def test_every_statement_that_is_named_exists():
    unknown = [f"{u.place} {n}" for u in every_use() for n, _ in u.names if n not in every_name()]
    assert unknown == []


def test_every_call_names_its_statement_where_this_test_can_see_it():
    assert [use.place for use in every_use() if not use.names] == []


def test_no_statement_is_left_over():
    left = every_name() - users().keys()
    assert {name for name in left if not name.startswith(ON_CONNECTING)} == set()


def test_a_statement_lies_in_the_lowest_room_that_uses_it_or_below_them_all():
    depth, astray = depths(), {}
    for name, modules in users().items():
        if name not in every_name():
            continue
        home = spelled(name)[0].home.split("/")[0]
        rooms = {room for module in modules if (room := room_of(module)) is not None}
        lowest = [room for room in rooms if all(depth[room] > depth[other] for other in rooms - {room})]
        beneath = all(depth[home] > depth[room] for room in rooms)
        if not ([home] == lowest if lowest else beneath):
            astray[name] = f"{home}, used by {', '.join(sorted(modules))}"
    assert astray == {}


def test_a_macro_is_used_in_its_own_room_or_above():
    depth, astray = depths(), []
    for name, home, user in macro_uses():
        own, room = home.split("/")[0], user.split("/")[0]
        if own != room and depth[own] <= depth[room]:
            astray.append(f"@{name} of {home}, used in {user}")
    assert astray == []


NEVER_COUNTED = {"view_never_counted": "what it tells of has no time at all"}
"""Statements that read the time of a stock as it is written, and why that is well."""


def test_when_stock_was_counted_is_asked_for_in_one_way():
    """The time may be told for the whole warehouse: see the macro ``counted_at``."""
    readers = {
        name
        for (_, name), spellings in written().items()
        for text in spellings.values()
        if re.search(r"\bk\.counted_at\b(?! IS (NOT )?NULL)", text.sql)
    }
    assert readers == NEVER_COUNTED.keys()


def test_a_macro_is_used_more_than_once():
    used = Counter(name for name, _, _ in macro_uses())
    assert {name for kind, name in written() if kind == "macro" and used[name] < 2} == set()


def test_a_folder_of_statements_is_a_room():
    homes = {statement.home.split("/")[0] for name in every_name() for statement in spelled(name)}
    assert homes <= depths().keys()


def test_what_a_reader_is_asked_reads():
    wrong = [
        f"{use.place} {name}"
        for use in every_use()
        for name, _ in use.names
        if use.method in READING and not all(statement.reads for statement in spelled(name))
    ]
    assert wrong == []


def test_a_statement_of_one_dialect_is_asked_of_that_dialect():
    unguarded = {
        name: use.place
        for use in every_use()
        for name, _ in use.names
        if len(spelled(name)) < len(DIALECTS) and not use.guarded
    }
    assert unguarded.keys() == ELSEWHERE.keys(), unguarded


@pytest.mark.parametrize("use", every_use(), ids=lambda use: f"{use.place}-{use.method}")
def test_a_call_gives_exactly_the_parameters_of_its_statement(use):
    wanted = {name: parameters(name) for name, _ in use.names}
    for name, names in wanted.items():
        given = use.keys.must | use.keys.may
        assert use.keys.must <= names, f"{name} has no parameters {sorted(use.keys.must - names)}"
        assert use.keys.open or names <= given, f"{name} is not given {sorted(names - given)}"
    assert use.keys.may <= set().union(*wanted.values())


def test_the_parameters_of_every_call_are_known():
    """Else the test before says nothing."""
    assert [use.place for use in every_use() if use.keys.open] == []
