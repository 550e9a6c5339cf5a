"""Finding the process that a command names: a file, a deployed process, or one that Earmark ships."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from earmark.cli.shell import Shell
from engine.definition import LoadResult, Process, find_main_files, load_process
from engine.errors import FileUnreadable, ProcessNotFound

if TYPE_CHECKING:
    from engine.definition import RegisteredNames


def load_file(shell: Shell, path: Path, initial: str | None = None, *, plugins: bool = True) -> LoadResult:
    """Load the process of a file and check it, also against the registered plugins unless switched off."""
    registered: RegisteredNames | None = shell.registered if plugins else None
    return load_process(path, initial=initial, folders=_folders(shell, path), registered=registered)


def files_to_check(
    shell: Shell, paths: Sequence[Path], initial: str | None
) -> Iterator[tuple[Path, LoadResult]]:
    """Yield every named file, and of every named folder each file with a main process, with its findings.

    Raises FileUnreadable for a path that is not there and for a folder without a main process.
    """
    for path in paths:
        if not path.exists():
            raise FileUnreadable(f"{path}: there is no such file or folder")
    for path in paths:
        if path.is_dir():
            yield from _files_of_folder(shell, path, initial)
        else:
            yield path, load_file(shell, path, initial)


def find_process(
    shell: Shell, source: str, initial: str | None = None, *, plugins: bool = True
) -> LoadResult:
    """Return the process of an existing path, else the deployed one of that name, else the shipped one.

    ``NAME@VERSION`` is that version of a deployed process. Without ``plugins`` a file is not checked against the
    registered ones. Raises ProcessNotFound when there is none of them.
    """
    path = Path(source)
    if path.exists():
        if path.is_dir():
            raise FileUnreadable(f"{path} is a folder", remedy="Name one of its files.")
        return load_file(shell, path, initial, plugins=plugins)
    name, at, version = source.rpartition("@")
    if at and name:
        with shell.engine() as engine:
            return LoadResult(engine.process(name, version), ())
    deployed = deployed_process(shell, source)
    if deployed is not None:
        return LoadResult(deployed, ())
    shipped = shipped_file(source.strip())
    if shipped is not None:
        return load_file(shell, shipped, initial, plugins=plugins)
    raise ProcessNotFound(
        f"{source!r} is neither a file nor the name of a deployed or shipped process",
        remedy="Check the path, or see 'earmark process list' for the names.",
    )


def processes_of(shell: Shell, source: str) -> dict[str, Process]:
    """Return the processes of a folder, or the one that ``find_process`` finds, by name.

    Raises FindingsError for one with errors.
    """
    from earmark.words.findings import require_good

    path = Path(source)
    if path.is_dir():
        results = [result for _, result in _files_of_folder(shell, path, None)]
    else:
        results = [find_process(shell, source)]
    found = {}
    for result in results:
        require_good(result)
        assert result.process is not None
        found[result.process.name] = result.process
    return found


def deployed_process(shell: Shell, name: str) -> Process | None:
    """Return the current version of a deployed process, None when there is no such process or no database."""
    from engine.api.opening import may_exist

    if not may_exist(shell.settings.database_url):
        return None
    try:
        with shell.engine() as engine:
            return engine.process(name)
    except ProcessNotFound:
        return None


def shipped_file(name: str) -> Path | None:
    """Return the file of a shipped process, None when Earmark ships none of that name."""
    from processes import definition_folder

    path = definition_folder() / f"{name}.xml"
    return path if path.parent == definition_folder() and path.is_file() else None


def _files_of_folder(shell: Shell, folder: Path, initial: str | None) -> Iterator[tuple[Path, LoadResult]]:
    found = find_main_files(folder)
    if not found:
        raise FileUnreadable(
            f"{folder} has no XML file with a main process",
            remedy='Mark the main process with main="true", or name its file.',
        )
    for path in found:
        yield path, load_file(shell, path, initial)


def _folders(shell: Shell, path: Path) -> tuple[Path, ...]:
    # Includes of a project's file may lie anywhere in its folder of processes; other files have only their own.
    home = shell.settings.processes
    return (home,) if home.is_dir() and path.resolve().is_relative_to(home.resolve()) else ()
