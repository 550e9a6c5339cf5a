"""Importing stock files that other systems put into a folder: in the order of their counts, each one once.

A file that was imported goes into ``done/`` next to it, one that was refused as a whole into ``failed/``, in
one rename each; beside it lies ``NAME.report.json`` when a row or an item was refused. A file that only met a
busy engine stays and is tried again, and one whose import was stopped half way goes on there. A crash between
import and rename does no harm: the database knows the file by its content and time of count, and the next run
just moves it.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shlex
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from engine.clock import SECOND, format_time, in_range, to_microseconds
from engine.errors import Conflict, EarmarkError, FileChanged, FileUnreadable, StorageError
from engine.feeds import ScheduledFeed, StockSource
from engine.jobs.counted import in_order
from engine.jobs.entries import ending, has_counts, imported, outcome_of, stop_of
from engine.jobs.feed_records import note_outcome
from engine.jobs.runs import Done, internal_error
from engine.jobs.verbs import Verbs
from engine.results import ImportReport, JobOutcome

_log = logging.getLogger("earmark.schedule")

DONE = "done"
"""The folder for imported files, next to where they were."""

FAILED = "failed"
"""The folder for files that were refused as a whole."""


_REPORT = ".report.json"
_MOST_LISTED = 100
_STAYS = "It stays, and is imported again by the next run."


def import_files(engine: Verbs, pattern: str, settle_s: float, feed: ScheduledFeed | None = None) -> Done:
    """Import every file that matches the pattern and was not written to for ``settle_s`` seconds.

    ``feed`` says how they are read; without one they are in the format of Earmark. The counts are of the time that
    a row gives, else of the file's own time, which is never later than the start of its import. A file that cannot
    be imported or moved, whatever it raises, is told and those behind it have their turn. Raises what would meet
    every file: a database that is busy, full or away, another import.
    """
    files: list[dict[str, Any]] = []
    now = engine.runtime.database.clock()
    waiting = waiting_files(pattern, now, settle_s)
    for path in waiting if feed is None else in_order(feed, waiting, now):
        if engine.runtime.stop():
            return Done(JobOutcome.STOPPED, _result(pattern, files))
        entry = _import_or_tell(engine, path, feed)
        if entry is None:
            return Done(JobOutcome.STOPPED, _result(pattern, files))
        files.append(entry)
        if feed is not None:
            note_outcome(engine.runtime.database, feed, entry)
    return Done(outcome_of(files), _result(pattern, files))


def _result(pattern: str, files: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what a run tells: the files it took, and every refused one that still waits for somebody."""
    refused = [str(path) for path in refused_files(pattern)]
    return {"files": files, **({"refused_files": refused} if refused else {})}


def refused_files(pattern: str) -> list[Path]:
    """Return the files that were refused as a whole and lie where they were put, at most 100, by name."""
    folder, name = Path(pattern).parent, Path(pattern).name
    anchor = Path(folder.anchor)
    inside = str(folder.relative_to(anchor)) if folder.anchor else str(folder)
    folders = [anchor / inside] if inside == "." else sorted(anchor.glob(inside))
    found = [path for place in folders for path in sorted((place / FAILED).glob(name))]
    return [path for path in found if path.is_file() and not path.name.endswith(_REPORT)][:_MOST_LISTED]


def _import_or_tell(engine: Verbs, path: Path, feed: ScheduledFeed | None) -> dict[str, Any] | None:
    """Import a file; what goes wrong with this one alone is told, and it stays for the next run."""
    try:
        return _import_one(engine, path, feed)
    except (StorageError, Conflict) as error:
        # A kind of its own concerns every file. The plain one is a statement that this file's content upsets.
        if type(error) is not StorageError:
            raise
        told = error.as_dict()
    except EarmarkError as error:
        told = error.as_dict()
    except Exception as error:
        _log.error("the stock file %s cannot be imported", path, exc_info=error)
        told = dict(internal_error(error))
    return {"file": str(path), "outcome": "failed", "error": told}


def waiting_files(pattern: str, now: int, settle_s: float) -> list[Path]:
    """Return the files to import, oldest first; one written to a moment ago may not be complete yet."""
    found = []
    anchor = Path(pattern).anchor
    for path in Path(anchor).glob(pattern.removeprefix(anchor)):
        try:
            if not path.is_file() or path.parent.name in (DONE, FAILED):
                continue
            age = now - _time_of(path)
        except OSError:
            continue  # whoever put it here took it away again, or it is not for us to see
        # A time in the future says nothing about being complete; such a file must not wait for ever.
        if not 0 <= age < settle_s * SECOND:
            found.append((-age, path))
    return [path for _, path in sorted(found)]


