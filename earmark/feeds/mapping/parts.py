"""What is read out of records: of one record, or of many at once, column by column, which costs a fraction of it.

Read for one record, a part raises RowRefused or RowSkipped. Read for many, it leaves None where it would have
raised: these records are then looked at one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from earmark.feeds.mapping.outcomes import MOST_KEPT, Fields, RowRefused, RowSkipped

T = TypeVar("T")


class Batch:
    """The fields of many records; ``column`` is what they have in one place."""

    def __init__(self, fields: Sequence[Fields]) -> None:
        self.fields = fields
        self._columns: dict[int, list[str]] = {}

    def column(self, place: int) -> list[str]:
        """Return the texts of a column."""
        found = self._columns.get(place)
        if found is None:
            found = self._columns[place] = [fields[place] for fields in self.fields]
        return found

    def __len__(self) -> int:
        return len(self.fields)


class Part(Generic[T]):
    """Reads a value out of the fields of a record."""

    def __init__(self, read: Callable[[Fields], T]) -> None:
        self._read = read

    def __call__(self, fields: Fields) -> T:
        """Return the value. Raises RowRefused or RowSkipped."""
        return self._read(fields)

    def column(self, batch: Batch) -> Sequence[T | None]:
        """Return the value of each record, None where it would have raised."""
        return [self._or_none(fields) for fields in batch.fields]

    def _or_none(self, fields: Fields) -> T | None:
        try:
            return self._read(fields)
        except (RowRefused, RowSkipped):
            return None


class Always(Part[T]):
    """The same for every record."""

    def __init__(self, value: T) -> None:
        super().__init__(lambda _: value)
        self._value = value

    def column(self, batch: Batch) -> Sequence[T | None]:
        """Return it for each record."""
        return [self._value] * len(batch)


class OfText(Part[T]):
    """Depends on the text in one column, and remembers what texts mean."""

    def __init__(self, place: int, read: Callable[[str], T]) -> None:
        known = Known(read)
        super().__init__(lambda fields: known.read(fields[place]))
        self._place, self._known = place, known

    def column(self, batch: Batch) -> Sequence[T | None]:
        """Return the value of each record, None where it would have raised."""
        return list(map(self._known.__getitem__, batch.column(self._place)))


class Known(dict[str, T]):
    """What texts mean, as far as it has been read; ``known[text]`` is None for what cannot be read."""

    def __init__(self, read: Callable[[str], T]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, text: str) -> T | None:
        try:
            return self.read(text)
        except (RowRefused, RowSkipped):
            return None

    def read(self, text: str) -> T:
        """Return what the text means. Raises RowRefused or RowSkipped."""
        found = self.get(text)
        if found is None:
            found = self._read(text)
            if len(self) < MOST_KEPT:
                self[text] = found
        return found
