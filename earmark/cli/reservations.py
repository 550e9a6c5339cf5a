"""``earmark reservation reconcile``: comparing what is stored with what the items say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from earmark.cli.command import command
from earmark.cli.groups import Groups, group
from earmark.cli.output import Answer, line, table
from earmark.cli.shell import Shell
from earmark.words.text import count

if TYPE_CHECKING:
    from rich.console import Console

    from engine.results import Drift, ReconcileReport


def add_to(app: typer.Typer, groups: Groups) -> None:
    """Add the command."""
    command(group(app, groups, "reservation"), "reconcile")(reconcile)


def reconcile(
    shell: Shell,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only look, repair nothing.")] = False,
    full: Annotated[
        bool, typer.Option("--full", help="Look also at items that are over, and count them.")
    ] = False,
) -> Answer:
    """Recompute reservations and availability from the items, list what differs, and repair it."""
    with shell.engine() if dry_run else shell.changing() as engine, shell.progress("items") as progress:
        report = engine.reconcile(dry_run=dry_run, full=full, progress=progress)
    return Answer(report.as_dict(), lambda out: _show(out, report), refused=bool(report.wrong))


def _what(drift: Drift) -> str:
    return drift.what if drift.warehouse is None else f"{drift.what} {drift.warehouse}"


def _show(out: Console, report: ReconcileReport) -> None:
    if report.drift:
        rows = [(d.store, d.sku, _what(d), f"{d.stored:f}", f"{d.expected:f}") for d in report.drift]
        table(out, ("store", "sku", "what", "#stored", "#expected"), rows, empty="")
    if report.states:
        states = [(s.process, s.version[:12], s.state, s.stored, s.expected) for s in report.states]
        table(out, ("process", "version", "state", "#stored", "#items"), states, empty="")
    drift = f"drift {len(report.drift) + len(report.states)}" + (
        f", {count(report.items, 'item')} with a wrong record" if report.items else ""
    )
    line(out, f"{count(report.checked, 'amount')} checked, {drift}, {report.repaired} repaired")
