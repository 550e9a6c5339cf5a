"""What the translation of guards takes and makes: parts of expressions, values and conditions in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol


class Expression(Protocol):
    """A part of a checked expression, as ``rules.guards.tree.Node`` is one."""

    @property
    def kind(self) -> str:
        """What it is: ``constant``, ``field``, ``json``, ``has``, ``call``, ``list``, ``exists``, ``all``, ..."""

    @property
    def type(self) -> str:
        """The type of its value."""

    @property
    def value(self) -> Any:
        """The constant, or the name of what is asked or called."""

    @property
    def args(self) -> Sequence[Expression]:
        """What it is made of."""


class Untranslatable(Exception):
    """A part that the database would answer otherwise, or not at all: Python decides."""


@dataclass(frozen=True, slots=True)
class Value:
    """A value: NULL where it is null or an error.

    ``null`` is the condition that it is null, None where it never is. An int lies within ``low`` and ``high``. A
    double that is not 0 is of a magnitude within them, or of any where ``high`` is None. ``raw`` is a quantity in
    millionths.
    """

    sql: str
    type: str
    null: str | None = None
    low: float = 0
    high: float | None = None
    raw: str | None = None
    constant: Any = None


@dataclass(frozen=True, slots=True)
class Condition:
    """When a condition is surely true, and when it is surely false; both may be NULL where neither is so.

    ``once`` says both in one: true, false, or NULL where neither is so. AND, OR and NOT of the database join these
    as the language joins what may be an error.
    """

    true: str
    false: str
    once: str = ""

    @property
    def told(self) -> str:
        """The condition as one expression: true, false or NULL."""
        return self.once or f"(CASE WHEN {self.true} THEN true WHEN {self.false} THEN false END)"

    def __invert__(self) -> Condition:
        return Condition(self.false, self.true, f"(NOT {self.told})")

    def __and__(self, other: Condition) -> Condition:
        true, false = f"({self.true} AND {other.true})", f"({self.false} OR {other.false})"
        return Condition(true, false, f"({self.told} AND {other.told})")

    def __or__(self, other: Condition) -> Condition:
        true, false = f"({self.true} OR {other.true})", f"({self.false} AND {other.false})"
        return Condition(true, false, f"({self.told} OR {other.told})")


UNKNOWN = Condition("false", "false", "CAST(NULL AS boolean)")
"""What the database cannot tell: neither surely true nor surely false."""

LARGEST_INT = 2**63 - 1
EXACT = 2**53
"""Up to here every int is a double."""

LARGEST_DOUBLE, SMALLEST_DOUBLE = 1e300, 1e-290
"""Within these magnitudes no sum, difference, product or quotient overflows or underflows."""
