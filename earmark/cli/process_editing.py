"""``earmark process fmt`` and ``new``: definition files in one layout, and a first one to begin with."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from earmark.cli.command import command
from earmark.cli.groups import Groups, group
from earmark.cli.output import Answer, line
from earmark.cli.shell import Shell
from earmark.words.text import count

if TYPE_CHECKING:
    from rich.console import Console

    from engine.definition import Finding

_NAME = re.compile(r"[\w.-]+", re.ASCII)


def add_to(app: typer.Typer, groups: Groups) -> None:
    """Add the commands."""
    process = group(app, groups, "process")
    command(process, "new")(new)
    command(process, "fmt")(fmt)


def new(
    shell: Shell,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the process is to be called.")],
    *,
    template: Annotated[
        str, typer.Option("--template", metavar="T", help="minimal, shop or returns: what it begins with.")
    ] = "shop",
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Else NAME.xml in the folder of the processes."),
    ] = None,
) -> Answer:
    """Write a process to begin with; a file that is there is not overwritten."""
    from earmark.cli.process_drawing import write_whole
    from engine.errors import Conflict

    text = _from_template(name, template)
    folder = shell.settings.processes
    target = output or (folder if folder.is_dir() else Path()) / f"{name}.xml"
    if target.exists():
        raise Conflict(f"{target} exists", remedy="Choose another name, or another file with -o.")
    write_whole(target, text.encode("utf-8"))
    data = {"process": name, "template": template, "file": str(target)}
    return Answer(
        data, lambda out: line(out, f"{target}: the process {name}; check it with 'earmark process check'")
    )


def _from_template(name: str, template: str) -> str:
    from engine.errors import InputError

    if not _NAME.fullmatch(name):
        raise InputError(
            f"{name!r} cannot be the name of a process and of its file",
            remedy="Use letters, digits, '_', '-' and '.'.",
        )
    folder = files("earmark").joinpath("process_templates")
    known = {entry.name.removesuffix(".xml"): entry for entry in folder.iterdir()}
    if template not in known:
        raise InputError(
            f"there is no template {template!r}", remedy=f"The templates are {', '.join(sorted(known))}."
        )
    text = known[template].read_text(encoding="utf-8")
    return text.replace(f'<process name="{template}"', f'<process name="{name}"', 1)


def fmt(
    shell: Shell,
    paths: Annotated[list[Path], typer.Argument(metavar="PATH", help="Files, or folders of them.")],
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit code 1 when a file has another layout.")
    ] = False,
) -> Answer:
    """Write definition files in one layout; their meaning and their comments stay."""
    from earmark.cli.process_drawing import write_whole

    del shell
    found = _files(paths)
    findings: list[Finding] = []
    changed = []
    for path in found:
        text, laid_out = _laid_out(path, findings)
        if laid_out != text:
            changed.append(path)
            if not check:
                write_whole(path, laid_out.encode("utf-8"))
    data = {
        "files": len(found),
        "changed": [str(path) for path in changed],
        "findings": [_as_json(one) for one in findings],
    }
    refused = bool(findings) or (check and bool(changed))
    return Answer(data, lambda out: _show(out, changed, findings, len(found), check=check), refused)


def _files(paths: Sequence[Path]) -> list[Path]:
    """Return the named files, and of folders those that are definitions. Raises FileUnreadable."""
    from engine.definition import is_definition
    from engine.errors import FileUnreadable

    for path in paths:
        if not path.exists():
            raise FileUnreadable(f"{path}: there is no such file or folder")
    found: dict[Path, None] = {}
    for path in paths:
        files = (
            [one for one in sorted(path.rglob("*.xml")) if is_definition(one)] if path.is_dir() else [path]
        )
        found.update(dict.fromkeys(files))
    return list(found)


def _laid_out(path: Path, findings: list[Finding]) -> tuple[str, str]:
    """Return the text of a file and the same in the one layout; what cannot be read stays, and is told."""
    from engine.definition import laid_out

    texts, told = laid_out(path)
    findings += told
    return texts or ("", "")


def _as_json(finding: Finding) -> dict[str, Any]:
    from engine.definition import show_finding

    return show_finding(finding)


def _show(
    out: Console, changed: Sequence[Path], findings: Sequence[Finding], files: int, *, check: bool
) -> None:
    from earmark.cli.printing import print_findings

    print_findings(out, findings)
    for path in changed:
        line(out, f"{path} {'would be' if check else 'was'} laid out anew")
    line(out, f"{count(files, 'file')}, of which {len(changed)} {'would change' if check else 'changed'}")
