"""What people read of a stock import: what it did, or what it would do, and what stopped it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from earmark.words.text import count

if TYPE_CHECKING:
    from datetime import datetime

    from engine.results import Foreseen, ForeseenAmount, ImportReport

_FROM = {
    "file": "that is the file's own time, and a copy has a new one: say --as-of TIME if it was counted before",
    "start": "that is the start of the import: a stream has no time, and no item waited for a count",
}
"""What is to be known of a time that nobody has given."""


def came_to_lines(report: ImportReport) -> Iterator[str]:
    """Yield what the import came to, or would come to."""
    if report.stopped is not None and not report.dry_run:
        yield f"stopped, nothing is stored: {report.stopped.message}"
        yield "look at the file; '--accept' imports it as it is"
        return
    if report.already_applied is not None:
        return
    yield _summary(report)
    if report.kind == "on_hand" and report.as_of_from in _FROM:
        yield _FROM[report.as_of_from]
    if report.changed and report.foreseen is None:
        yield f"{count(report.changed, 'number')} of stock changed{_unnamed(report)}"
    for released in report.released_items:
        place = f"{released.process} in {released.state}{_such_as(released.items, released.first)}"
        yield f"{_would(report, 'released')}: {count(released.items, 'item')} of {place}"
    for kept in report.kept_items:
        place = f"{kept.process} in {kept.state}{_such_as(kept.items, kept.first)}"
        yield f"kept: {count(kept.items, 'item')} of {place}: {kept.message}"
    if report.foreseen is not None:
        yield from _foreseen_lines(report.foreseen, _unnamed(report))
    if report.stopped is not None:
        yield f"without '--accept' nothing would be stored: {report.stopped.message}"


def given_back_line(file: Path, report: ImportReport) -> str:
    """Return where the refused rows are, and how they are imported again."""
    told = f"{count(report.refused_rows, 'refused row')} written to {file}"
    if not report.refused_rows or report.as_of_from == "rows":
        return told
    return f"{told}: mend them and import the file again, as of {_moment(report.as_of)} (--as-of)"


def _summary(report: ImportReport) -> str:
    dry = "dry run, nothing is stored: " if report.dry_run else ""
    times = ", each as of its own time" if report.as_of_from == "rows" else f" as of {_moment(report.as_of)}"
    skipped = f", {report.skipped} skipped" if report.skipped else ""
    later = f" ({report.later} with deltas that are later)" if report.later else ""
    return (
        f"{dry}{report.imported} of {count(report.rows, 'row')} {_would(report, 'imported')}{later}{times}, "
        f"{report.refused_rows} refused{skipped}; "
        f"{count(report.released, 'item')} {_would(report, 'released')}, {report.kept} kept"
    )


def _such_as(items: int, first: int | None) -> str:
    if first is None:
        return ""
    return f" (item {first})" if items == 1 else f" (item {first} and others)"


def _would(report: ImportReport, done: str) -> str:
    return f"would be {done}" if report.dry_run else done


def _unnamed(report: ImportReport) -> str:
    return f", {report.zeroed} of them to 0 as the file does not name them" if report.zeroed else ""


def _foreseen_lines(foreseen: Foreseen, unnamed: str) -> Iterator[str]:
    rows = foreseen.changed + foreseen.unchanged
    by = f"by {foreseen.up:f} up and {foreseen.down:f} down"
    yield f"{foreseen.changed} of {count(rows, 'number')} of stock would change, {by}{unnamed}"
    for change in foreseen.changes:
        before = "nothing" if change.before is None else f"{change.before:f}"
        line = "" if change.line is None else f" (line {change.line})"
        yield f"  {change.sku} in {change.warehouse}: {before} -> {change.after:f}{line}"
    yield from _more(foreseen.changed, len(foreseen.changes))
    yield from _amounts("would sell out", foreseen.sells_out, foreseen.selling_out)
    yield from _amounts("could be sold again", foreseen.becomes_sellable, foreseen.becoming_sellable)
    yield from _amounts("would be short, by", foreseen.becomes_short, foreseen.becoming_short)


def _amounts(what: str, total: int, listed: Sequence[ForeseenAmount]) -> Iterator[str]:
    if total:
        yield f"{count(total, 'product')} of stores {what}:"
        yield from (f"  {one.sku} in {one.store}: {one.before:f} -> {one.after:f}" for one in listed)
        yield from _more(total, len(listed))


def _more(total: int, listed: int) -> Iterator[str]:
    if total > listed:
        yield f"  and {total - listed} more"


def _moment(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M:%S}Z"
