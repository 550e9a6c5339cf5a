"""``earmark order archive`` and ``forget``: orders that are over."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from earmark.cli.command import command
from earmark.cli.groups import Groups, group
from earmark.cli.output import Answer, line
from earmark.cli.shell import Shell
from earmark.words.closing import archived_text, forgotten_text

if TYPE_CHECKING:
    from engine.api import Engine
    from engine.results import ArchiveReport, ForgetReport

    Report = TypeVar("Report", ArchiveReport, ForgetReport)

ReferencesArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="[REF]...", help="The references of orders, all or none of them."),
]
OlderOption = Annotated[
    str | None,
    typer.Option("--older-than", metavar="AGE", help="Those closed for longer than AGE, such as '90 days'."),
]


def add_to(app: typer.Typer, groups: Groups) -> None:
    """Add the commands."""
    order = group(app, groups, "order")
    command(order, "archive")(archive)
    command(order, "forget")(forget)


def archive(
    shell: Shell,
    references: ReferencesArgument = None,
    *,
    older_than: OlderOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would be archived.")] = False,
) -> Answer:
    """Move closed orders out of the way of the others; they are shown as before and cannot be moved any more."""
    report = _put_away(
        shell, lambda engine: engine.archive_orders, "archive", references or [], older_than, dry_run
    )
    return Answer(report.as_dict(), lambda out: line(out, archived_text(report.as_dict())))


def forget(
    shell: Shell,
    references: ReferencesArgument = None,
    *,
    older_than: OlderOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only tell how many orders it would be.")
    ] = False,
) -> Answer:
    """Make the personal data of closed orders anonymous, as the rules say; what the books need is kept."""
    report = _put_away(
        shell, lambda engine: engine.forget_orders, "forget", references or [], older_than, dry_run
    )
    return Answer(report.as_dict(), lambda out: line(out, forgotten_text(report.as_dict())))


def _put_away(
    shell: Shell,
    verb: Callable[[Engine], Callable[..., Report]],
    kind: str,
    references: list[str],
    older_than: str | None,
    dry_run: bool,
) -> Report:
    """Ask for it: what is done to all that are old is a run of the job of that kind."""
    if older_than is None or references or dry_run:
        with shell.engine() as engine:
            return verb(engine)(references, older_than=older_than, dry_run=dry_run)
    from engine.api.jobs import JobKind

    with shell.engine() as engine, shell.progress("orders") as progress:
        return engine.as_job(
            JobKind(kind), lambda running: verb(running)(older_than=older_than, progress=progress)
        )
