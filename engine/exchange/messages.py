"""The messages between databases: JSON of a format with a number, each complete in itself.

Whoever reads one needs nothing but the message: it tells absolute amounts with their version, never by how much
they changed, so that it may come twice, late, or not at all.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.clock import format_time, parse_time
from engine.codes import Code
from engine.errors import TimeInvalid
from engine.exchange.refusal import NotTaken
from engine.inventory.promised import LARGEST_SUM
from engine.nouns import count
from engine.quantity import SCALE, format_quantity

FORMAT = 1
"""The number of the format of messages. A reader keeps messages of a higher one aside."""

BUCKETS = 256
"""Into how many parts the products of a store are divided when two databases compare what they have."""

LARGEST = 1 << 26
"""The most bytes that a message may have."""

_HIGHEST = (1 << 62) - 1


class Row(NamedTuple):
    """What a store reserves and holds of a product, in millionths, as of a version that grows with every change.

    ``counted_at`` is the newest count of the product in the warehouses of the store, UTC microseconds.
    """

    store: str
    sku: str
    version: int
    reserved: int
    held: int
    counted_at: int | None = None

    @property
    def bucket(self) -> int:
        """The part of the products that the sku belongs to."""
        return bucket_of(self.sku)


def bucket_of(sku: str) -> int:
    """Return the part of the products that a sku belongs to, the same in every database."""
    return zlib.crc32(sku.encode()) % BUCKETS


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


_Name = Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[^\x00]+$")]
_Number = Annotated[int, Field(ge=0, le=_HIGHEST)]
_Amount = Annotated[str, Field(pattern=r"^[0-9]{1,13}(\.[0-9]{1,6})?$")]
_Bucket = Annotated[int, Field(ge=0, lt=BUCKETS)]


class _Row(_Part):
    store: _Name
    sku: _Name
    version: _Number
    reserved: _Amount
    held: _Amount
    counted_at: str | None = None

    def row(self) -> Row:
        counted = None if self.counted_at is None else parse_time(self.counted_at)
        return Row(self.store, self.sku, self.version, _amount(self.reserved), _amount(self.held), counted)


class Buckets(_Part):
    """Parts of the products of a store."""

    store: _Name
    buckets: tuple[_Bucket, ...] = Field(strict=False)


class Sums(_Part):
    """What a store reserves and holds, summed up by bucket: numbers that differ where the amounts do."""

    store: _Name
    sums: Annotated[tuple[_Name, ...], Field(strict=False, min_length=BUCKETS, max_length=BUCKETS)]


class Message(_Part):
    """What all messages say: which database tells it, in which of its epochs, and when (UTC microseconds)."""

    earmark: Literal[1] = 1
    kind: str
    id: _Name
    origin: _Name
    epoch: _Number
    sent_at: str

    @property
    def sent(self) -> int:
        """When it was sent, UTC microseconds by the sender's clock."""
        return parse_time(self.sent_at)


class Changes(Message):
    """Reservations of stores of the sender. ``stores`` are all that it tells of, whether or not they have a row
    here.

    With ``whole`` the rows are all that the sender has ever had in these parts of the products.
    """

    kind: Literal["changes"] = "changes"
    stores: tuple[_Name, ...] = Field(strict=False)
    rows: tuple[_Row, ...] = Field(strict=False)
    whole: Buckets | None = None

    def newest(self) -> list[Row]:
        """Return a row for each (store, sku), the newest if there are several."""
        found: dict[tuple[str, str], Row] = {}
        for told in self.rows:
            row = told.row()
            known = found.get((row.store, row.sku))
            if known is None or known.version < row.version:
                found[row.store, row.sku] = row
        return list(found.values())


class Digest(Message):
    """What the stores of the sender reserve and hold, summed up, to be compared."""

    kind: Literal["digest"] = "digest"
    stores: tuple[Sums, ...] = Field(strict=False)


class Answer(Message):
    """An answer to another database: what was taken of its messages, what is missing, what is newer than it told.

    ``its_epoch`` is the latest epoch of that database which was heard of; ``ahead`` are rows of that epoch.
    """

    kind: Literal["answer"] = "answer"
    to: _Name
    its_epoch: _Number
    acknowledged: tuple[_Name, ...] = Field(default=(), strict=False)
    wanted: tuple[Buckets, ...] = Field(default=(), strict=False)
    ahead: tuple[_Row, ...] = Field(default=(), strict=False)

    def rows_ahead(self) -> list[Row]:
        """Return the rows that are newer than what was told."""
        return [told.row() for told in self.ahead]


_KINDS: Mapping[str, type[Changes | Digest | Answer]] = {
    "changes": Changes,
    "digest": Digest,
    "answer": Answer,
}


def row_of(row: Row) -> dict[str, Any]:
    """Return the row as messages have it."""
    told: dict[str, Any] = {
        "store": row.store,
        "sku": row.sku,
        "version": row.version,
        "reserved": format_quantity(max(row.reserved, 0)),
        "held": format_quantity(max(row.held, 0)),
    }
    if row.counted_at is not None:
        told["counted_at"] = format_time(row.counted_at)
    return told


def rows_of(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Return the rows as messages have them."""
    return [row_of(row) for row in rows]


def canonical(document: Mapping[str, Any]) -> bytes:
    """Return the one way to write a message, which is what is signed."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def parsed(body: bytes) -> dict[str, Any]:
    """Return the JSON object of a message. Raises NotTaken for what is none, or is of a newer format."""
    if len(body) > LARGEST:
        raise NotTaken(Code.MESSAGE_INVALID, f"it has {count(len(body), 'byte')}, more than {LARGEST}")
    try:
        document: Any = json.loads(body, parse_constant=_no_number)
        canonical(document)
    except (ValueError, RecursionError) as error:
        raise NotTaken(Code.NOT_JSON, f"it is not JSON: {str(error)[:200]}") from None
    number = document.get("earmark") if isinstance(document, dict) else None
    if not isinstance(document, dict) or not isinstance(number, int) or isinstance(number, bool):
        raise NotTaken(Code.MESSAGE_INVALID, "it is no message of the exchange: it has no number of a format")
    if number > FORMAT:
        raise NotTaken(Code.NEWER_FORMAT, f"it is of format {number}; this version reads up to {FORMAT}")
    return document


def understood(document: Mapping[str, Any]) -> Changes | Digest | Answer:
    """Return the message. Raises NotTaken for one that is not as it should be, with the first things that are
    wrong.
    """
    kind = document.get("kind")
    if not isinstance(kind, str) or kind not in _KINDS:
        raise NotTaken(Code.MESSAGE_INVALID, f"its kind is {str(kind)[:60]!r}, not changes, digest or answer")
    try:
        message = _KINDS[kind].model_validate(document)
        parse_time(message.sent_at)
        if isinstance(message, Changes):
            message.newest()
    except ValidationError as error:
        raise NotTaken(Code.MESSAGE_INVALID, _first(error.errors())) from None
    except TimeInvalid as error:
        raise NotTaken(Code.MESSAGE_INVALID, error.message) from None
    return message


def _first(errors: Sequence[Any]) -> str:
    told = [f"{'.'.join(map(str, row['loc']))}: {row['msg']}" for row in errors[:3]]
    return "; ".join(told) + (f" and {len(errors) - 3} more" if len(errors) > 3 else "")


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no number")


def _amount(text: str) -> int:
    whole, _, fraction = text.partition(".")
    return min(int(whole) * SCALE + int(fraction.ljust(6, "0") or 0), LARGEST_SUM)
