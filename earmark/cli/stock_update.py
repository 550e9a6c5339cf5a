"""``earmark run stock-update``: the stock files that wait for the scheduler, imported now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from earmark.cli.command import command
from earmark.cli.groups import Groups, group
from earmark.cli.output import Answer, line
from earmark.cli.scheduler import STYLES
from earmark.cli.shell import Shell
from earmark.words.jobs import summary

if TYPE_CHECKING:
    from rich.console import Console

    from engine.api.jobs import JobConfig
    from engine.results import JobReport


def add_to(app: typer.Typer, groups: Groups) -> None:
    """Add the command."""
    command(group(app, groups, "run"), "stock-update")(run_stock_update)


def run_stock_update(
    shell: Shell,
    feed: Annotated[
        str | None,
        typer.Option("--feed", metavar="NAME", help="Only this feed of earmark.toml, also if no job has it."),
    ] = None,
) -> Answer:
    """Import the files that the stock-update jobs of earmark.toml wait for, due or not."""
    from earmark.bootstrap import feeds_of
    from engine.results import JobOutcome

    jobs = _jobs(shell) if feed is None else [_job_of(shell, feed)]
    feeds = feeds_of(shell.settings, lambda: shell.wiring)
    with shell.changing() as engine:
        reports = [engine.run_job(job, feeds=feeds) for job in jobs]
    refused = any(report.outcome is not JobOutcome.DONE for report in reports)
    return Answer([report.as_dict() for report in reports], lambda out: _show(out, reports), refused)


def _jobs(shell: Shell) -> list[JobConfig]:
    from engine.api.jobs import JobKind
    from engine.errors import ConfigurationInvalid

    jobs = [job for job in shell.settings.jobs if job.kind is JobKind.STOCK_UPDATE]
    if not jobs:
        raise ConfigurationInvalid(
            f"{shell.settings.config or 'earmark.toml'} has no stock-update job",
            remedy="Add one to [[jobs]]; docs/scheduler.md says how. 'earmark stock import FILE' imports one file.",
        )
    return jobs


def _job_of(shell: Shell, feed: str) -> JobConfig:
    """Return the job of the feed, or one that is as if it had one."""
    from earmark.bootstrap import feeds_of
    from engine.api.jobs import JobConfig, JobKind

    name = feeds_of(shell.settings, lambda: shell.wiring)(feed).name
    found = next((job for job in shell.settings.jobs if job.feed == name), None)
    return found or JobConfig(kind=JobKind.STOCK_UPDATE, name=name, feed=name, interval=1)


def _show(out: Console, reports: Sequence[JobReport]) -> None:
    for report in reports:
        line(
            out, f"{report.job}  {report.outcome.value}  {summary(report.as_dict())}", STYLES[report.outcome]
        )
