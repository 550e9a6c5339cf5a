"""Finding and reading tests of processes, for the command line and for pytest."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from earmark.cli.shell import Shell
from engine.design import Terms
from engine.design.testing import SUFFIX, CaseDocument, CaseFile, read_cases
from engine.errors import EarmarkError, FileUnreadable, InputError

if TYPE_CHECKING:
    from engine.definition import Process

LARGEST_FILE = 1 << 20
"""The most bytes a file of cases may have: 1 MiB."""


def is_case_file(path: Path) -> bool:
    """Return whether a file is one of cases, by its name."""
    return path.name.endswith((SUFFIX, f"{SUFFIX.removesuffix('.yaml')}.yml"))


def find_case_files(paths: Sequence[Path]) -> list[Path]:
    """Return the named files, and all files of cases in the named folders. Raises FileUnreadable."""
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            inside = [one for one in sorted(path.rglob("*")) if one.is_file() and is_case_file(one)]
            if not inside:
                raise FileUnreadable(
                    f"{path} has no file of cases", remedy=f"Their names end with '{SUFFIX}'."
                )
            found.update(dict.fromkeys(inside))
        elif path.exists():
            found[path] = None
        else:
            raise FileUnreadable(f"{path}: there is no such file or folder")
    return list(found)


def load_case_files(shell: Shell, paths: Sequence[Path]) -> list[CaseFile]:
    """Return the cases of the files. Raises InputError with every problem of every file."""
    files: list[CaseFile] = []
    problems: list[object] = []
    listed: list[str] = []
    for path in paths:
        try:
            files.append(load_cases(shell, path))
        except InputError as error:
            listed += error.lines[1:] or error.lines
            problems += error.parameters.get("problems", [])
    if listed:
        raise InputError(
            "the tests cannot be run:",
            listed=listed,
            remedy="Mend what is listed; docs/process-tests.md describes every key.",
            problems=problems,
        )
    return files


def load_cases(shell: Shell, path: Path) -> CaseFile:
    """Return the cases of a file. Raises InputError with every problem, FileUnreadable."""
    document = CaseDocument(path, text_of(path))
    document.require_good()
    if document.process is None:
        document.root.problem("no process is named", "Add 'process:' with a path from this file, or a name.")
        document.require_good()
    assert document.process is not None
    try:
        process = _process(shell, path, document.process)
    except EarmarkError as error:
        document.root.at("process").problem(error.message, error.remedy)
        document.require_good()
        raise
    return read_cases(document, process, rules_of(shell))


def rules_of(shell: Shell) -> Terms:
    """Return what the rules of the project say about holds and the stock-update event. Raises RulesInvalid."""
    from earmark.bootstrap import read_rules

    rules = read_rules(shell.settings.rules)
    return Terms.of_rules(
        hold=rules.checkout.hold,
        hold_timeout_s=rules.checkout.hold_timeout_s,
        stock_update=rules.stock_update.event,
    )


def _process(shell: Shell, path: Path, source: str) -> Process:
    """Return the process that a file of cases names: a path from that file, or what the command line would take."""
    from earmark.cli.process_source import find_process
    from earmark.words.findings import require_good

    beside = path.parent / source
    result = find_process(shell, str(beside) if beside.exists() else source, plugins=False)
    require_good(result)
    assert result.process is not None
    return result.process


def text_of(path: Path) -> str:
    """Return the text of a file that a user has written. Raises FileUnreadable, OSError."""
    if path.stat().st_size > LARGEST_FILE:
        raise FileUnreadable(f"{path} is larger than 1 MiB", remedy="Split it into several files.")
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise FileUnreadable(f"{path}: this is not UTF-8 text", remedy="Save the file as UTF-8.") from None