def _import_one(engine: Verbs, path: Path, feed: ScheduledFeed | None) -> dict[str, Any] | None:
    """Import a file and put it away; None when the import was stopped half way."""
    written = _stamped(path, engine.runtime.database.clock())
    lag = round(engine.runtime.rules.stock_update.count_lag_s * SECOND)
    # A disk may give a time that no date can tell: the import refuses such a file.
    as_of = format_time(written - lag) if in_range(written) else None
    entry: dict[str, Any] = {"file": str(path), "as_of": as_of}
    before = _state_of(path)
    try:
        with _opened(path, feed) as counts:
            digest, own = _known_by(counts, written)
            if has_counts(counts) and imported(engine, "" if feed is None else feed.name, digest, own - lag):
                return {
                    **entry,
                    "outcome": "imported",
                    "repeated": True,
                    "moved_to": str(_put_away(path, DONE, None)),
                }
            report = engine.import_stock(counts, file_time=written if feed is None else None)
    except (StorageError, Conflict, FileChanged):
        raise
    except EarmarkError as error:
        told = error.as_dict()
        return {**entry, "outcome": "failed", "error": told, "moved_to": str(_put_away(path, FAILED, told))}
    if _state_of(path) != before:
        changed = f"{path} was written to while it was imported"
        raise FileChanged(changed, remedy=_STAYS)
    shown = report.as_dict()
    entry["as_of"] = format_time(to_microseconds(report.as_of))
    if feed is not None and report.stopped is not None:
        return {**entry, "outcome": "failed", **_not_believed(path, feed, report)}
    if not report.complete:
        return None
    trouble = bool(report.refused or report.blocked or report.failed)
    place = _put_away(path, DONE, shown if trouble else None, before)
    return {**entry, **ending(report), "moved_to": str(place)}


def _not_believed(path: Path, feed: ScheduledFeed, report: ImportReport) -> dict[str, Any]:
    """Put a file away that a guard has stopped, with the command that imports it all the same."""
    place = _free_place(path, FAILED)
    words = ["earmark", "stock", "import", str(place), "--feed", feed.name]
    told = stop_of(report, shlex.join(words)) or {}
    _put_away(path, FAILED, {**told, "report": report.as_dict()})
    return {"error": told, "moved_to": str(place)}


def _opened(path: Path, feed: ScheduledFeed | None) -> AbstractContextManager[Path | StockSource]:
    return nullcontext(path) if feed is None else feed.open(path)


def _known_by(counts: Path | StockSource, written: int) -> tuple[str, int]:
    """Return by what the database knows the file: its content, and its own time."""
    if isinstance(counts, Path):
        return _digest(counts), written
    return counts.hash, written if counts.written_at is None else counts.written_at


def _stamped(path: Path, now: int) -> int:
    """Return when the file was written; one from the future is stamped with now."""
    written = _time_of(path)
    if written > now:
        # Stamped anew, so that the time of the count stays the same should the import have to be repeated.
        os.utime(path, ns=(now * 1000, now * 1000))
    return min(written, now)


def _state_of(path: Path) -> tuple[int, int, int]:
    """Return what changes when a file is written to or replaced."""
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""  # the import will say why it cannot be read


def _put_away(
    path: Path, folder: str, report: Mapping[str, Any] | None, known: tuple[int, int, int] | None = None
) -> Path:
    """Move the file to the folder beside it, with its report; return where it lies.

    Raises FileChanged, with nothing lost, for one that is not ``known`` any more when it has been moved.
    """
    target = _free_place(path, folder)
    try:
        target.parent.mkdir(exist_ok=True)
        if report is not None:
            text = json.dumps(report, indent=2, ensure_ascii=False) + "\n"
            target.with_name(f"{target.name}{_REPORT}").write_text(text, encoding="utf-8")
        path.rename(target)
        if known is not None and _state_of(target) != known:
            _bring_back(target, path)
            raise FileChanged(f"{path} was replaced as it was put away", remedy=_STAYS)
    except OSError as error:
        raise FileUnreadable(
            f"{path} cannot be moved to {target}: {error.strerror}",
            remedy="Let Earmark write to that folder; until then the file is not imported again.",
        ) from None
    return target


def _free_place(path: Path, folder: str) -> Path:
    """Return where in the folder beside it the file has a place of its own, under its name or with a number."""
    target = path.parent / folder / path.name
    number = 1
    while target.exists():
        number += 1
        target = path.parent / folder / f"{path.stem}-{number}{path.suffix}"
    return target


def _bring_back(target: Path, path: Path) -> None:
    """Put a file that nobody has imported where the next run finds it, whatever else lies there by now."""
    number = 1
    place = path
    while True:
        try:
            os.link(target, place)  # which takes no other file's place
            break
        except FileExistsError:
            number += 1
            place = path.with_name(f"{path.stem}-{number}{path.suffix}")
    target.unlink()


def _time_of(path: Path) -> int:
    return path.stat().st_mtime_ns // 1000
