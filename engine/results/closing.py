"""What became of orders that are closed: archived, or made anonymous."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.results.plain import plain


@dataclass(slots=True)
class ArchiveReport:
    """How many orders and items were archived, or with ``dry_run`` would be; closed since before ``before``.

    ``already`` were archived before. ``needed`` tells of closed orders that were left, by what still needs them:
    ``work`` that is due or was begun, a ``migration`` that may be undone, the ``newest`` order of all.
    ``complete`` is False when a stop was asked for: the rest is left for the next run.
    """

    before: datetime
    dry_run: bool = False
    complete: bool = True
    archived: int = 0
    items: int = 0
    already: int = 0
    needed: dict[str, int] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object of ``order archive``."""
        return {name: plain(getattr(self, name)) for name in self.__slots__}


@dataclass(slots=True)
class ForgetReport:
    """How many orders were made anonymous, or with ``dry_run`` would be; closed since before ``before``.

    ``already`` were so before. ``values`` is how many values were taken out of each path of the orders' JSON,
    ``history`` how many out of what events were given and commands returned. ``complete`` is as with archiving.
    """

    before: datetime
    dry_run: bool = False
    complete: bool = True
    forgotten: int = 0
    already: int = 0
    values: dict[str, int] = field(default_factory=dict)
    history: int = 0
    needed: dict[str, int] = field(default_factory=dict)

    def add(self, found: Mapping[str, int]) -> None:
        """Count values that were taken out, by path."""
        for path, number in found.items():
            self.values[path] = self.values.get(path, 0) + number

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object of ``order forget``."""
        return {name: plain(getattr(self, name)) for name in self.__slots__}
