"""Tests of a record, by which rows are kept, dropped, never sold out, of a bundle, or 0."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from earmark.feeds.mapping.columns import Columns
from earmark.feeds.mapping.outcomes import MOST_KEPT, Fields, RowRefused
from engine.results import Code

if TYPE_CHECKING:
    from earmark.feeds.model import Where

Test = Callable[[Fields], bool]


def all_of(tests: Sequence[Where], columns: Columns) -> Test | None:
    """Return what tells whether all of the tests hold, None where there is none."""
    return _joined([test_of(test, columns) for test in tests], all)


def any_of(tests: Sequence[Where], columns: Columns) -> Test | None:
    """Return what tells whether one of the tests holds, None where there is none."""
    return _joined([test_of(test, columns) for test in tests], any)


def _joined(tests: Sequence[Test], how: Callable[[Sequence[bool]], bool]) -> Test | None:
    if len(tests) < 2:
        return tests[0] if tests else None
    return lambda fields: how([test(fields) for test in tests])


def test_of(where: Where, columns: Columns) -> Test:
    """Return what tells whether the test holds; it raises RowRefused for what is neither yes nor no."""
    place = columns.place(where.column, optional=where.optional)
    name = where.column if isinstance(where.column, str) else where.column[0]
    judge = _judge(name, where)
    if place is None:
        return _always(judge(""))
    known: dict[str, bool] = {}
    found = place

    def test(fields: Fields) -> bool:
        text = fields[found]
        held = known.get(text)
        if held is None:
            held = judge(text)
            if len(known) < MOST_KEPT:
                known[text] = held
        return held

    return test


def _always(held: bool) -> Test:
    return lambda _: held


def _judge(name: str, where: Where) -> Callable[[str], bool]:
    if where.matches is not None:
        search = re.compile(where.matches, re.IGNORECASE).search
        return lambda text: search(text) is not None
    yes = {value.strip().casefold() for value in where.values}
    no = {value.strip().casefold() for value in where.not_values}

    def judge(text: str) -> bool:
        folded = text.casefold()
        if not no:
            return folded in yes
        if not yes:
            return folded not in no
        if folded not in yes and folded not in no:
            said = ", ".join(map(repr, (*where.values, *where.not_values)))
            raise RowRefused(Code.BAD_FLAG, f"{name} is {text!r}, and the feed knows only {said}")
        return folded in yes

    return judge
