"""The rows that statements return: named tuples with the statement's columns as fields."""

from __future__ import annotations

from collections import namedtuple
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:

    class Record(tuple[Any, ...]):
        """A row: a named tuple with the statement's columns as fields."""

        def __getattr__(self, name: str) -> Any: ...

else:
    Record = tuple


@cache
def record_type(name: str, columns: tuple[str, ...]) -> Any:
    """Return the type of the rows of a statement."""
    return namedtuple(name, columns, rename=True)


def record_of(name: str, cursor: Any) -> Any:
    """Return the type of the rows that a cursor has for the statement of this name."""
    return record_type(name, tuple(column[0] for column in cursor.description))
