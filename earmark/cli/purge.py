"""``earmark purge``: deleting what is old."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from earmark.cli.command import command
from earmark.cli.groups import Groups
from earmark.cli.output import Answer, line
from earmark.cli.shell import Shell
from earmark.words.purges import purge_text

if TYPE_CHECKING:
    from engine.results import PurgeReport


def add_to(app: typer.Typer, groups: Groups) -> None:
    """Add the command."""
    del groups
    command(app, "purge")(purge)


def purge(
    shell: Shell,
    older_than: Annotated[
        str, typer.Option("--older-than", metavar="AGE", help="An age such as '90 days' or P3M.")
    ],
    archived: Annotated[
        bool,
        typer.Option("--archived", help="Archived orders that are closed for so long, and nothing else."),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would be deleted.")] = False,
) -> Answer:
    """Delete old history of closed items, published messages and other records; open items keep all of theirs."""
    report = (_dry if dry_run else _as_job)(shell, older_than, archived)
    return Answer(report.as_dict(), lambda out: line(out, purge_text(report.as_dict())))


def _dry(shell: Shell, older_than: str, archived: bool) -> PurgeReport:
    with shell.engine() as engine:
        return engine.purge(older_than, archived=archived, dry_run=True)


def _as_job(shell: Shell, older_than: str, archived: bool) -> PurgeReport:
    from engine.api.jobs import JobKind

    with shell.engine() as engine, shell.progress("rows") as progress:
        return engine.as_job(
            JobKind.PURGE,
            lambda running: running.purge(older_than, archived=archived, progress=progress),
        )
