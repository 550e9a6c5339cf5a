"""``earmark process migrate``, ``migrations`` and ``undo``: moving items between versions, and taking it back."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Annotated

import typer

from earmark.cli.command import command
from earmark.cli.groups import Groups, group
from earmark.cli.output import Answer, line, table
from earmark.cli.processes import NameArgument
from earmark.cli.shell import Shell
from earmark.words.text import count

if TYPE_CHECKING:
    from rich.console import Console

    from engine.api import Engine
    from engine.results import MigrationGroup, MigrationInfo, MigrationReport

DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Only tell what would move, and why items cannot.")
]
ReasonOption = Annotated[
    str | None, typer.Option("--reason", metavar="TEXT", help="Why; kept in the history.")
]


def add_to(app: typer.Typer, groups: Groups) -> None:
    """Add the commands."""
    process = group(app, groups, "process")
    command(process, "migrate")(migrate)
    command(process, "migrations")(migrations)
    command(process, "undo")(undo)


def migrate(
    shell: Shell,
    name: NameArgument,
    *,
    to: Annotated[
        str,
        typer.Option(
            "--to", metavar="VERSION", help="A version's hash, the beginning of one (4 or more), or current."
        ),
    ],
    sources: Annotated[
        list[str] | None,
        typer.Option("--from", metavar="VERSION", help="Only items of this version; else of all others."),
    ] = None,
    mapped: Annotated[
        list[str] | None,
        typer.Option(
            "--map", metavar="OLD=NEW", help="The new state of items in OLD; else of the same name."
        ),
    ] = None,
    state: Annotated[
        str | None, typer.Option("--state", metavar="S", help="Only items in this old state.")
    ] = None,
    reason: ReasonOption = None,
    dry_run: DryRunOption = False,
    enter: Annotated[
        bool, typer.Option("--enter", help="Make the onEnter events due of states that items come to anew.")
    ] = False,
) -> Answer:
    """Move items of other versions to one version of their process; no command runs.

    Asked again, it goes on where it was cut off.
    """
    from engine.requests import MigrationRequest

    request = MigrationRequest(
        process=name,
        version=to,
        sources=tuple(sources or ()),
        state_map=_state_map(mapped or ()),
        state=state,
        reason=reason,
        enter=enter,
        dry_run=dry_run,
    )
    with _opened(shell, dry_run) as engine, shell.progress("items") as progress:
        report = engine.migrate(request, progress=progress)
    return _answer(report)


def _state_map(given: Sequence[str]) -> dict[str, str]:
    """Return the pairs; the first ``=`` parts them."""
    pairs: dict[str, str] = {}
    for text in given:
        old, _, new = (part.strip() for part in text.partition("="))
        if not old or not new:
            raise typer.BadParameter(f"{text!r} is no pair of states: write --map OLD=NEW")
        if pairs.setdefault(old, new) != new:
            raise typer.BadParameter(f"--map sends the state {old!r} to {pairs[old]!r} and to {new!r}")
    return pairs


def undo(
    shell: Shell,
    migration: Annotated[int, typer.Argument(metavar="ID", help="The migration's number.")],
    *,
    reason: ReasonOption = None,
    dry_run: DryRunOption = False,
) -> Answer:
    """Move the items of a migration back to where it found them, as far as they have not moved since."""
    with _opened(shell, dry_run) as engine, shell.progress("items") as progress:
        report = engine.undo_migration(migration, reason=reason, dry_run=dry_run, progress=progress)
    return _answer(report)


def _opened(shell: Shell, dry_run: bool) -> AbstractContextManager[Engine]:
    return shell.engine() if dry_run else shell.changing()


def _answer(report: MigrationReport) -> Answer:
    return Answer(report.as_dict(), lambda out: _show(out, report), refused=report.refused > 0)


def _show(out: Console, report: MigrationReport) -> None:
    columns = ("version", "state", "to version", "to state", "#items", "#move", "#reserved", "#held")
    rows = [
        (
            g.version[:8],
            g.state,
            g.target_version[:8],
            g.target,
            g.items,
            g.moved,
            _signed(g.reserved),
            _signed(g.held),
        )
        for g in report.groups
    ]
    table(out, columns, rows, empty="there are no items to move")
    for shown in report.groups:
        _show_group(out, shown)
    moved = count(report.moved, "item")
    what = f"{moved} can move" if report.dry_run else f"{moved} moved" + (" back" if report.undo else "")
    words = [what, f"{report.refused} refused"]
    if report.migration is not None and not report.dry_run:
        words.append(f"migration {report.migration}" + (" went on" if report.resumed else ""))
    if not report.complete:
        words.append("stopped before the end; ask again for the rest")
    line(out, ", ".join(words))


def _signed(change: object) -> str | None:
    return f"{change:+f}" if change else None


def _show_group(out: Console, shown: MigrationGroup) -> None:
    place = f"{shown.version[:8]} {shown.state}"
    for refusal in shown.refused:
        more = ", ..." if refusal.items > len(refusal.first) else ""
        first = ", ".join(map(str, refusal.first)) + more
        items = count(refusal.items, "item")
        line(out, f"{place}: {items} refused {refusal.code} {refusal.message} (item {first})", "red")
    if shown.on_enter is not None and shown.moved:
        told = "is due and taken by the next run" if shown.entered else "is not run; --enter makes it due"
        line(out, f"{place}: the onEnter event {shown.on_enter!r} of {shown.target!r} {told}", "yellow")


def migrations(shell: Shell, name: NameArgument) -> Answer:
    """List the migrations of a process: when, who, why, and what became of them."""
    with shell.engine() as engine:
        found = engine.migrations(name)
    empty = f"no items of {name.strip()} were migrated"
    return Answer([info.as_dict() for info in found], lambda out: _show_history(out, found, empty))


def _show_history(out: Console, found: Sequence[MigrationInfo], empty: str) -> None:
    columns = ("#id", "!when (UTC)", "by", "!to version", "#items", "#undone", "!outcome")
    rows = [
        (
            info.id,
            f"{info.started_at:%Y-%m-%d %H:%M}",
            info.actor,
            info.version[:8],
            info.items,
            info.undone,
            _outcome(info),
        )
        for info in found
    ]
    table(out, columns, rows, empty=empty)
    for info in found:
        mapped = ", ".join(f"{old}={new}" for old, new in info.state_map.items())
        told = [*([f"map {mapped}"] if mapped else []), *([f"reason {info.reason}"] if info.reason else [])]
        if told:
            line(out, f"migration {info.id}: {'; '.join(told)}")


def _outcome(info: MigrationInfo) -> str:
    if info.undone_at is not None:
        return "undone"
    return "cut off" if info.finished_at is None else "finished"
