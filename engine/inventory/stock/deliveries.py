"""Which delivery of deltas a file is: one that was applied already, one that was left half way, or a new one.

Equal content is no proof: 5 pieces may arrive on two days. A delivery is its content together with what names it
(``engine.feeds.Delivery``). Where that does not tell, nothing is applied before somebody has said what it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from engine.clock import format_time
from engine.errors import InputError
from engine.feeds import StockSource, ToldApart
from engine.storage.database import Record, Work

_SAY = (
    "If it is another delivery: 'earmark stock import ... --as-new'. If not, take the file away. For all that "
    "come: 'delivery' in the feed says how its deliveries are told apart (docs/feeds.md)."
)


class DeliveryDoubtful(InputError):
    """A delta has the content of one that was applied, and nothing tells whether it is another delivery."""

    code = "delivery_doubtful"


class DeliveryConflict(InputError):
    """A delta has the id of one that was applied, and other content."""

    code = "delivery_conflict"


class _Is(Enum):
    SAME = 1
    DOUBTFUL = 2
    OTHER = 3


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a file of deltas is: ``unfinished`` is the import that it goes on with, ``applied`` the one that has
    applied it; a new delivery is neither. ``note`` is what has to be told.
    """

    unfinished: Record | None = None
    applied: Record | None = None
    note: str | None = None


def recognise(work: Work, file: StockSource, *, as_new: bool) -> Recognised:
    """Return what the file is; ``as_new`` says that it is no delivery that was applied.

    One that was left half way goes on: part of it may be stored. Raises DeliveryDoubtful where nothing tells,
    DeliveryConflict for the id of a delivery with other content.
    """
    said = {"feed": file.terms.feed or "", "file_hash": file.hash, "delivery": file.delivery.id}
    left = _by_likeness(file, work.all("deliveries_unfinished", **said))
    if (unfinished := left.get(_Is.SAME)) is not None:
        return Recognised(unfinished)
    doubtful = left.get(_Is.DOUBTFUL)
    if as_new:  # said again of a stream, which has no time, it goes on
        return Recognised(doubtful if file.delivery.stamp is None else None)
    applied = _by_likeness(file, work.all("deliveries_applied", **said))
    if (same := applied.get(_Is.SAME)) is not None:
        _refuse_other_content(file, same)
        return Recognised(applied=same)
    if doubtful is not None:
        return Recognised(doubtful, note=_goes_on(doubtful))
    if (alike := applied.get(_Is.DOUBTFUL)) is not None:
        raise DeliveryDoubtful(
            f"{file.path} has the content of a delivery that {_told(alike)}, and nothing tells whether it is "
            "another one: nothing of it was applied",
            remedy=_SAY,
        )
    return Recognised()


def _by_likeness(file: StockSource, rows: Sequence[Record]) -> dict[_Is, Record]:
    """Return of the imports, the newest first, the newest one of each likeness."""
    found: dict[_Is, Record] = {}
    for row in rows:
        found.setdefault(_compare(file, row), row)
    return found


def _refuse_other_content(file: StockSource, same: Record) -> None:
    if same.file_hash != file.hash:
        raise DeliveryConflict(
            f"{file.path} is the delivery {file.delivery.id!r}, which {_told(same)} with other content",
            remedy="Let whoever sends it give each delivery an id of its own; '--as-new' applies this one, too.",
        )


def _goes_on(row: Record) -> str:
    stamp = f" of {row.delivery_stamp}" if row.delivery_stamp else ""
    return (
        f"this went on with the same content{stamp}, which was left half way; if it is another delivery, import it "
        "once more with --as-new"
    )


def _told(row: Record) -> str:
    stamp = f" of {row.delivery_stamp}" if row.delivery_stamp else ""
    return f"was applied at {format_time(row.finished_at)} from {row.file}{stamp}"


def _compare(file: StockSource, row: Record) -> _Is:
    here = file.delivery
    if here.id is not None and row.delivery is not None:
        return _Is.SAME if here.id == row.delivery else _Is.OTHER
    if row.file_hash != file.hash:
        return _Is.OTHER
    if file.terms.told_apart is ToldApart.CONTENT:
        return _Is.SAME
    return _by_file(file, row)


def _by_file(file: StockSource, row: Record) -> _Is:
    """Return what a file of the same content is, by its time."""
    here = file.delivery
    if here.stamp is None or row.delivery_stamp is None:
        return _Is.DOUBTFUL
    if here.stamp == row.delivery_stamp:
        return _Is.SAME
    # Another name proves nothing: whoever sends a file again often names it anew.
    return _Is.OTHER if file.terms.told_apart is ToldApart.TIME else _Is.DOUBTFUL
