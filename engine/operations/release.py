"""Releasing shipped items when a stock import has counted without them.

The import calls this for each chunk of products: plugins run before the chunk's transaction, the items are
moved within it, and the automatic steps of the states they reach follow after it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engine.clock import SECOND
from engine.codes import Code
from engine.inventory.ledger import Ledger
from engine.moving.apply import apply_steps
from engine.moving.busy import leave_claimed
from engine.moving.finish import finish_task, prepare_task
from engine.moving.plan import Plan, Task
from engine.moving.split import Split, needs_plugins
from engine.moving.step import Applied, Origin
from engine.moving.suspended import leave_suspended
from engine.moving.waves import follow
from engine.moving.working_set import by_state, states_and_claims
from engine.operations.release_groups import Groups, group_of
from engine.results import ImportReport, MoveReport
from engine.runtime import Runtime
from engine.storage.database import Reader, Work

_REASONS = {1: Code.COUNT_TOO_OLD, 2: Code.SHIPPED_LATER, 3: Code.NOT_ALL_COUNTED}
"""What the numbers mean by which the statement ``release_kept`` tells why items stay."""


@dataclass(slots=True)
class _Attempt:
    """What the transaction of a chunk came to: nothing, until it is committed."""

    report: MoveReport = field(default_factory=MoveReport)
    groups: Groups = field(default_factory=Groups)
    applied: list[Applied] = field(default_factory=list)


class Releaser:
    """Fires the stock-update event for the items a count no longer contains; implements ``Release``."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._rules = runtime.rules.stock_update
        self._origin = Origin("stock-update", runtime.correlation(), background=True)
        self._report = MoveReport()
        self._groups = Groups()
        self._asked = False
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

    def shipped_states(self, reader: Reader) -> Sequence[int]:
        """Return the ids of the states that know the event."""
        self._find_states(reader)
        return self._states

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
        self._asked = True
        with self._runtime.database.read() as reader:
            self._find_states(reader)
        if not self._plugin_states:
            return

        def take(work: Work) -> Split:
            split = Split(self._runtime, self._rules.event, self._origin, MoveReport())
            self._fill(work, self._plugin_states, product_ids, import_id)
            leave_claimed(work)
            leave_suspended(work)
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
        staying = work.all(
            "release_kept",
            import_id=import_id,
            products=list(product_ids),
            states=self._states,
            tolerance=self._tolerance(),
        )
        for row in staying:
            self._keep(work, row.state_id, _REASONS[row.reason], row.items, row.first)
        for row in work.all("release_claimed", prepared=sorted(self._prepared()), now=work.now):
            self._keep(work, row.state_id, Code.ITEM_LOCKED, row.items, row.first)
        leave_claimed(work)

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
            here = {row.item_id for row in work.all("moving_of_state", state=state)} - known
            # Those came there after the plugins were asked, or none is.
            reason = Code.CAME_MEANWHILE if self._asked else Code.NOT_ASKED
            self._keep(work, state, reason, len(here), min(here, default=None))
            work.run("moving_drop_state", state=state)
        split.sort(work, self._going(work))
        applied = apply_steps(self._runtime, work, split.steps, self._origin, ledger) if split.steps else []
        self._note(work, applied)
        for task, plan in self._plans:
            after = finish_task(self._runtime, work, task, plan, self._origin, attempt.report, ledger)
            self._note(work, after)
            applied += after
        attempt.applied += applied

    def _going(self, work: Work) -> list[int]:
        """Return the states of the items that go; those that are suspended stay, with what they promise."""
        states, _, suspended, _ = states_and_claims(work)
        left = leave_suspended(work) if suspended else []
        for one in left:
            self._keep(work, one.state, Code.ITEM_SUSPENDED, 1, one.item)
        return [group.key for group in (by_state(work) if left else states)]

    def _note(self, work: Work, applied: Sequence[Applied]) -> None:
        """Take note of the items of steps that were applied; they are in the working set still."""
        firsts = {row.group_no: row.first for row in work.all("release_first")} if applied else {}
        for done in applied:
            group = done.step.version.name, "" if done.step.source is None else done.step.source.name
            first = firsts.get(done.step.group)
            if done.step.outcome == "moved":
                self._attempt.report.moved += done.items
                self._attempt.groups.release(group, done.items, first)
            else:
                self._attempt.groups.keep(group, Code.CONDITION_REFUSED, done.items, first)

    def _keep(self, reader: Reader, state_id: int, reason: Code, items: int, first: int | None) -> None:
        group = group_of(self._runtime.catalogue.place(reader, state_id))
        self._attempt.groups.keep(group, reason, int(items), first)

    def counted(self) -> tuple[int, int]:
        """Return how many items of the chunk at work were released, and how many were kept."""
        return self._attempt.report.moved, self._attempt.groups.staying

    def follow(self) -> None:
        """Take the automatic steps of the states reached; the chunk's transaction is committed."""
        done = self._take()
        follow(self._runtime, done.applied, self._origin, self._report)

    def foreseen(self) -> None:
        """Keep what the chunk came to. It is undone: nothing was asked before, and nothing follows."""
        self._take()

    def _take(self) -> _Attempt:
        done, self._attempt, self._plans, self._asked = self._attempt, _Attempt(), [], False
        self._report.add(done.report)
        self._groups.add(done.groups)
        return done

    def tell(self, report: ImportReport) -> None:
        """Add what was released, kept and refused to the report of the import."""
        self._keep_failed()
        self._groups.tell(report)
        report.released = self._report.moved
        report.kept = self._groups.staying
        report.blocked = self._report.blocked
        report.failed = self._report.failed

    def _keep_failed(self) -> None:
        """Count the items of which a plugin failed, which stay where they are, by what failed."""
        codes = {told.item: told.code for told in self._report.failed if told.item is not None}
        if codes:
            with self._runtime.database.read() as reader:
                for row in reader.all("release_states", items=sorted(codes)):
                    group = group_of(self._runtime.catalogue.place(reader, row.state_id))
                    self._groups.keep(group, codes[row.id], 1, row.id)

    def _fill(self, work: Work, states: list[int], product_ids: Sequence[int], import_id: int) -> None:
        statement = "release_candidates_all" if self._rules.require == "all" else "release_candidates"
        work.run("clear_moving")
        work.run(
            statement,
            import_id=import_id,
            products=list(product_ids),
            states=states,
            tolerance=self._tolerance(),
        )

    def _tolerance(self) -> int:
        return int(self._rules.clock_tolerance_s * SECOND)

    def _prepared(self) -> set[int]:
        return {item.id for task, _ in self._plans for item in task.items}
