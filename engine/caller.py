"""Who asks: the name for the history, the rights, the signal to stop, and the correlation of what is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from engine.errors import InputError


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks the engine for something, such as the user behind one request of a web application.

    ``actor`` is the name that history and transition log keep of what somebody places, triggers, forces, retries
    or migrates; None when nobody in particular asks.

    ``roles`` are what the actor may act as. They are carried for whoever decides about rights, such as a web
    application that lets only operators force items: the engine neither looks at them nor writes them anywhere.

    ``stop`` is asked between chunks: once it answers True, the chunk in hand is finished and the call ends.

    ``correlation`` is shared by everything that the calls of this caller set off, in the transition log, facts
    and traces; without one every call has a new one. A migration keeps one of its own, by which it is undone.

    Raises InputError for what is no name.
    """

    actor: str | None = None
    roles: tuple[str, ...] = ()
    stop: Callable[[], bool] = _never
    correlation: str | None = None

    def until(self, ended: Callable[[], bool]) -> Caller:
        """Return this caller with a further signal to stop; either of them ends a call."""
        stop = self.stop
        return replace(self, stop=lambda: ended() or stop())

    def __post_init__(self) -> None:
        """See that the texts can be written to a database, and that roles are several."""
        for name, text in (("actor", self.actor), ("correlation", self.correlation)):
            if text is not None and (not isinstance(text, str) or "\0" in text):
                raise InputError(f"a caller's {name} is a text without NUL characters, not {text!r}")
        if self.correlation == "":
            raise InputError(
                "a caller's correlation is empty", remedy="Leave it out to have a new one per call."
            )
        if isinstance(self.roles, str):  # or each of its letters would be one
            raise InputError(
                f"a caller's roles are several texts, not {self.roles!r}",
                remedy="Write roles=('operator',).",
            )
