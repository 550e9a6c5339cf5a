"""What the verbs of every subject have in common: the runtime they work with, and who asks through it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from copy import copy
from typing import TYPE_CHECKING, Self

from engine.caller import Caller

if TYPE_CHECKING:
    from engine.observe import Attribute
    from engine.results import MoveReport
    from engine.runtime import Runtime


class Base:
    """Holds the runtime; the verbs of a subject extend it."""

    def __init__(self, runtime: Runtime) -> None:
        from engine.guards.conditions import with_guards  # reading settings needs no guards

        runtime.plugins = with_guards(runtime.plugins, runtime.rules)
        self.runtime = runtime
        self._opener = True

    @property
    def caller(self) -> Caller:
        """Who asks through this engine."""
        return self.runtime.caller

    def for_caller(self, caller: Caller) -> Self:
        """Return this engine for another caller, such as the user behind one request.

        It shares everything but the caller: the opened database, plugins, rules, observers and the versions that
        were read. Making one costs next to nothing. Any number of them may be used at the same time, by any
        threads. Closing it does nothing: only the engine that was opened closes the database.
        """
        view = copy(self)
        view.runtime = self.runtime.for_caller(caller)
        view._opener = False
        return view

    def _span(self, name: str, **attributes: Attribute) -> AbstractContextManager[object]:
        correlation = self.caller.correlation
        known = {} if correlation is None else {"correlation": correlation}
        return self.runtime.observer.span(f"earmark.{name}", **{**known, **attributes})

    def _tell_refusals(self, report: MoveReport, correlation: str | None = None) -> None:
        from engine.observe import tell_refusals  # reading settings, which name jobs, needs no observers

        tell_refusals(self.runtime.observer, report, correlation or self.caller.correlation)
