"""``earmark process diff``: what differs between two processes, by meaning, and which items it concerns."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from earmark.cli.command import command
from earmark.cli.groups import Groups, group
from earmark.cli.output import Answer, line, lines
from earmark.cli.shell import Shell

if TYPE_CHECKING:
    from rich.console import Console

    from engine.design import ProcessDiff

_STYLES = {"added": "green", "removed": "red", "renamed": "cyan", "changed": "yellow"}

Found = tuple["ProcessDiff", list[dict[str, Any]]]
"""What differs, and what becomes of the items that it concerns."""


def add_to(app: typer.Typer, groups: Groups) -> None:
    """Add the command."""
    command(group(app, groups, "process"), "diff")(diff)


def diff(
    shell: Shell,
    old: Annotated[str, typer.Argument(metavar="OLD", help="A file, a folder, NAME, or NAME@VERSION.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="What it has become: of the same kinds.")],
    *,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write it there; .md is Markdown.")
    ] = None,
    form: Annotated[
        Literal["text", "markdown"] | None,
        typer.Option(
            "--format", help="text, or markdown for a pull request; else the suffix of FILE tells it."
        ),
    ] = None,
) -> Answer:
    """Tell what differs between two processes by meaning, and what becomes of the items that are there."""
    from earmark.words.changes import heading, markdown

    found, alone = _compare(shell, old, new)
    data = [_as_json(one, items) for one, items in found]
    if form is None:
        form = "markdown" if output is not None and output.suffix.lower() in (".md", ".markdown") else "text"
    text = markdown(found) if form == "markdown" else "\n".join(_texts(found, alone)) + "\n"
    if output is not None:
        from earmark.cli.process_drawing import write_whole

        write_whole(output, text.encode("utf-8"))
        told = [heading(one) for one, _ in found]
        return Answer(_one_or_all(data, found), lambda out: lines(out, told))
    if form == "markdown":
        return Answer(_one_or_all(data, found), lambda out: lines(out, text.split("\n")))
    return Answer(_one_or_all(data, found), lambda out: _show(out, found, alone))


def _one_or_all(data: list[dict[str, Any]], found: Sequence[Found]) -> Any:
    return data[0] if len(found) == 1 else data


def _compare(shell: Shell, old: str, new: str) -> tuple[list[Found], list[str]]:
    """Return what differs in the processes that both have, and a line for each that only one of them has."""
    from earmark.cli.process_source import processes_of
    from engine.design import diff_processes

    before, after = processes_of(shell, old), processes_of(shell, new)
    if len(before) == 1 == len(after):
        pairs = [(*before.values(), *after.values())]
        return [(one, _items(shell, one)) for one in [diff_processes(*pairs[0])]], []
    both = [(before[name], after[name]) for name in after if name in before]
    alone = [f"- process {name!r} has gone" for name in before if name not in after]
    alone += [f"+ process {name!r} is new" for name in after if name not in before]
    compared = [diff_processes(*pair) for pair in both]
    return [(one, _items(shell, one)) for one in compared if one.changes], alone


def _items(shell: Shell, found: ProcessDiff) -> list[dict[str, Any]]:
    """Return what becomes of the items in the states that are touched, where the process is deployed."""
    from engine.api.opening import may_exist
    from engine.errors import ProcessNotFound

    touched = {state.name: state for state in found.touched()}
    if not touched or not may_exist(shell.settings.database_url):
        return []
    try:
        with shell.engine() as engine:
            rows = engine.matrix(process=found.old.name)
    except ProcessNotFound:
        return []
    return [
        {
            "state": row.state,
            "items": row.items,
            "can_go_on": (now := found.goes_on_in(row.state)) is not None,
            "goes_to": None if now is None else now.name,
            "reservation": _reservation(touched[row.state].reserved, now is None or now.reserved),
        }
        for row in rows
        if row.state in touched
    ]


def _reservation(before: bool, after: bool) -> str:
    return "kept" if before == after or not (before or after) else "taken" if after else "given free"


def _as_json(found: ProcessDiff, items: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "process": found.new.name,
        "old": found.old.version,
        "new": found.new.version,
        "changes": [change.as_dict() for change in found.changes],
        "items": items,
    }


def _texts(found: Sequence[Found], alone: Sequence[str]) -> list[str]:
    from earmark.words.changes import heading, item_text, signed

    told = []
    for one, items in found:
        told += [heading(one), *map(signed, one.changes), *(f"! {item_text(row)}" for row in items)]
    return [*told, *alone] or ["nothing that means anything has changed"]


def _show(out: Console, found: Sequence[Found], alone: Sequence[str]) -> None:
    from earmark.words.changes import heading, item_text, signed

    for one, items in found:
        line(out, heading(one), "bold")
        for change in one.changes:
            line(out, signed(change), _STYLES[change.kind])
        for row in items:
            line(out, f"! {item_text(row)}", None if row["can_go_on"] else "bold red")
    for text in alone:
        line(out, text, "red" if text.startswith("-") else "green")
    if not found and not alone:
        line(out, "nothing that means anything has changed")
