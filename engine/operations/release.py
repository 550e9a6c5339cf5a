"""Releasing shipped items when a stock import has counted without them.

The import calls this for each chunk of products: plugins run before the chunk's transaction, the items are
moved within it, and the automatic steps of the states they reach follow after it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engine.clock import SECOND
from engine.inventory.ledger import Ledger
from engine.moving.apply import apply_steps
from engine.moving.busy import leave_claimed
from engine.moving.finish import finish_task, prepare_task
from engine.moving.plan import Plan, Task
from engine.moving.split import Split, needs_plugins
from engine.moving.step import Applied, Origin
from engine.moving.waves import follow
from engine.moving.working_set import by_state
from engine.results import ImportReport, MoveReport
from engine.runtime import Runtime
from engine.storage.database import Reader, Work


@dataclass(slots=True)
class _Attempt:
    """What the transaction of a chunk came to: nothing, until it is committed."""

    report: MoveReport = field(default_factory=MoveReport)
    kept: int = 0
    applied: list[Applied] = field(default_factory=list)


class Releaser:
    """Fires the stock-update event for the items a count no longer contains; implements ``Release``."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._rules = runtime.rules.stock_update
        self._origin = Origin("stock-update", runtime.correlation(), background=True)
        self._report = MoveReport()
        self._kept = 0
        self._states: list[int] = []
        self._plugin_states: list[int] = []
        self._plans: list[tuple[Task, Plan | None]] = []
        self._attempt = _Attempt()

    @property
    def correlation(self) -> str:
        """What everything has in common that the import sets off."""
        return self._origin.correlation

    def _find_states(self, reader: Reader) -> None:
        """Find the states that know the event, and which of them need a plugin to look at the items.

        It is done anew for each chunk: a version may be deployed meanwhile, and shipped items be migrated to it.
        """
        catalogue, event = self._runtime.catalogue, self._rules.event
        self._states, self._plugin_states = [], []
        for version in catalogue.all_versions(reader):
            for state in version.process.states:
                if event not in version.offered(state):
                    continue
                place = catalogue.place(reader, version.state_ids[state.index])
                self._states.append(place.state_id)
                if needs_plugins(self._runtime, place, event, self._origin):
                    self._plugin_states.append(place.state_id)

    def waiting(self) -> bool:
        """Return whether items stand in a state from which a count releases."""
        with self._runtime.database.read() as reader:
            self._find_states(reader)
            return reader.first("release_waiting", states=self._states) is not None

    def products(self, import_id: int, after: int, last: int) -> list[int]:
        """Return the products above ``after`` up to ``last`` that wait in the import and have such items."""
        with self._runtime.database.read() as reader:
            self._find_states(reader)
            if not self._states:
                return []
            chunk = {"import_id": import_id, "after": after, "last": last}
            return [row.product_id for row in reader.all("release_products", states=self._states, **chunk)]

    def prepare(self, product_ids: Sequence[int], import_id: int) -> None:
        """Run commands and conditions of the items to move, under a claim where a command needs one."""
        with self._runtime.database.read() as reader:
            self._find_states(reader)
        if not self._plugin_states:
            return

        def take(work: Work) -> Split:
            split = Split(self._runtime, self._rules.event, self._origin, MoveReport())
            self._fill(work, self._plugin_states, product_ids, import_id)
            leave_claimed(work)
            split.sort(work, self._plugin_states)
            return split

        split = self._runtime.database.transact(take)
        self._report.add(split.report)
        self._plans = [(task, prepare_task(self._runtime, task, self._origin)) for task in split.tasks]

    def select(self, work: Work, product_ids: Sequence[int], import_id: int) -> None:
        """Lock the items to move. What an earlier attempt at the chunk found is forgotten: it was undone."""
        self._attempt = _Attempt()
        self._find_states(work)
        if not self._states:
            return
        self._fill(work, self._states, product_ids, import_id)
        self._attempt.kept += work.scalar(
            "release_kept", import_id=import_id, products=list(product_ids), states=self._states
        )
        self._attempt.kept += len(leave_claimed(work).keys() - self._prepared())

    def apply(
        self, work: Work, ledger: Ledger, product_ids: Sequence[int], import_id: int
    ) -> Mapping[int, int]:
        """Move the items within the transaction that overwrites the stock; return what was released, by product."""
        if not self._states:
            return {}
        before = {int(row.product_id): int(row.reserved) for row in work.all("release_reserved")}
        self._move(work, ledger)
        if not before:
            return {}
        after = work.all("release_reserved_of", products=sorted(before))
        left = {int(row.product_id): before[row.product_id] - int(row.reserved) for row in after}
        return {product: released for product, released in left.items() if released > 0}

    def _move(self, work: Work, ledger: Ledger) -> None:
        attempt = self._attempt
        split = Split(self._runtime, self._rules.event, self._origin, attempt.report, plain_only=True)
        known = self._prepared() | {told.item for told in (*self._report.failed, *self._report.blocked)}
        for state in self._plugin_states:
            here = {row.item_id for row in work.all("moving_of_state", state=state)}
            attempt.kept += len(here - known)  # those came there after the plugins were asked
            work.run("moving_drop_state", state=state)
        split.sort(work, [group.key for group in by_state(work)])
        applied = apply_steps(self._runtime, work, split.steps, self._origin, ledger) if split.steps else []
        for task, plan in self._plans:
            applied += finish_task(self._runtime, work, task, plan, self._origin, attempt.report, ledger)
        for done in applied:
            if done.step.outcome == "moved":
                attempt.report.moved += done.items
            else:
                attempt.kept += done.items
        attempt.applied += applied

    def follow(self) -> None:
        """Take the automatic steps of the states reached; the chunk's transaction is committed."""
        done, self._attempt, self._plans = self._attempt, _Attempt(), []
        self._report.add(done.report)
        self._kept += done.kept
        follow(self._runtime, done.applied, self._origin, self._report)

    def tell(self, report: ImportReport) -> None:
        """Add what was released, kept and refused to the report of the import."""
        report.released = self._report.moved
        report.kept = self._kept + len(self._report.failed)
        report.blocked = self._report.blocked
        report.failed = self._report.failed

    def _fill(self, work: Work, states: list[int], product_ids: Sequence[int], import_id: int) -> None:
        statement = "release_candidates_all" if self._rules.require == "all" else "release_candidates"
        work.run("clear_moving")
        work.run(
            statement,
            import_id=import_id,
            products=list(product_ids),
            states=states,
            tolerance=int(self._rules.clock_tolerance_s * SECOND),
        )

    def _prepared(self) -> set[int]:
        return {item.id for task, _ in self._plans for item in task.items}
