"""Telling main files from subprocess files in a folder."""

from __future__ import annotations

from pathlib import Path

from engine.definition.findings import FindingList
from engine.definition.reader import read_file
from engine.definition.source import read_source


def find_main_files(folder: Path) -> tuple[Path, ...]:
    """Return the XML files below ``folder`` to load as processes, sorted.

    These are the files with a process marked ``main="true"``, and those that cannot be read, so that loading
    them says why. Left out are subprocess files and XML files of another kind.
    """
    return tuple(path for path in sorted(folder.rglob("*.xml")) if path.is_file() and _is_main(path))


def is_definition(path: Path) -> bool:
    """Return whether the file is a definition, or says that it is one and cannot be read."""
    findings = FindingList()
    root = read_source(path, str(path), findings)
    return root is None or root.name == "statemachine"


def _is_main(path: Path) -> bool:
    findings = FindingList()
    root = read_source(path, str(path), findings)
    if root is None:
        return True
    declaration = read_file(root, findings)
    return declaration is not None and any(process.main for process in declaration.processes)
