"""What becomes of a record that is not taken: it is refused, or none of the feed's."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from engine.results import Code

Fields = Sequence[str]

Getter = Callable[[Fields], str]
"""Takes a text out of the fields of a record."""

MOST_KEPT = 1 << 16
"""How many different texts are remembered with what they mean."""


class RowRefused(Exception):
    """The row cannot be taken."""

    def __init__(self, code: Code, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


class RowSkipped(Exception):
    """The row is none of the feed's; ``why`` is what says so."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why
