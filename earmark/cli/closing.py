"""``earmark order archive`` and ``forget``: orders that are over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from earmark.cli.command import command
from earmark.cli.groups import Groups, group
from earmark.cli.output import Answer, line
from earmark.cli.shell import Shell
from earmark.words.closing import archived_text, forgotten_text

if TYPE_CHECKING:
    from engine.results import ArchiveReport, ForgetReport

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
    report = _archived(shell, references or [], older_than, dry_run)
    return Answer(report.as_dict(), lambda out: line(out, archived_text(report.as_dict())))


def _archived(shell: Shell, references: list[str], older_than: str | None, dry_run: bool) -> ArchiveReport:
    if older_than is None or references or dry_run:
        with shell.engine() as engine:
            return engine.archive_orders(references, older_than=older_than, dry_run=dry_run)
    from engine.api.jobs import JobKind

    with shell.engine() as engine, shell.progress("orders") as progress:
        return engine.as_job(
            JobKind.ARCHIVE,
            lambda running: running.archive_orders(older_than=older_than, progress=progress),
        )


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
    report = _forgotten(shell, references or [], older_than, dry_run)
    return Answer(report.as_dict(), lambda out: line(out, forgotten_text(report.as_dict())))


def _forgotten(shell: Shell, references: list[str], older_than: str | None, dry_run: bool) -> ForgetReport:
    if older_than is None or references or dry_run:
        with shell.engine() as engine:
            return engine.forget_orders(references, older_than=older_than, dry_run=dry_run)
    from engine.api.jobs import JobKind

    with shell.engine() as engine, shell.progress("orders") as progress:
        return engine.as_job(
            JobKind.FORGET,
            lambda running: running.forget_orders(older_than=older_than, progress=progress),
        )
