"""``earmark init``: a new project that works as it is."""

from __future__ import annotations

import shutil
import tempfile
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated

import typer

from earmark.cli.command import command
from earmark.cli.groups import Groups
from earmark.cli.output import Answer, line
from earmark.cli.shell import Shell
from earmark.words.text import count

_PROCESS = ("DummyPayment.xml", "DummySubprocess", "earmark-process.xsd")


def add_to(app: typer.Typer, groups: Groups) -> None:
    """Add the command."""
    del groups
    command(app, "init")(init)


def init(
    shell: Shell, directory: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.")]
) -> Answer:
    """Make a project: settings, a process, rules, a plugin, example data and a README about them."""
    from engine.errors import Conflict

    del shell
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise Conflict(f"{directory} exists and is not an empty folder", remedy="Name a new or empty folder.")
    _fill(directory)
    made = sorted(str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file())
    data = {"directory": str(directory), "files": made}
    return Answer(
        data, lambda out: line(out, f"{directory}: {count(len(made), 'file')}; README.md leads through them")
    )


def _fill(directory: Path) -> None:
    from processes import definition_folder

    # Made in full beside its place, then moved there, so that a failure leaves nothing half done.
    directory = directory.absolute()
    directory.parent.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=directory.parent, prefix=f".{directory.name}.") as name,
        as_file(files("earmark").joinpath("scaffold")) as scaffold,
    ):
        project = Path(name) / "project"
        shutil.copytree(
            # Not with the times of the installation: a stock file was counted when it was written, which is now.
            scaffold,
            project,
            ignore=shutil.ignore_patterns("__pycache__"),
            copy_function=shutil.copyfile,
        )
        (project / "processes").mkdir()
        (project / "incoming").mkdir()
        for entry in _PROCESS:
            source, target = definition_folder() / entry, project / "processes" / entry
            if source.is_dir():
                shutil.copytree(source, target)
            else:
                shutil.copyfile(source, target)
        directory.mkdir(exist_ok=True)
        for made in sorted(project.iterdir()):
            made.rename(directory / made.name)
