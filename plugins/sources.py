"""What is to be loaded: modules of installed packages, then the modules, files and folders the user named."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib.metadata import entry_points as installed_entry_points
from pathlib import Path
from types import ModuleType

from plugins.errors import PluginProblem
from plugins.loading import import_entry_point, import_file, import_module

ENTRY_POINT_GROUP = "earmark.plugins"
"""The entry point group in which an installed package names its plugin modules."""

Source = tuple[Callable[[], ModuleType], str | None]
"""How to get a module, and what the user called it if it must hold a plugin."""


def sources(specs: Sequence[str], entry_points: bool, problems: list[PluginProblem]) -> Iterator[Source]:
    """Yield what is to be loaded, in order; a folder that cannot be listed is added to the problems."""
    if entry_points:
        for entry in sorted(installed_entry_points(group=ENTRY_POINT_GROUP), key=lambda one: one.name):
            yield partial(import_entry_point, entry), None
    seen: set[Path] = set()
    for spec in dict.fromkeys(specs):
        if not _is_path(spec):
            yield partial(import_module, spec), spec
            continue
        path = Path(spec).expanduser()
        files = _files_in(path, problems) if path.is_dir() else [path]
        for file in files:
            if file.resolve() not in seen:
                seen.add(file.resolve())
                yield partial(import_file, file), None if path.is_dir() else spec


def _is_path(spec: str) -> bool:
    if spec.endswith(".py") or "/" in spec or os.sep in spec or spec in (".", ".."):
        return True
    # A word may be both: a folder that is a package is imported as one.
    return bool(spec) and Path(spec).is_dir() and not Path(spec, "__init__.py").exists()


def _files_in(folder: Path, problems: list[PluginProblem]) -> list[Path]:
    try:
        return sorted(file for file in folder.iterdir() if file.suffix == ".py" and file.name[0] != ".")
    except OSError as error:
        message = f"the folder cannot be read: {error.strerror or error}"
        problems.append(PluginProblem(str(folder), message, "Check that you may read it."))
        return []
