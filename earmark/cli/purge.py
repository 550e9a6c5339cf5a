"""``earmark purge``: deleting what is old."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from earmark.cli.command import command
from earmark.cli.groups import Groups
from earmark.cli.output import Answer, count, line
from earmark.cli.shell import Shell

if TYPE_CHECKING:
    from engine.results import PurgeReport

_NOUNS = {
    "history": "step",
    "runs": "transition run",
    "messages": "published message",
    "staged_rows": "staged stock row",
    "imports": "stock import",
    "command_calls": "command call",
    "claims": "expired claim",
    "undo_data": "undo row",
}


def add_to(app: typer.Typer, groups: Groups) -> None:
    """Add the command."""
    del groups
    command(app, "purge")(purge)


def purge(
    shell: Shell,
    older_than: Annotated[
        str, typer.Option("--older-than", metavar="AGE", help="An age such as '90 days' or P3M.")
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would be deleted.")] = False,
) -> Answer:
    """Delete old history of closed items, published messages and other records; live items keep all of theirs."""
    report = _dry(shell, older_than) if dry_run else _as_job(shell, older_than)
    return Answer(report.as_dict(), lambda out: line(out, purge_text(report.as_dict())))


def _dry(shell: Shell, older_than: str) -> PurgeReport:
    with shell.engine() as engine:
        return engine.purge(older_than, dry_run=True)


def _as_job(shell: Shell, older_than: str) -> PurgeReport:
    from earmark.cli.moving import holder
    from engine.jobs.records import JobRecords
    from engine.jobs.runs import under_lease
    from engine.jobs.work import purged

    lost = threading.Event()
    with shell.engine(stop=lost.is_set) as engine, shell.progress("rows") as progress:
        records = JobRecords(engine.runtime.database, holder())
        return under_lease(
            records, "purge", lambda: engine.purge(older_than, progress=progress), purged, lost
        )


def purge_text(report: Mapping[str, Any]) -> str:
    """Return what a purge deleted, or would delete, on one line."""
    deleted = [count(report[kind], noun) for kind, noun in _NOUNS.items() if report[kind]]
    before = report["before"][:19].replace("T", " ")
    done = "would be deleted" if report["dry_run"] else "deleted"
    stopped = "" if report["complete"] else "; stopped before the end"
    return f"from before {before}Z: {', '.join(deleted) or 'nothing'} {done}{stopped}"
