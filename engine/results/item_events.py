"""What became of the rows of a file of events."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from engine.codes import Code
from engine.results.moving import Refusal

MOST_LISTED = 10_000
"""How many refused rows are listed one by one; beyond that they are only counted."""


@dataclass(frozen=True, slots=True)
class EventRefusal:
    """A row whose event was not taken, and why. ``line`` is where it stands, counted from 1 with the header."""

    line: int
    order: str | None
    item: str | None
    event: str | None
    code: Code
    message: str

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        shown = {name: getattr(self, name) for name in self.__slots__}
        return {**shown, "code": str(self.code)}


@dataclass(slots=True)
class EventsReport:
    """What became of rows of events, each counted once.

    ``moved`` were taken; ``stayed`` were taken, and the item stays where it is, for no condition was true or its
    command did not let it go on; ``already`` had been taken before, by this file or by whatever else. ``refused``
    lists the first of the ``refused_rows`` that were not. ``failed`` is what went wrong after a row was taken: an
    automatic step that follows it. ``complete`` is False when a stop was asked for: the rest follows when the same
    file is imported again.
    """

    rows: int = 0
    moved: int = 0
    stayed: int = 0
    already: int = 0
    refused_rows: int = 0
    refused: list[EventRefusal] = field(default_factory=list)
    failed: list[Refusal] = field(default_factory=list)
    complete: bool = True

    def refuse(self, refusal: EventRefusal) -> None:
        """Take note of a row that was not taken."""
        self.refused_rows += 1
        if len(self.refused) < MOST_LISTED:
            self.refused.append(refusal)

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object of ``order import-events``."""
        numbers = ("rows", "moved", "stayed", "already", "refused_rows")
        return {
            **{name: getattr(self, name) for name in numbers},
            "refused": [row.as_dict() for row in self.refused],
            "failed": [one.as_dict() for one in self.failed],
            "complete": self.complete,
        }
