"""Events of single items, many at once and in their order: what a warehouse tells of orders in a file.

Rows of one item are taken one after the other, those of different items together: the first rows of all items by
event, then the second ones, and so on. So a hundred thousand rows are a few calls. Each row is answered by itself.

A key (the hash of the file) makes it safe to import the same rows again, after a crash or by mistake: it is written
to the history with each step, and a row that was taken under it is not taken twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from engine.codes import Code
from engine.errors import UnknownEvent
from engine.moving.step import Origin
from engine.nouns import count
from engine.operations.trigger import check_event, trigger_items
from engine.requests import ItemEvent
from engine.results import EventRefusal, EventsReport, MoveReport
from engine.runtime import Progress, Runtime, no_progress
from engine.storage.database import Reader, Record

WINDOW = 20_000
"""How many rows are looked up at once, and sorted into calls."""

Rows = Iterable[ItemEvent | EventRefusal]
"""Rows in their order; one that could not be read is refused already."""

_Name = tuple[str | None, str]
"""An item as a row names it: by its order, if that is told, and its own reference."""


def import_events(
    runtime: Runtime, rows: Rows, origin: Origin, *, again: bool, progress: Progress = no_progress
) -> EventsReport:
    """Fire the events for their items, in the order of the rows of each item.

    ``again`` tells that rows may have been taken under the correlation of ``origin`` before. Raises DatabaseBusy,
    DatabaseFull and DatabaseUnusable: what was taken before stays taken.
    """
    report, source = EventsReport(), iter(rows)
    while some := list(islice(source, WINDOW)):
        if runtime.stop():
            report.complete = False
            break
        window = _Window(runtime, origin, report)
        window.sort(some, again=again)
        if not window.fire():
            break
        progress(report.rows, None)
    return report


class _Piece(NamedTuple):
    """An item of a line of an order, and the id of the state it stands in."""

    id: int
    order: int
    line: int
    state: int


class _Window:
    """Some rows: sorted into waves of calls, and what became of each told in the report."""

    def __init__(self, runtime: Runtime, origin: Origin, report: EventsReport) -> None:
        self._runtime, self._origin, self._report = runtime, origin, report
        self._waves: list[dict[str, dict[int, ItemEvent]]] = []
        self._taken: Counter[tuple[int, str]] = Counter()

    def sort(self, rows: Sequence[ItemEvent | EventRefusal], *, again: bool) -> None:
        """Refuse what is unknown, pass over what was taken before, and put the rest into waves."""
        self._report.rows += len(rows)
        for row in rows:
            if isinstance(row, EventRefusal):
                self._report.refuse(row)
        with self._runtime.database.read() as reader:
            known = list(self._known(reader, [row for row in rows if isinstance(row, ItemEvent)]))
            if again:
                self._taken = self._taken_by(reader, sorted({item for _, item in known}))
        before, places = Counter(self._taken), Counter[int]()
        for row, item in known:
            if before[item, row.event] > 0:
                before[item, row.event] -= 1
                self._report.already += 1
                continue
            place = places[item]
            places[item] += 1
            while len(self._waves) <= place:
                self._waves.append({})
            self._waves[place].setdefault(row.event, {})[item] = row

    def fire(self) -> bool:
        """Fire the waves one after the other; return whether all of them were fired."""
        for wave in self._waves:
            for event, rows in wave.items():
                moved = MoveReport()
                trigger_items(self._runtime, event, sorted(rows), self._origin, moved, no_progress)
                self._tell(event, rows, moved)
                if not moved.complete:
                    self._report.complete = False
                    return False
        return True

    def _known(self, reader: Reader, rows: Sequence[ItemEvent]) -> Iterator[tuple[ItemEvent, int]]:
        """Yield the rows whose item and event there are, each with the item; refuse the others."""
        items, orders = _items(reader, rows)
        events = {event: self._unknown_event(reader, event) for event in {row.event for row in rows}}
        for row in rows:
            found = items.get((row.order, row.item), ())
            if events[row.event] is not None:
                self._refuse(row, Code.UNKNOWN_EVENT, str(events[row.event]))
            elif len(found) == 1:
                yield row, found[0].id
            elif found and len({(piece.order, piece.line) for piece in found}) == 1:
                pieces = self._pieces(reader, found, row.event)
                if len(pieces) == 1:
                    yield row, pieces[0].id
                else:
                    ids = ", ".join(str(piece.id) for piece in pieces)
                    text = f"'{row.item}' has become the items {ids}, which can all take the event"
                    self._refuse(row, Code.AMBIGUOUS_ITEM, f"{text}; fire it for them by their ids")
            elif found:
                where = (
                    "of several orders; name the order"
                    if row.order is None
                    else f"of the order '{row.order}'"
                )
                self._refuse(
                    row,
                    Code.AMBIGUOUS_ITEM,
                    f"'{row.item}' is the reference of {count(len(found), 'item')} {where}",
                )
            elif row.order is not None and row.order not in orders:
                self._refuse(row, Code.UNKNOWN_ORDER, f"there is no order '{row.order}'")
            else:
                where = "" if row.order is None else f" in the order '{row.order}'"
                self._refuse(
                    row, Code.UNKNOWN_ITEM, f"there is no item with the reference '{row.item}'{where}"
                )

    def _pieces(self, reader: Reader, found: Sequence[_Piece], event: str) -> Sequence[_Piece]:
        """Return the items of a line that can take the event; when none can, the one that the others went from."""
        catalogue = self._runtime.catalogue
        places = [(piece, catalogue.place(reader, piece.state)) for piece in found]
        able = [piece for piece, place in places if event in place.version.offered(place.state)]
        return sorted(able) or [min(found)]

    def _unknown_event(self, reader: Reader, event: str) -> str | None:
        try:
            check_event(self._runtime, reader, event)
        except UnknownEvent as error:
            return error.message
        return None

    def _taken_by(self, reader: Reader, items: Sequence[int]) -> Counter[tuple[int, str]]:
        rows = reader.all("events_taken", items=items, correlation=self._origin.correlation)
        return Counter({(int(row.item_id), str(row.event)): int(row.times) for row in rows})

    def _tell(self, event: str, rows: Mapping[int, ItemEvent], moved: MoveReport) -> None:
        """Tell what became of the rows of a call."""
        told = (*moved.blocked, *moved.failed, *moved.stuck)
        refused = {one.item: one for one in told if one.item is not None and one.item in rows}
        self._report.failed += [one for one in (*moved.failed, *moved.stuck) if one.item not in rows]
        self._report.moved += moved.moved
        self._report.stayed += moved.stayed
        if not refused and not moved.stayed:
            self._taken.update((item, event) for item in rows)
            return
        lacking = [item for item, one in refused.items() if one.code == Code.EVENT_NOT_AVAILABLE]
        with self._runtime.database.read() as reader:
            now = self._taken_by(reader, sorted(rows))
            behind = self._behind(reader, event, sorted(lacking))
        for item, one in refused.items():
            if now[item, event] > self._taken[item, event]:
                self._report.failed.append(one)  # the row was taken: it is what follows that went wrong
            elif item in behind:
                self._report.already += 1
            else:
                self._refuse(rows[item], one.code, one.message)
        for key, times in now.items():
            self._taken[key] = times

    def _behind(self, reader: Reader, event: str, items: Sequence[int]) -> set[int]:
        """Return the items that have taken the event some time, or stand where it leads to."""
        if not items:
            return set()
        found = {int(row.item_id) for row in reader.all("event_behind", items=items, event=event)}
        for row in reader.all("states_stood_in", items=[item for item in items if item not in found]):
            place = self._runtime.catalogue.place(reader, row.state_id)
            known = place.version.event(event)
            if known is not None and any(
                step.event == known.index and step.target == place.state.index
                for step in place.version.process.transitions
            ):
                found.add(int(row.id))
        return found

    def _refuse(self, row: ItemEvent, code: Code, message: str) -> None:
        self._report.refuse(EventRefusal(row.line, row.order, row.item, row.event, code, message))


def _piece(row: Record) -> _Piece:
    return _Piece(int(row.id), int(row.order_id), int(row.line), int(row.state_id))


def _items(reader: Reader, rows: Sequence[ItemEvent]) -> tuple[dict[_Name, list[_Piece]], set[str]]:
    """Return the items that are named, by how they are, and the orders that there are."""
    found: dict[_Name, list[_Piece]] = {}
    named = sorted({(row.order, row.item) for row in rows if row.order is not None})
    alone = sorted({row.item for row in rows if row.order is None})
    if named:
        for row in reader.all("items_of_references", rows=[list(name) for name in named]):
            found.setdefault((row.order_reference, row.reference), []).append(_piece(row))
    if alone:
        for row in reader.all("items_referenced", references=alone):
            found.setdefault((None, row.reference), []).append(_piece(row))
    lost = sorted({order for order, item in named if (order, item) not in found and order is not None})
    known = {str(row.reference) for row in reader.all("known_orders", references=lost)} if lost else set()
    return found, known
