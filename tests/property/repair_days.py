"""What operators do on the days of ``days``: deploy versions, migrate and undo, force, retry, and purge."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from functools import partial

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from engine.errors import MigrationPurged, MigrationUndone, StrandsItems, UnknownState
from engine.requests import MigrationRequest, Selection
from engine.results import MigrationReport
from tests.helpers.clock import HOUR as SECONDS
from tests.helpers.model import HOUR, Spec
from tests.helpers.model_versions import Migration, Outcome, Versions
from tests.property.amend_days import AmendDays
from tests.property.specs import changed, specs

MOMENTS = st.integers(1, 60)


class ShopDays(AmendDays):
    """Orders, and everything that operators do to them."""

    def __init__(self, url: str | None = None) -> None:
        super().__init__(url)
        self.told: Versions | None = None

    @property
    def history(self) -> Versions:
        """The model's migrations."""
        if self.told is None:
            self.told = Versions(self.model)
        return self.told

    def _parted(self, event: str, asked: dict[int, int], new: dict[int, int]) -> dict[str, list[int]]:
        """Tell the model of parts that went; migrations know them, and what stays of their items, too."""
        self.history.split(new)
        return super()._parted(event, asked, new)

    def _split_off(self, new: dict[int, int]) -> None:
        """Migrations know parts that have left, and what stays of their items, too."""
        self.history.split(new)
        super()._split_off(new)

    # --- versions ---

    @rule(data=st.data(), other=st.one_of(st.none(), specs()))
    def deploy(self, data: st.DataObject, other: Spec | None) -> None:
        """Deploy a version: mostly the current one with a change, sometimes quite another process."""
        spec = changed(self.model.spec, data) if other is None else replace(other, own=self.model.spec.own)
        stranded = any(
            item.state not in spec.states and not item.spec.is_final(item.state)
            for item in self.model.items.values()
        )
        try:
            info = self.world.deploy(spec.text, own=spec.own)
        except StrandsItems:
            assert stranded
            info = self.world.deploy(spec.text, own=spec.own, force=True)
        else:
            assert not stranded, "items were left behind for good"
        self.model.spec = self.versions.setdefault(info.version, spec)

    def _request(self, data: st.DataObject) -> MigrationRequest:
        version = data.draw(st.sampled_from(sorted(self.versions)))
        target = self.versions[version]
        old = sorted({name for spec in self.versions.values() if spec is not target for name in spec.states})
        lost = [name for name in old if name not in target.states]
        pairs = st.dictionaries(st.sampled_from(lost or old), st.sampled_from(sorted(target.states)))
        return MigrationRequest(
            process="Sale", version=version, state_map=data.draw(pairs), enter=data.draw(st.booleans())
        )

    @precondition(lambda self: self.model.items and len(self.versions) > 1)
    @rule(data=st.data(), times=st.integers(1, 3))
    def migrate(self, data: st.DataObject, times: int) -> None:
        for _ in range(times):
            self._migrate(self._request(data))

    def _migrate(self, request: MigrationRequest) -> MigrationReport:
        expected = self._plan(request)
        dry = self.world.engine.migrate(replace(request, dry_run=True))
        report = self.world.engine.migrate(request)
        assert report.groups == dry.groups
        agree(report, expected)
        self._migrated(request, expected.moved)
        return report

    @precondition(lambda self: self.model.items and len(self.versions) > 1)
    @rule(data=st.data(), moment=MOMENTS, again=st.booleans())
    def crash_in_migrate(self, data: st.DataObject, moment: int, again: bool) -> None:
        """The same migration again goes on with it; or what is cut off stays so, and its items go their way."""
        request = self._request(data)
        expected = self._plan(request)
        before = self._entries()
        crashed = self.crashes(moment, partial(self.world.engine.migrate, request))
        if crashed and again:
            self.world.engine.migrate(request)
        moved = self._changed_since(before)
        assert moved == set(expected.moved) if again or not crashed else moved <= set(expected.moved)
        self._migrated(request, sorted(moved))

    def _plan(self, request: MigrationRequest) -> Outcome:
        spec = self.versions[request.version]
        return self.history.plan(spec, request.state_map, self.interrupted)

    def _migrated(self, request: MigrationRequest, moved: Collection[int]) -> int | None:
        """Tell the model which migration has moved the items: a new one, or one that was cut off. Return it."""
        grown = []
        for info in self.world.engine.migrations("Sale"):
            spec = self.versions[info.version]
            known = self.history.migrations.setdefault(info.id, Migration(spec, info.state_map))
            known.finished = None if info.finished_at is None else (known.finished or self.now)
            if info.items != known.moved:
                assert (known.spec, info.items) == (self.versions[request.version], known.moved + len(moved))
                grown.append(info.id)
        assert len(grown) == bool(moved)
        for number in grown:
            self.history.migrate(number, moved, self.now, enter=request.enter)
        return grown[0] if grown else None

    @precondition(lambda self: self.history.migrations)
    @rule(data=st.data(), times=st.integers(1, 3))
    def undo(self, data: st.DataObject, times: int) -> None:
        """Undo any migration, or the last ones one after the other."""
        numbers = sorted(self.history.migrations, reverse=True)
        for number in [data.draw(st.sampled_from(numbers))] if times == 1 else numbers[:times]:
            self._undo(number)

    def _undo(self, number: int) -> None:
        migration = self.history.migrations[number]
        if migration.undone or migration.purged:
            with pytest.raises(MigrationUndone if migration.undone else MigrationPurged):
                self.world.engine.undo_migration(number)
            return
        expected = self.history.plan_undo(number, self.interrupted)
        dry = self.world.engine.undo_migration(number, dry_run=True)
        report = self.world.engine.undo_migration(number)
        assert report.groups == dry.groups
        agree(report, expected)
        self.history.undo(number, expected.moved, self.now)
        left = set(expected.refused) - {"moved_since"}
        migration.undone = not left and any(origin.undone for origin in migration.items.values())

    @precondition(lambda self: any(not m.undone and not m.purged for m in self.history.migrations.values()))
    @rule(data=st.data(), moment=MOMENTS, again=st.booleans())
    def crash_in_undo(self, data: st.DataObject, moment: int, again: bool) -> None:
        open_ones = [n for n, m in self.history.migrations.items() if not m.undone and not m.purged]
        number = data.draw(st.sampled_from(open_ones))
        expected = self.history.plan_undo(number, self.interrupted)
        before = self._entries()
        crashed = self.crashes(moment, partial(self.world.engine.undo_migration, number))
        if crashed and again:
            with suppress(MigrationUndone):  # it may have been all over
                self.world.engine.undo_migration(number)
        moved = self._changed_since(before)
        assert moved == set(expected.moved) if again or not crashed else moved <= set(expected.moved)
        self.history.undo(number, sorted(moved), self.now)
        (info,) = [info for info in self.world.engine.migrations("Sale") if info.id == number]
        self.history.migrations[number].undone = info.undone_at is not None

    # --- repairs ---

    @precondition(lambda self: self.model.items)
    @rule(data=st.data())
    def force(self, data: st.DataObject) -> None:
        state, ids = self._to_force(data)
        selection = Selection(items=tuple(ids))
        if any(state not in self.model.items[item].spec.states for item in ids):
            with pytest.raises(UnknownState):
                self.world.engine.force(state, selection, reason="found by hand")
            return
        expected = self.model.force(state, ids, self.now)
        report = self.world.engine.force(state, selection, reason="found by hand")
        assert (report.examined, report.moved) == (len(ids), len(expected["moved"]))
        assert sorted(refusal.item for refusal in report.blocked) == sorted(expected["blocked"])

    @precondition(lambda self: self.model.items)
    @rule(data=st.data(), moment=MOMENTS)
    def crash_in_force(self, data: st.DataObject, moment: int) -> None:
        self.settle()
        state, ids = self._to_force(data)
        if all(state in self.model.items[item].spec.states for item in ids):
            force = partial(
                self.world.engine.force, state, Selection(items=tuple(ids)), reason="found by hand"
            )
            self.model.force(state, self._crash(moment, force), self.now)

    def _to_force(self, data: st.DataObject) -> tuple[str, list[int]]:
        ids = data.draw(st.lists(st.sampled_from(sorted(self.model.items)), min_size=1, unique=True))
        return data.draw(st.sampled_from(sorted(self.model.items[ids[0]].spec.states))), ids

    def _any_stuck(self) -> bool:
        return any(item.due is not None and item.due.stuck for item in self.model.items.values())

    @precondition(_any_stuck)
    @rule()
    def retry(self) -> None:
        tried = self.model.run_due(self.now, stuck=True)
        assert self.world.engine.retry().examined == len(tried)

    @precondition(_any_stuck)
    @rule(moment=MOMENTS)
    def crash_in_retry(self, moment: int) -> None:
        self.settle()
        tried = self._crash(moment, self.world.engine.retry)
        self.model.run_due(self.now, stuck=True, only=tried)

    def _any_closed(self) -> bool:
        return any(item.log for item in self.model.closed(self.now + 1))

    @precondition(_any_closed)
    @rule(hours=st.sampled_from([1, 4]), wait=st.booleans())
    def purge(self, hours: int, wait: bool) -> None:
        if wait:
            self.world.forward((hours + 1) * SECONDS)
        age = f"{hours} hours"
        dry = self.world.engine.purge(age, dry_run=True)
        report = self.world.engine.purge(age)
        assert (report.history, report.undo_data) == (dry.history, dry.undo_data)
        assert (report.history, report.undo_data) == self._purged(hours)

    @precondition(_any_closed)
    @rule(hours=st.sampled_from([1, 4]), moment=MOMENTS)
    def crash_in_purge(self, hours: int, moment: int) -> None:
        self.world.forward((hours + 1) * SECONDS)
        if self.crashes(moment, partial(self.world.engine.purge, f"{hours} hours")):
            self.world.engine.purge(f"{hours} hours")
        self._purged(hours)

    def _purged(self, hours: int) -> tuple[int, int]:
        before = self.now - hours * HOUR
        forgotten = self.history.purge(before)
        gone = self.model.purge(before, self.history.undoable | self._with_open_commands())
        lines = {self.model.items[item].line for item in gone}
        self.purged |= {item.id for item in self.model.items.values() if item.line in lines}
        return sum(gone.values()), forgotten

    def _with_open_commands(self) -> set[int]:
        """The items that rest, and for whose step a command was begun that a crash cut off."""
        items = self.model.items
        return {one for one in self.interrupted if not items[one].spec.is_final(items[one].state)}

    @invariant()
    def migrations_are_as_the_model_has_them(self) -> None:
        infos = self.world.engine.migrations("Sale")
        assert [(info.id, info.items, info.undone_at is not None) for info in infos] == [
            (number, migration.moved, migration.undone)
            for number, migration in sorted(self.history.migrations.items())
        ]


def agree(report: MigrationReport, expected: Outcome) -> None:
    refused: dict[str, int] = {}
    for group in report.groups:
        for refusal in group.refused:
            refused[refusal.code] = refused.get(refusal.code, 0) + refusal.items
    assert (report.moved, refused) == (len(expected.moved), expected.counts)
