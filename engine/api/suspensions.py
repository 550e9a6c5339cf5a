"""The verbs of what stands still until further notice."""

from __future__ import annotations

from engine.api.base import Base
from engine.operations import suspending
from engine.operations.suspending import Asked
from engine.reading import suspensions
from engine.requests import Selection, mentioned
from engine.results import ResumeReport, SuspendReport, SuspensionSize
from engine.results.suspensions import TimeoutsAfter


class Suspensions(Base):
    """Suspends and resumes, and lists what is suspended."""

    def suspend(
        self,
        selection: Selection | None = None,
        *,
        reason: str,
        version: str | None = None,
        store: str | None = None,
    ) -> SuspendReport:
        """Suspend items, orders, a process with all its items or only those of a state or version, or a store.

        Nothing of them moves by itself any more, and events for them are refused with ``reason``. What comes to a
        suspended state, version, process or store later is suspended as well. ``version`` is the beginning of a
        version of the selection's process. All is suspended or nothing. Raises AlreadySuspended, UnknownItem,
        UnknownOrder, ProcessNotFound, UnknownState, UnknownStore or InputError.
        """
        asked = Asked(selection or Selection(), mentioned(version), mentioned(store))
        with self._span("suspend"):
            return suspending.suspend(self.runtime, asked, reason)

    def resume(
        self,
        selection: Selection | None = None,
        *,
        reason: str,
        version: str | None = None,
        store: str | None = None,
        timeouts: TimeoutsAfter = "move",
    ) -> ResumeReport:
        """End a suspension that was made with the same words.

        ``timeouts`` of the items are moved by the time that they stood still (``move``), or stay as they are, so
        that those which are past fire with the next run (``fire``). All is resumed or nothing. Raises NotSuspended,
        UnknownItem, UnknownOrder, ProcessNotFound, UnknownState, UnknownStore or InputError.
        """
        asked = Asked(selection or Selection(), mentioned(version), mentioned(store))
        with self._span("resume"):
            return suspending.resume(self.runtime, asked, reason, timeouts)

    def suspensions(self, *, ended: bool = False) -> list[SuspensionSize]:
        """Return what is suspended, the oldest first, with how many items stand still by it.

        With ``ended`` what was suspended before follows, the latest first, at most 1,000.
        """
        return suspensions.suspensions(self.runtime, ended=ended)
