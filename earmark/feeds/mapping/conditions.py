"""Tests of a record, by which rows are kept, dropped, never sold out, of a bundle, or 0."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from earmark.feeds.mapping.columns import Columns
from earmark.feeds.mapping.outcomes import RowRefused
from earmark.feeds.mapping.parts import Batch, OfText, Part
from engine.results import Code

if TYPE_CHECKING:
    from earmark.feeds.model import Where

Test = Part[bool]


def all_of(tests: Sequence[Where], columns: Columns) -> Test | None:
    """Return what tells whether all of the tests hold, None where there is none."""
    return _joined([test_of(test, columns) for test in tests], all)


def any_of(tests: Sequence[Where], columns: Columns) -> Test | None:
    """Return what tells whether one of the tests holds, None where there is none."""
    return _joined([test_of(test, columns) for test in tests], any)


def _joined(tests: Sequence[Test], how: Callable[[Iterable[bool]], bool]) -> Test | None:
    if len(tests) < 2:
        return tests[0] if tests else None
    return _Several(tests, how)


class _Several(Part[bool]):
    """Whether all, or any, of several tests hold."""

    def __init__(self, tests: Sequence[Test], how: Callable[[Iterable[bool]], bool]) -> None:
        super().__init__(lambda fields: how([test(fields) for test in tests]))
        self._tests, self._how = tests, how

    def column(self, batch: Batch) -> Sequence[bool | None]:
        """Return what holds for each record, None where a test would have raised."""
        held = zip(*(test.column(batch) for test in self._tests), strict=True)
        return [None if None in each else self._how(each) for each in held]


def test_of(where: Where, columns: Columns) -> Test:
    """Return what tells whether the test holds; it raises RowRefused for what is neither yes nor no."""
    place = columns.place(where.column, optional=where.optional)
    name = where.column if isinstance(where.column, str) else where.column[0]
    judge = _judge(name, where)
    return Part(lambda _: judge("")) if place is None else OfText(place, judge)


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
