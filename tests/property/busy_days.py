"""On the days of ``closing_days`` somebody else is at work in the middle of a migration, or of its undoing.

A chunk is a few items, so that there is something between two of them: the same migration is undone while it goes
on, goes on while it is undone, is resumed after it was cut off; or items take a step meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from engine.errors import MigrationUndone
from engine.requests import MigrationRequest
from engine.runtime import Progress
from tests.helpers.model_versions import Migration
from tests.property.closing_days import ClosingDays
from tests.property.days import OrderDays

CHUNK = 2
MEANWHILE = st.sampled_from(["undo", "undo", "migrate", "migrate", "migrate elsewhere", "trigger", "force"])


class BusyDays(ClosingDays):
    """Orders, operators, and two of these at once."""

    EXECUTION: ClassVar[dict[str, Any]] = {**OrderDays.EXECUTION, "chunk": CHUNK}

    def _cut_off(self) -> dict[int, Migration]:
        """The migrations that go on when the same is asked for again."""
        told = self.history.migrations.items()
        return {number: known for number, known in told if known.finished is None and not known.undone}

    @precondition(lambda self: self._cut_off())
    @rule(data=st.data(), enter=st.booleans())
    def resume(self, data: st.DataObject, enter: bool) -> None:
        """One that was cut off goes on when it is asked for again, whatever has come to pass since."""
        cut_off = self._cut_off()
        number = data.draw(st.sampled_from(sorted(cut_off)))
        report = self._migrate(self._same(cut_off[number], enter))
        assert (report.resumed, report.migration) == (True, number)
        assert self.history.migrations[number].finished is not None

    def _same(self, migration: Migration, enter: bool) -> MigrationRequest:
        (version,) = (version for version, spec in self.versions.items() if spec is migration.spec)
        return MigrationRequest("Sale", version, state_map=migration.state_map, enter=enter)

    @precondition(lambda self: self.model.items and len(self.versions) > 1)
    @rule(data=st.data(), what=MEANWHILE)
    def while_migrating(self, data: st.DataObject, what: str) -> None:
        """After the first chunk of a migration something else is done."""
        request = self._request(data)
        seen, expected = self._entries(), self._plan(request)
        number: int | None = None

        def meanwhile() -> None:
            nonlocal seen, expected, number
            moved = self._changed_since(seen)
            assert moved <= set(expected.moved)
            number = self._migrated(request, sorted(moved))
            if number is not None:
                self._do(what, data, number, request)
            seen, expected = self._entries(), self._plan(request)

        try:
            self.world.engine.migrate(request, progress=_once(meanwhile))
        except MigrationUndone:
            assert number is not None and self.history.migrations[number].undone
        moved = self._changed_since(seen)
        assert moved <= set(expected.moved)
        assert not moved or number is None or not self.history.migrations[number].undone
        self._migrated(request, sorted(moved))

    @precondition(lambda self: any(not m.undone and not m.purged for m in self.history.migrations.values()))
    @rule(data=st.data(), what=MEANWHILE, enter=st.booleans())
    def while_undoing(self, data: st.DataObject, what: str, enter: bool) -> None:
        """After the first chunk of an undoing something else is done."""
        open_ones = [n for n, m in self.history.migrations.items() if not m.undone and not m.purged]
        number = data.draw(st.sampled_from(open_ones))
        migration = self.history.migrations[number]
        seen, expected = self._entries(), self.history.plan_undo(number, self.interrupted)

        def undone() -> None:
            moved = self._changed_since(seen)
            assert moved <= set(expected.moved)
            self.history.undo(number, sorted(moved), self.now)

        def meanwhile() -> None:
            nonlocal seen, expected
            undone()
            self._do(what, data, number, self._same(migration, enter))
            seen, expected = self._entries(), self.history.plan_undo(number, self.interrupted)

        self.world.engine.undo_migration(number, progress=_once(meanwhile))
        undone()
        (info,) = [info for info in self.world.engine.migrations("Sale") if info.id == number]
        migration.undone = info.undone_at is not None

    def _do(self, what: str, data: st.DataObject, number: int, request: MigrationRequest) -> None:
        """Do what somebody else does in the middle of the migration of that number and that request."""
        if what == "undo":
            self._undo(number)
        elif what == "migrate":
            self._migrate(request)
        elif what == "migrate elsewhere":
            self._migrate(self._request(data))
        elif what == "trigger":
            self.trigger(data)
        else:
            self.force(data)


def _once(action: Callable[[], None]) -> Progress:
    """Do something when progress is told of for the first time."""
    left = [action]

    def told(_done: int, _total: int | None) -> None:
        if left:
            left.pop()()

    return told
