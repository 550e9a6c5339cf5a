"""``earmark db``: bringing a database to this version, backing it up, and moving it to another database."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from earmark.cli.command import command
from earmark.cli.groups import Groups, group
from earmark.cli.output import Answer, line
from earmark.cli.shell import Shell
from earmark.words.text import count


def add_to(app: typer.Typer, groups: Groups) -> None:
    """Add the commands."""
    db = group(app, groups, "db")
    command(db, "upgrade")(upgrade)
    command(db, "backup")(backup)
    command(db, "copy")(copy)


def upgrade(shell: Shell) -> Answer:
    """Bring the database to the schema of this version, making it when there is none. Make a backup first."""
    from engine.api import opening

    url = shell.settings.database_url
    revision = opening.upgrade(url)
    shown = opening.shown_url(url)
    return Answer(
        {"database": shown, "schema": revision}, lambda out: line(out, f"{shown} has schema {revision}")
    )


def backup(
    shell: Shell,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to make; never one that is there.")],
) -> Answer:
    """Write the whole database into a new file, as it is at this moment, while everything goes on."""
    from engine.api import copies

    with _put_away(), shell.progress("pages") as progress:
        report = copies.backup(shell.settings.database_url, file, progress=progress)
    return Answer(
        report.as_dict(),
        lambda out: line(out, f"{report.file}: backup of {report.database}, {count(report.bytes, 'byte')}"),
    )


def copy(
    shell: Shell,
    source: Annotated[str, typer.Argument(metavar="FROM_URL", help="The database to copy.")],
    target: Annotated[str, typer.Argument(metavar="TO_URL", help="An empty database of either kind.")],
) -> Answer:
    """Copy a whole database into an empty one, as it is at this moment, and verify the copy.

    Rows are counted on both sides, and all amounts of the copy are recomputed from its items and stock.
    """
    from earmark.bootstrap import open_engine
    from engine.api import copies

    with _put_away(), shell.progress("copying") as progress:
        report = copies.copy(source, target, progress=progress)
    engine = open_engine(target, create=False)
    try:
        found = engine.reconcile(dry_run=True, full=True)
    finally:
        engine.close()
    drift = found.wrong
    told = f"{report.target}: {count(report.rows, 'row')} from {report.source}, counted on both sides"
    if drift:
        shell.note(
            f"amounts of the copy that are not what items and stock say: {drift}. They were not in {report.source} "
            "either. 'earmark reservation reconcile --full --dry-run' lists them, without --dry-run repairs."
        )
    data = {**report.as_dict(), "checked": found.checked, "drift": drift}
    return Answer(data, lambda out: line(out, told), refused=bool(drift))


@contextmanager
def _put_away() -> Iterator[None]:
    """Leave the block on SIGTERM or SIGHUP as on Ctrl-C, with no half-made file behind, and end by the signal."""
    told: list[int] = []

    def end(number: int, _frame: FrameType | None) -> None:
        told.append(number)
        raise KeyboardInterrupt

    numbers = [n for n in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(n) is signal.SIG_DFL]
    for number in numbers:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in numbers:
            signal.signal(number, signal.SIG_DFL)
        if told:
            signal.raise_signal(told[0])
