"""Random versions of a process, migrated to and fro: amounts stay true, and dry run, run and undo agree."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from engine.requests import Selection
from tests.helpers.clock import HOUR
from tests.property.shops import end, new_shop

NAMES = ("s0", "s1", "s2", "s3")
EVENTS = {"go": "manual", "on": "onEnter", "t1": "timeout=1hour", "t2": "timeout=5hours"}


@st.composite
def versions(draw: st.DrawFn) -> str:
    names = draw(st.lists(st.sampled_from(NAMES), min_size=2, max_size=4, unique=True).map(sorted))
    states = " ".join(name + draw(st.sampled_from(["", "*"])) for name in names)
    moves = set()
    for _ in range(draw(st.integers(1, 6))):
        source = draw(st.integers(0, len(names) - 1))
        event = draw(st.sampled_from(list(EVENTS)))
        # Automatic steps only lead onwards, so that no chain goes round in circles.
        lowest = source + 1 if event == "on" else 0
        if lowest < len(names):
            target = draw(st.integers(lowest, len(names) - 1))
            moves.add(f"{names[source]} -> {names[target]} : {event}")
    events = [f"event {name} {told}" for name, told in EVENTS.items() if any(f": {name}" in m for m in moves)]
    return "\n".join([f"states {states}", *sorted(moves), *events])


class Versions(RuleBasedStateMachine):
    """A shop whose process changes all the time."""

    @initialize(first=versions())
    def open(self, first: str) -> None:
        self.world = new_shop("tea-1,North,50", "tea-2,North,50", execution={"chunk": 3})
        self.world.deploy(first)

    @rule(text=versions())
    def deploy(self, text: str) -> None:
        self.world.deploy(text, force=True)

    @rule(count=st.integers(1, 4), sku=st.sampled_from(["tea-1", "tea-2"]))
    def place(self, count: int, sku: str) -> None:
        if self.world.available(sku) >= count:
            self.world.place(*[sku] * count)

    @rule(data=st.data())
    def go(self, data: st.DataObject) -> None:
        items = [row[0] for row in self.world.query("SELECT id FROM order_item ORDER BY id")]
        known = [row[0] for row in self.world.query("SELECT definition FROM process_version")]
        if items and any('"go"' in text for text in known):
            chosen = data.draw(st.lists(st.sampled_from(items), min_size=1, unique=True))
            self.world.engine.trigger("go", Selection(items=tuple(chosen)))

    @rule(hours=st.integers(1, 6))
    def wait(self, hours: int) -> None:
        self.world.forward(hours * HOUR)
        self.world.engine.run_timeouts()

    @rule(data=st.data(), enter=st.booleans())
    def migrate(self, data: st.DataObject, enter: bool) -> None:
        fields = self._request(data)
        dry = self.world.migrate(**fields, enter=enter, dry_run=True)
        done = self.world.migrate(**fields, enter=enter)
        assert done.groups == dry.groups
        assert self.world.migrate(**fields, enter=enter, dry_run=True).moved == 0

    @rule(data=st.data())
    def migrate_and_undo_at_once(self, data: st.DataObject) -> None:
        before = self._standing()
        report = self.world.migrate(**self._request(data))
        if report.moved and report.migration is not None:
            dry = self.world.engine.undo_migration(report.migration, dry_run=True)
            undone = self.world.engine.undo_migration(report.migration)
            assert (undone.groups, undone.moved) == (dry.groups, report.moved)
        assert self._standing() == before

    def _request(self, data: st.DataObject) -> dict[str, Any]:
        infos = self.world.engine.processes()
        target = data.draw(st.sampled_from([info.version for info in infos]))
        states = {
            info.version: [
                row[0]
                for row in self.world.query(
                    "SELECT s.name FROM process_state s JOIN process_version v ON v.id = s.version_id"
                    " WHERE v.version = ? ORDER BY s.id",
                    info.version,
                )
            ]
            for info in infos
        }
        old = sorted({name for version, names in states.items() if version != target for name in names})
        pairs = st.dictionaries(st.sampled_from(old), st.sampled_from(states[target])) if old else st.just({})
        return {"version": target, "state_map": data.draw(pairs)}

    def _standing(self) -> list[tuple[Any, ...]]:
        columns = "id, state_id, state_since, counted_reserved, counted_hold"
        return self.world.query(f"SELECT {columns} FROM order_item ORDER BY id")

    @invariant()
    def amounts_are_true(self) -> None:
        assert self.world.drift() == []

    @invariant()
    def every_item_stands_where_its_history_says(self) -> None:
        last = "SELECT max(run_id) FROM item_history WHERE item_id = i.id"
        wrong = (
            f"SELECT i.id FROM order_item i JOIN transition_run r ON r.id = ({last})"
            " WHERE r.target_id IS NOT NULL AND r.target_id <> i.state_id"
            " OR i.step <> (SELECT count(*) - 1 FROM item_history WHERE item_id = i.id)"
        )
        assert self.world.query(wrong) == []

    @invariant()
    def what_is_due_belongs_to_the_state(self) -> None:
        engine = self.world.engine
        with engine.runtime.database.read() as reader:
            for item, state_id in self.world.query("SELECT id, state_id FROM order_item"):
                place = engine.runtime.catalogue.place(reader, state_id)
                process, index = place.version.process, place.state.index
                armed = {event.name for event in process.timeout_events(index)}
                assert set(self.world.timeouts(item)) == armed
                due = self.world.query(
                    "SELECT d.event, d.step - i.step FROM due_step d JOIN order_item i ON i.id = d.item_id"
                    " WHERE i.id = ?",
                    item,
                )
                event = process.on_enter_event(index)
                assert due in ([], [(None if event is None else event.name, 0)])

    def teardown(self) -> None:
        if hasattr(self, "world"):
            end(self.world)


TestVersions = Versions.TestCase
TestVersions.settings = settings(
    max_examples=60,
    stateful_step_count=12,
)
