"""``earmark order import-events``: events for single items, from a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from earmark.cli.command import command
from earmark.cli.groups import Groups, group
from earmark.cli.output import Answer, line, tell
from earmark.cli.printing import show_refusals
from earmark.cli.shell import Shell
from earmark.words.text import count

if TYPE_CHECKING:
    from rich.console import Console

    from engine.results import EventsReport

_MOST_SHOWN = 100
"""How many refused rows are shown to people; --json tells the first 10,000."""


def add_to(app: typer.Typer, groups: Groups) -> None:
    """Add the command."""
    command(group(app, groups, "order"), "import-events")(import_events)


def import_events(
    shell: Shell,
    file: Annotated[
        Path, typer.Argument(metavar="FILE.csv|-", help="A row for each event of an item; - is stdin.")
    ],
) -> Answer:
    """Fire events for single items, row by row in their order; the same file again takes nothing twice."""
    from earmark.cli.event_rows import event_rows
    from earmark.tables import open_table
    from engine.files import from_stdin

    with open_table(from_stdin(file)) as table:
        rows = event_rows(table)
        for note in table.notes:
            tell(f"note: {table.path}:1: {note}")
        with shell.changing() as engine, shell.progress("rows") as progress:
            report = engine.import_events(
                rows, key=table.hash[:32], data={"file": table.path.name}, progress=progress
            )
    return Answer(
        report.as_dict(),
        lambda out: _show(out, report),
        refused=bool(report.refused_rows or report.failed or not report.complete),
    )


def _show(out: Console, report: EventsReport) -> None:
    for row in report.refused[:_MOST_SHOWN]:
        line(out, f"line {row.line}: {row.code}: {row.message}", "red")
    if (more := report.refused_rows - _MOST_SHOWN) > 0:
        line(out, f"and {count(more, 'more refused row')}; --json tells more of them", "red")
    show_refusals(out, "failed", report.failed)
    line(
        out,
        f"{count(report.rows, 'row')}: {report.moved} moved, {report.stayed} stayed, {report.already} taken "
        f"before, {report.refused_rows} refused",
    )
