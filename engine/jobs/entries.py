"""What a run of a stock-update job tells of each file: whether it was imported, with its numbers or why not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.codes import Code
from engine.feeds import CountKind, StockSource
from engine.jobs.verbs import Verbs
from engine.results import ImportReport, JobOutcome


def imported(engine: Verbs, feed: str, digest: str, as_of: int) -> bool:
    """Return whether counts of the feed with this content and time were imported to their end.

    Not to be asked of deltas: their import knows best which delivery they are.
    """
    with engine.runtime.database.read() as reader:
        return reader.first("stock_file_imported", file_hash=digest, feed=feed, as_of=as_of) is not None


def numbers_of(report: ImportReport) -> dict[str, Any]:
    """Return the numbers of an import."""
    shown = report.as_dict()
    numbers = {name: shown[name] for name in ("rows", "imported", "released", "kept")}
    return {**numbers, "refused": report.refused_rows}


def has_counts(source: Path | StockSource) -> bool:
    """Return whether a file has counts, and no deltas."""
    return isinstance(source, Path) or source.terms.kind is not CountKind.DELTA


def outcome_of(files: Sequence[Mapping[str, Any]]) -> JobOutcome:
    """Return the outcome of a run by what became of its files."""
    good = all(entry["outcome"] == "imported" and not entry.get("refused") for entry in files)
    return JobOutcome.DONE if good else JobOutcome.PARTLY


def stop_of(report: ImportReport, command: str) -> dict[str, Any] | None:
    """Return what is told of a file that a guard has stopped, None when none has.

    ``command`` is what imports it all the same, without ``--accept``.
    """
    if report.stopped is None:
        return None
    return {
        "code": Code.STOPPED_BY_GUARD.value,
        "message": f"{report.stopped.message}; nothing of it was stored",
        "remedy": f"Look into it. If it is right: {command} --accept",
        "guard": report.stopped.guard,
    }


def ending(report: ImportReport) -> dict[str, Any]:
    """Return what is told of a file that was imported to its end: its numbers, or that it was applied before."""
    if report.already_applied is not None:
        return {"outcome": "imported", "repeated": True}
    return {"outcome": "imported", **numbers_of(report)}
