"""The order processes that Earmark ships with: XML files to deploy as they are, or to copy and change."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parent


def definition_folder() -> Path:
    """Return the folder of the shipped process definitions: main files, and folders of subprocess files."""
    return _FOLDER


def schema_file() -> Path:
    """Return the XML Schema that editors use for completion; loading a process never depends on it."""
    return _FOLDER / "earmark-process.xsd"
