"""The verbs of items: moving them, by an event, a condition, a time or by force, and looking at them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from engine.api.base import Base
from engine.moving.log import require_loggable
from engine.moving.step import Origin
from engine.operations import conditions_run, force, force_preview, item_events, retry, timeouts, trigger
from engine.reading import history, listing, matrix, orders, why
from engine.requests import ItemEvent, Listing, Selection, mentioned
from engine.results import (
    EventRefusal,
    EventsReport,
    ForcePreview,
    HistoryEntry,
    ItemDetail,
    ItemPage,
    ManualEvent,
    MoveReport,
    StuckItem,
    WhyView,
)
from engine.runtime import Progress, no_progress


class Items(Base):
    """Moves items and shows them."""

    def items(self, wanted: Listing | None = None) -> ItemPage:
        """Return a page of items, the one placed first first. Raises the same as ``orders``."""
        return listing.items(self.runtime, wanted or Listing())

    def item(self, item: int) -> ItemDetail:
        """Return the item with the order it belongs to. Raises UnknownItem."""
        return orders.item(self.runtime, item)

    def item_events(self, item: int) -> list[ManualEvent]:
        """Return the events that the item can take now. Raises UnknownItem."""
        return orders.item_events(self.runtime, item)

    def history(self, item: int) -> list[HistoryEntry]:
        """Return every step of the item that is still in the log, oldest first. Raises UnknownItem.

        The first one is the placement, unless older steps were purged.
        """
        return history.history(self.runtime, item)

    def why(self, item: int, *, ask: bool = False) -> WhyView:
        """Return what the item waits for and what can be done about it; nothing is changed.

        With ``ask`` its conditions are asked now. Raises UnknownItem.
        """
        return why.why(self.runtime, item, ask_now=ask)

    def stuck(self) -> list[StuckItem]:
        """Return the items whose step, timeout or condition failed for the last time, with the reason."""
        return matrix.stuck(self.runtime)

    def trigger(
        self,
        event: str,
        selection: Selection,
        *,
        data: Mapping[str, Any] | None = None,
        progress: Progress = no_progress,
    ) -> MoveReport:
        """Fire the event for the selected items; ``data`` is handed to commands and conditions, and kept.

        Raises UnknownItem, UnknownOrder, UnknownState, UnknownEvent, ProcessNotFound or InputError before
        anything is done.
        """
        require_loggable(data or {})
        event = mentioned(event)
        origin = Origin("api", self.runtime.correlation(), data=data or {}, actor=self.runtime.actor)
        with self._span("trigger", event=event, correlation=origin.correlation):
            report = trigger.trigger(self.runtime, event, selection, origin, progress)
        self._tell_refusals(report, origin.correlation)
        return report

    def import_events(
        self,
        rows: Iterable[ItemEvent | EventRefusal],
        *,
        key: str | None = None,
        data: Mapping[str, Any] | None = None,
        progress: Progress = no_progress,
    ) -> EventsReport:
        """Fire events for single items, in the order of the rows of each item; each row is answered by itself.

        With a ``key``, such as the hash of the file, rows that were taken under it before are not taken again.
        ``data`` is handed to commands and conditions, and kept. Rows that are refused already are passed on.
        """
        require_loggable(data or {})
        correlation = self.runtime.correlation() if key is None else f"events-{key}"
        origin = Origin("api", correlation, data=data or {}, actor=self.runtime.actor)
        with self._span("import_events", correlation=correlation):
            report = item_events.import_events(
                self.runtime, rows, origin, again=key is not None, progress=progress
            )
        self._tell_refusals(MoveReport(failed=report.failed), correlation)
        return report

    def retry(
        self,
        selection: Selection | None = None,
        *,
        event: str | None = None,
        progress: Progress = no_progress,
    ) -> MoveReport:
        """Try again at once what failed, stuck or not, with its attempts counted from the start.

        Without a selection all that failed, with a process but no state all of that process; with ``event`` only
        that event. Raises UnknownItem, UnknownOrder, UnknownState, UnknownEvent, ProcessNotFound, InputError.
        """
        with self._span("retry"):
            report = retry.retry(self.runtime, selection, mentioned(event), progress)
        self._tell_refusals(report)
        return report

    def force(
        self,
        state: str,
        selection: Selection,
        *,
        reason: str,
        although_suspended: bool = False,
        progress: Progress = no_progress,
    ) -> MoveReport:
        """Put the selected items into a state of their own version, whatever the transitions say.

        Live claims are broken; reservations follow. ``reason`` is written to the history. Suspended items are
        blocked unless it is said that they go ``although_suspended``; they stay suspended. Raises UnknownItem,
        UnknownOrder, UnknownState, ProcessNotFound or InputError before anything is done.
        """
        state = mentioned(state)
        with self._span("force", state=state):
            report = force.force(
                self.runtime, state, selection, reason, progress, although_suspended=although_suspended
            )
        self._tell_refusals(report)
        return report

    def force_preview(
        self, state: str, selection: Selection, *, although_suspended: bool = False
    ) -> ForcePreview:
        """Return what ``force`` would do, without doing it. Raises what ``force`` raises."""
        return force_preview.preview(
            self.runtime, mentioned(state), selection, although_suspended=although_suspended
        )

    def run_conditions(
        self,
        *,
        store: str | None = None,
        limit: int | None = None,
        until_idle: bool = False,
        progress: Progress = no_progress,
    ) -> MoveReport:
        """Try the eventless transitions of waiting items, one hop, or with ``until_idle`` until none moves."""
        with self._span("conditions"):
            report = conditions_run.run_conditions(
                self.runtime, store=mentioned(store), limit=limit, until_idle=until_idle, progress=progress
            )
        self._tell_refusals(report)
        return report

    def run_timeouts(
        self, *, store: str | None = None, limit: int | None = None, progress: Progress = no_progress
    ) -> MoveReport:
        """Fire every timeout that is due, and take automatic steps that a crash or failure left over."""
        with self._span("timeouts"):
            report = timeouts.run_timeouts(
                self.runtime, store=mentioned(store), limit=limit, progress=progress
            )
        self._tell_refusals(report)
        return report
