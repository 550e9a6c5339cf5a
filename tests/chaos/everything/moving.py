"""Whoever moves items: customers who pay and cancel, packers, the clock, conditions, and operators who repair."""

from __future__ import annotations

from engine.api.jobs import JobKind
from engine.requests import Selection
from tests.chaos.everything.deeds import Deeds, moved


class Moving(Deeds):
    """Events for items, orders and states; background runs; retry and force."""

    def pay(self) -> None:
        self._orders("pay", "Sale")

    def cancel(self) -> None:
        self._orders("cancel", "Sale")

    def reopen(self) -> None:
        self._orders("reopen", "Sale")

    def drop(self) -> None:
        self._orders("drop", "Rush")

    def pack(self) -> None:
        """Orders of both kinds that are watched."""
        for kind in ("Rush", "Named"):
            self._orders("pack", kind)

    def ship_items(self) -> None:
        """Items by their ids, of any orders, some of which cannot be shipped."""
        rows = self.rows(
            "SELECT i.id FROM order_item i JOIN process_state s ON s.id = i.state_id"
            " WHERE s.name IN ('packed', 'boxed', 'open') ORDER BY i.id DESC LIMIT 40"
        )
        if rows:
            ids = sorted(
                self.lots.sample([item for (item,) in rows], min(len(rows), self.lots.randint(1, 8)))
            )
            self._trigger("ship_items", "ship", Selection(items=ids))

    def ship_state(self) -> None:
        """Everything in a state."""
        process, state = self.lots.choice(["Rush", "Sale"]), self.lots.choice(["packed", "boxed"])
        self._trigger("ship_state", "ship", Selection(process=process, state=state))

    def _orders(self, event: str, kind: str) -> None:
        for reference in self.some(kind):
            self._trigger(event, event, Selection(orders=(reference,)))

    def _trigger(self, deed: str, event: str, selection: Selection) -> None:
        about = {"event": event, "items": list(selection.items), "orders": list(selection.orders)}
        self.ask(deed, about, lambda engine: engine.trigger(event, selection), told=moved)

    # --- background runs ---

    def timeouts(self) -> None:
        self.ask("timeouts", {}, lambda engine: engine.run_timeouts(), told=moved)

    def timeouts_job(self) -> None:
        """As a job, which never runs twice at a time."""
        self.ask(
            "timeouts_job",
            {},
            lambda engine: engine.as_job(JobKind.TIMEOUTS, lambda one: one.run_timeouts(limit=20)),
            told=moved,
        )

    def conditions(self) -> None:
        limit = self.lots.choice([None, None, 3])
        self.ask("conditions", {}, lambda engine: engine.run_conditions(limit=limit), told=moved)

    # --- repairs ---

    def retry(self) -> None:
        """All that failed, what failed of a process, or one event."""
        selection = self.lots.choice([None, None, Selection(process="Sale"), Selection(process="Rush")])
        event = self.lots.choice([None, None, "collect", "expire"])
        self.ask("retry", {}, lambda engine: engine.retry(selection, event=event), told=moved)

    def force(self) -> None:
        """An order that nobody watches, to any state."""
        state = self.lots.choice(["new", "paid", "cancelled", "closed", "shipped"])
        for reference in self.some("Sale", 1):
            self.ask(
                "force",
                {"state": state, "orders": [reference]},
                lambda engine, one=reference: engine.force(
                    state, Selection(orders=(one,)), reason="found by hand"
                ),
                told=moved,
            )
