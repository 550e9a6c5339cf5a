"""What ``earmark feed try`` tells of a file: the first rows as they are understood, and what is not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from earmark.cli.output import Answer, line, lines, table
from earmark.cli.shell import Shell
from earmark.words.text import count

if TYPE_CHECKING:
    from rich.console import Console

    from earmark.cli.feed_files import Here
    from earmark.feeds.model import Feed
    from earmark.feeds.trying import Found, Trial, UnknownNames
    from engine.feeds import StockRow

_COLUMNS = ("#line", "sku", "warehouse", "#quantity", "never out of stock", "bundle", "counted at")


def tried(shell: Shell, name: str, file: str | None, rows: int) -> Answer:
    """Return what a feed makes of a file, or of what an address answers; of its own source where none is named.

    Raises UnknownFeed, FileUnreadable, InputError or TimeInvalid.
    """
    from earmark.cli.feed_files import here, source_of
    from earmark.feeds.loading import feed_named
    from earmark.feeds.trying import try_source
    from engine.api.values import system_clock
    from engine.errors import FileChanged, InputError

    feed = feed_named(shell.settings.feeds, name)
    with ExitStack() as stack:
        unknown, why_not = _names(shell, stack)
        path = stack.enter_context(here(feed, file))
        try:
            source = stack.enter_context(source_of(feed, path, shell.formats_for(feed)))
            trial = try_source(source, latest=system_clock(), rows=rows, unknown=unknown)
        except FileChanged:
            raise
        except InputError as error:
            raise type(error)(
                error.lines[0], listed=(*error.lines[1:], *_looks(feed, path)), remedy=error.remedy
            ) from None
        hints = list(_hints(trial, path))
    return Answer(
        _as_dict(trial, hints, why_not),
        lambda out: _show(out, trial, hints, why_not),
        refused=bool(trial.refused),
    )


def _names(shell: Shell, stack: ExitStack) -> tuple[UnknownNames | None, str]:
    """Return what tells which names the database lacks, or why nothing does."""
    from engine.api.opening import may_exist
    from engine.errors import EarmarkError

    try:
        if not may_exist(shell.settings.database_url):
            return None, "there is no database yet"
        return stack.enter_context(shell.engine()).unknown_names, ""
    except EarmarkError as error:
        return None, error.lines[0]


def _looks(feed: Feed, file: Here) -> Iterator[str]:
    """Yield what the file looks like where the feed says otherwise."""
    from earmark.feeds.guessing import guess
    from engine.errors import EarmarkError

    if feed.format != "csv":
        return
    try:
        found = guess(file.path, file.called)
    except EarmarkError:
        return
    pairs = (("encoding", feed.encoding, found.encoding), ("delimiter", feed.delimiter, found.delimiter))
    for key, said, likely in pairs:
        if likely != said:
            yield f"its {key} looks like {likely!r}, the feed says {said!r}"


def _hints(trial: Trial, file: Here) -> Iterator[str]:
    """Yield which signs the file seems to have, where quantities are refused."""
    from earmark.feeds.guessing import guess
    from engine.errors import EarmarkError
    from engine.results import Code

    of_signs = {Code.BAD_QUANTITY, Code.DOUBTFUL_QUANTITY, Code.BAD_TEXT}
    if trial.feed.format != "csv" or not of_signs & set(trial.refused):
        return
    try:
        found = guess(file.path, file.called)
    except EarmarkError:
        return
    for key in ("encoding", "decimal", "thousands"):
        likely = getattr(found, key)
        if likely is not None and likely != getattr(trial.feed, key):
            yield f'{key} = "{likely}" may be meant'


def _as_dict(trial: Trial, hints: list[str], why_not: str) -> dict[str, Any]:
    feed = trial.feed
    return {
        "file": str(trial.path),
        "feed": feed.name,
        "kind": str(feed.kind),
        "format": feed.format,
        "columns": [{"name": name, "used": name not in trial.unused} for name in trial.columns],
        "counted_at": {
            "from": "file" if trial.time_column is None else trial.time_column,
            "earliest": _time(trial.earliest if trial.time_column else trial.written_at),
            "latest": _time(trial.latest if trial.time_column else trial.written_at),
        },
        "rows": [_row(row) for row in trial.shown],
        "taken": trial.taken,
        "warehouses": dict(trial.warehouses.most_common()),
        "refused_rows": trial.refused_rows,
        "refused": [{"code": code, **_found(found)} for code, found in trial.refused.items()],
        "skipped": [{"why": why, "rows": rows} for why, rows in trial.skipped.most_common()],
        "below_zero": _found(trial.below_zero),
        "repeated": {
            **_found(trial.repeated),
            "differing": trial.differing,
            "policy": str(feed.repeated),
            "complete": trial.complete,
        },
        "never_out_of_stock": trial.unlimited,
        "bundles": trial.bundles,
        "zero": trial.nothing,
        "unknown": None
        if trial.unknown_skus is None or trial.unknown_warehouses is None
        else {"skus": _found(trial.unknown_skus), "warehouses": _found(trial.unknown_warehouses)},
        "not_compared": why_not or None,
        "notes": list(trial.notes),
        "guesses": hints,
    }


def _found(found: Found) -> dict[str, Any]:
    return {"rows": found.rows, "first": [{"line": number, "message": text} for number, text in found.first]}


def _row(row: StockRow) -> dict[str, Any]:
    from engine.api.values import format_quantity

    return {
        "line": row.line,
        "sku": row.sku,
        "warehouse": row.warehouse,
        "quantity": format_quantity(row.quantity),
        "never_out_of_stock": row.never_out_of_stock,
        "is_bundle": row.is_bundle,
        "counted_at": _time(row.counted_at),
    }


def _time(moment: int | None) -> str | None:
    from engine.api.values import format_time

    return None if moment is None else format_time(moment)


def _show(out: Console, trial: Trial, hints: list[str], why_not: str) -> None:
    line(out, f"{trial.path}, as the feed {trial.feed.name} understands it ({trial.feed.kind}):")
    table(out, _COLUMNS, [tuple(_row(row).values()) for row in trial.shown], empty="no row is taken")
    lines(out, _taken(trial))
    for code, found in trial.refused.items():
        lines(out, _examples(f"{count(found.rows, 'row')} refused: {code}", found), "red")
    lines(out, (f"{count(rows, 'row')} skipped: {why}" for why, rows in trial.skipped.most_common()))
    lines(out, _odd(trial), "yellow")
    for what, some in (("sku", trial.unknown_skus), ("warehouse", trial.unknown_warehouses)):
        if some is not None and some.rows:
            lines(
                out,
                _examples(f"{count(some.rows, 'row')} with a {what} that the database does not have", some),
                "red",
            )
    if why_not:
        line(out, f"skus and warehouses are not compared with a database: {why_not}")
    lines(out, (f"note: {note}" for note in trial.notes))
    lines(out, (f"guess: {hint}" for hint in hints), "yellow")
    line(out, "nothing was stored")


def _taken(trial: Trial) -> Iterator[str]:
    held = ", ".join(f"{name} {rows}" for name, rows in trial.warehouses.most_common(10))
    more = ", ..." if len(trial.warehouses) > 10 else ""
    yield f"{count(trial.taken, 'row')} taken{f': {held}{more}' if held else ''}"
    told = [
        (trial.nothing, "with 0"),
        (trial.unlimited, "never out of stock"),
        (trial.bundles, "of a bundle"),
    ]
    if some := [f"{number} {what}" for number, what in told if number]:
        yield f"of these {', '.join(some)}"
    unused = [name for name in trial.unused if name]
    if unused:
        yield f"columns that are not used: {', '.join(unused)}"
    yield f"counted: {_when(trial)}"


def _when(trial: Trial) -> str:
    if trial.time_column is not None:
        span = "" if trial.earliest is None else f", from {_time(trial.earliest)} to {_time(trial.latest)}"
        return f"by {trial.time_column}{span}"
    if trial.written_at is None:
        return "nothing tells: a stream has no time of its own"
    return f"{_time(trial.written_at)}, by the file's own time (a copy has a new one)"


def _odd(trial: Trial) -> Iterator[str]:
    below, again = trial.below_zero, trial.repeated
    if below.rows:
        yield from _examples(
            f"{count(below.rows, 'row')} below zero: 0 is taken, so nothing of it is sold", below
        )
    if again.rows:
        differing = f", {trial.differing} of them otherwise" if trial.differing else ""
        what = f"{count(again.rows, 'row')} for what an earlier row names{differing}: {trial.becomes_of_repeated}"
        yield from _examples(what, again)
    if not trial.complete:
        yield "the file is so large that not all rows were compared with each other"


def _examples(what: str, found: Found) -> Iterator[str]:
    yield what
    yield from (f"  line {number}: {text}" for number, text in found.first)
    if found.rows > len(found.first):
        yield "  ..."
