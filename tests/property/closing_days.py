"""Orders that are over, on the days of ``still_days``: archived, forgotten, deleted; and crashes in it."""

from __future__ import annotations

from functools import partial

from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from tests.helpers.clock import HOUR as SECONDS
from tests.helpers.model import HOUR
from tests.property.repair_days import MOMENTS
from tests.property.still_days import StillDays

HOURS = st.sampled_from([1, 4])


class ClosingDays(StillDays):
    """Orders, everything that operators do to them, and what is done with those that are over."""

    def __init__(self, url: str | None = None) -> None:
        super().__init__(url)
        self.archived: dict[str, int] = {}
        """Archived orders, each with the time since which all of its items are closed."""
        self.forgotten: set[str] = set()

    def _closed(self, before: int) -> dict[str, int]:
        """The orders whose items are all closed since before a time, and that nothing needs: since when."""
        orders: dict[str, list[int | None]] = {}
        for item in self.model.items.values():
            final = item.spec.is_final(item.state) and not item.spec.states[item.state]
            needed = item.id in self._to_be_undone() | self._claimed() or self.model.stands_still(item)
            over = final and not item.reserved and not item.held and not needed and item.since <= before
            orders.setdefault(item.line[0], []).append(item.since if over else None)
        return {
            reference: max(time for time in times if time is not None)
            for reference, times in orders.items()
            if None not in times
        }

    def _to_be_undone(self) -> set[int]:
        """The items that a migration may still be undone for."""
        return {
            item
            for migration in self.history.migrations.values()
            if not migration.undone
            for item, origin in migration.items.items()
            if not origin.undone
        }

    def _newest(self) -> set[str]:
        """The orders whose ids, or those of whose items, are the newest ones."""
        return {
            *(
                row[0]
                for row in self.world.query("SELECT reference FROM sales_order ORDER BY id DESC LIMIT 1")
            ),
            *(
                row[0]
                for row in self.world.query(
                    "SELECT o.reference FROM order_item i JOIN sales_order o ON o.id = i.order_id"
                    " ORDER BY i.id DESC LIMIT 1"
                )
            ),
        }

    def _put_away(self, hours: int) -> dict[str, int]:
        closed = self._closed(self.now - hours * HOUR)
        for reference in self._newest():
            closed.pop(reference, None)
        return closed

    def _archive(self, orders: dict[str, int]) -> None:
        self.archived |= orders
        self.purged |= {item.id for item in self.model.items.values() if item.line[0] in orders}
        for item in [item for item in self.model.items.values() if item.line[0] in orders]:
            del self.model.items[item.id]

    def _any_over(self) -> bool:
        return bool(self._closed(self.now))

    @precondition(_any_over)
    @rule(hours=HOURS, wait=st.booleans())
    def archive(self, hours: int, wait: bool) -> None:
        if wait:
            self.world.forward((hours + 1) * SECONDS)
        expected = self._put_away(hours)
        foreseen = self.world.engine.archive_orders(older_than=f"{hours} hours", dry_run=True)
        report = self.world.engine.archive_orders(older_than=f"{hours} hours")
        assert report.archived == foreseen.archived == len(expected)
        self._archive(expected)

    @precondition(_any_over)
    @rule(hours=HOURS, moment=MOMENTS)
    def crash_in_archive(self, hours: int, moment: int) -> None:
        self.world.forward((hours + 1) * SECONDS)
        expected = self._put_away(hours)
        if self.crashes(moment, partial(self.world.engine.archive_orders, older_than=f"{hours} hours")):
            self.world.engine.archive_orders(older_than=f"{hours} hours")
        self._archive(expected)

    def _to_be_forgotten(self, hours: int) -> set[str]:
        before = self.now - hours * HOUR
        old = {reference for reference, since in self.archived.items() if since < before}
        return (old | self._closed(before).keys()) - self.forgotten

    def _any_known(self) -> bool:
        return bool(self.archived) or self._any_over()

    @precondition(_any_known)
    @rule(hours=HOURS)
    def forget(self, hours: int) -> None:
        expected = self._to_be_forgotten(hours)
        report = self.world.engine.forget_orders(older_than=f"{hours} hours")
        assert report.forgotten == len(expected)
        self.forgotten |= expected

    @precondition(_any_known)
    @rule(hours=HOURS, moment=MOMENTS)
    def crash_in_forget(self, hours: int, moment: int) -> None:
        self.world.forward((hours + 1) * SECONDS)
        expected = self._to_be_forgotten(hours)
        if self.crashes(moment, partial(self.world.engine.forget_orders, older_than=f"{hours} hours")):
            self.world.engine.forget_orders(older_than=f"{hours} hours")
        self.forgotten |= expected

    @precondition(lambda self: self.archived)
    @rule(hours=HOURS, moment=st.one_of(st.none(), MOMENTS))
    def delete_archived(self, hours: int, moment: int | None) -> None:
        self.world.forward((hours + 1) * SECONDS)
        before = self.now - hours * HOUR
        purge = partial(self.world.engine.purge, f"{hours} hours", archived=True)
        if moment is None or self.crashes(moment, purge):
            purge()
        gone = [reference for reference, since in self.archived.items() if since < before]
        for reference in gone:
            del self.archived[reference]
            self.forgotten.discard(reference)

    @invariant()
    def the_archive_is_as_the_model_has_it(self) -> None:
        stored = self.world.query(
            "SELECT reference, closed_at, CASE WHEN forgotten_at IS NULL THEN 0 ELSE 1 END FROM archived_order"
        )
        assert sorted(stored) == sorted(
            (reference, since, int(reference in self.forgotten)) for reference, since in self.archived.items()
        )
        assert (
            self.world.query(
                "SELECT i.id FROM archived_item i WHERE i.order_id NOT IN (SELECT id FROM archived_order)"
                " UNION ALL SELECT h.item_id FROM archived_history h"
                " WHERE h.item_id NOT IN (SELECT id FROM archived_item)"
                " OR h.run_id NOT IN (SELECT id FROM transition_run)"
                " UNION ALL SELECT i.id FROM archived_item i JOIN order_item o ON o.id = i.id"
            )
            == []
        )
