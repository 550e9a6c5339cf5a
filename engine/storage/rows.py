"""What the rows of a statement are."""

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
    """Return the kind of rows of a statement with these columns."""
    return namedtuple(name, columns, rename=True)
