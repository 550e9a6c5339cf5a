"""``earmark process diff``: what differs between two processes, by meaning, and which items it concerns."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from earmark.cli.command import command
from earmark.cli.groups import Groups, group
from earmark.cli.output import Answer, line, lines
from earmark.cli.shell import Shell

if TYPE_CHECKING:
    from rich.console import Console

    from engine.definition import Process
    from engine.design import ProcessDiff

_STYLES = {"added": "green", "removed": "red", "renamed": "cyan", "changed": "yellow"}

Found = tuple["ProcessDiff", list[dict[str, Any]]]
"""What differs, and what becomes of the items that it concerns."""

Alone = tuple["Process | None", "Process | None"]
"""A process that is only in the old place, or only in the new one."""

_WRITTEN = ("text", "markdown")


def add_to(app: typer.Typer, groups: Groups) -> None:
    """Add the command."""
    command(group(app, groups, "process"), "diff")(diff)


def diff(
    shell: Shell,
    old: Annotated[str, typer.Argument(metavar="OLD", help="A file, a folder, NAME, or NAME@VERSION.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="What it has become: of the same kinds.")],
    *,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Write it there: .md is Markdown; .svg, .html, .png and .pdf are pictures.",
        ),
    ] = None,
    form: Annotated[
        str | None,
        typer.Option(
            "--format",
            help="text, markdown for a pull request, or svg, html, png, pdf, dot, mermaid; else the suffix of FILE "
            "tells it.",
        ),
    ] = None,
) -> Answer:
    """Tell what differs between two processes by meaning, and what becomes of the items that are there."""
    from earmark.words.changes import heading

    chosen = _format(form, output)
    found, alone = _compare(shell, old, new)
    data = [_as_json(one, items) for one, items in found]
    answer = data[0] if len(found) == 1 else data
    if output is not None:
        from earmark.cli.process_drawing import write_whole

        write_whole(output, _content(found, alone, chosen, f"{old} \u2192 {new}"))
        told = [*(heading(one) for one, _ in found), *map(_alone_text, alone)]
        return Answer(answer, lambda out: lines(out, told or [_NOTHING]))
    if chosen == "markdown":
        text = _content(found, alone, chosen, "").decode()
        return Answer(answer, lambda out: lines(out, text.split("\n")))
    return Answer(answer, lambda out: _show(out, found, alone))


_NOTHING = "nothing that means anything has changed"


def _format(given: str | None, output: Path | None) -> str:
    """Return the format; raises BadParameter for one that there is not, and for a picture without a file."""
    from earmark.cli.process_drawing import format_of_suffix
    from visualize import FORMATS

    suffix = "" if output is None else output.suffix.lower()
    chosen = (
        given
        or {".md": "markdown", ".markdown": "markdown"}.get(suffix)
        or format_of_suffix(suffix)
        or "text"
    )
    if chosen not in (*_WRITTEN, *FORMATS):
        raise typer.BadParameter(
            f"there is no format {chosen!r}; the formats are {', '.join((*_WRITTEN, *FORMATS))}"
        )
    if output is None and chosen not in _WRITTEN:
        raise typer.BadParameter(f"the format {chosen} is a picture and needs a file: -o FILE")
    return chosen


def _content(found: Sequence[Found], alone: Sequence[Alone], form: str, sources: str) -> bytes:
    from earmark.words.changes import markdown

    if form == "text":
        return ("\n".join(_texts(found, alone)) + "\n").encode()
    if form == "markdown":
        rest = [f"- {_alone_text(one)[2:]}" for one in alone]
        text = "\n".join(filter(None, [markdown(found), *rest])) or f"{_NOTHING[0].upper()}{_NOTHING[1:]}.\n"
        return text.encode()
    from earmark.cli.process_diff_picture import diff_picture

    return diff_picture(found, alone, sources, form)


def _alone_text(pair: Alone) -> str:
    old, new = pair
    return f"- process {old.name!r} has gone" if old else f"+ process {new.name!r} is new" if new else ""


def _compare(shell: Shell, old: str, new: str) -> tuple[list[Found], list[Alone]]:
    """Return what differs in the processes that both have, and the processes that only one of them has."""
    from earmark.cli.process_source import processes_of
    from engine.design import diff_processes

    before, after = processes_of(shell, old), processes_of(shell, new)
    if len(before) == 1 == len(after):
        pairs = [(*before.values(), *after.values())]
        return [(one, _items(shell, one)) for one in [diff_processes(*pairs[0])]], []
    both = [(before[name], after[name]) for name in after if name in before]
    alone: list[Alone] = [(one, None) for name, one in before.items() if name not in after]
    alone += [(None, one) for name, one in after.items() if name not in before]
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


def _texts(found: Sequence[Found], alone: Sequence[Alone]) -> list[str]:
    from earmark.words.changes import heading, item_text, signed

    told = []
    for one, items in found:
        told += [heading(one), *map(signed, one.changes), *(f"! {item_text(row)}" for row in items)]
    return [*told, *map(_alone_text, alone)] or [_NOTHING]


def _show(out: Console, found: Sequence[Found], alone: Sequence[Alone]) -> None:
    from earmark.words.changes import heading, item_text, signed

    for one, items in found:
        line(out, heading(one), "bold")
        for change in one.changes:
            line(out, signed(change), _STYLES[change.kind])
        for row in items:
            line(out, f"! {item_text(row)}", None if row["can_go_on"] else "bold red")
    for text in map(_alone_text, alone):
        line(out, text, "red" if text.startswith("-") else "green")
    if not found and not alone:
        line(out, _NOTHING)
