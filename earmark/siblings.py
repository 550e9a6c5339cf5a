"""Finding Earmark's other packages next to this one, whatever else is called ``plugins`` or ``rules``.

The five packages have everyday names, and a user's project has folders of the same names. A folder without
``__init__.py`` in the working folder would hide a package that is installed in development mode, because such
a package is found last. So the names are looked up here first, and only where this package itself lies.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

SIBLINGS = ("engine", "plugins", "processes", "rules", "visualize")
"""The top-level packages that come with ``earmark`` in one distribution."""


class SiblingFinder:
    """A finder for ``sys.meta_path`` that resolves the sibling packages from one folder and nothing else."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec of a sibling package; None for every other name.

        Raises ImportError when the package is missing, so that no stranger of the same name takes its place.
        """
        if path is not None or fullname not in SIBLINGS:
            return None
        spec = PathFinder.find_spec(fullname, [str(self.root)])
        if spec is None or spec.origin is None:
            raise ImportError(f"Earmark is not installed completely: {self.root} has no package {fullname!r}")
        return spec


def secure_siblings(root: Path) -> None:
    """Make the sibling packages come from ``root``; raise ImportError when another one is loaded already."""
    if any(isinstance(finder, SiblingFinder) and finder.root == root for finder in sys.meta_path):
        return
    for name in SIBLINGS:
        loaded = sys.modules.get(name)
        if loaded is not None and not _lies_in(loaded, root):
            raise ImportError(
                f"the package {name!r} was loaded from {_place(loaded)}, but Earmark's own is in {root}: "
                "install Earmark into an environment of its own"
            )
    sys.meta_path.insert(0, SiblingFinder(root))


def _place(module: ModuleType) -> str:
    return str(getattr(module, "__file__", None) or list(getattr(module, "__path__", ["nowhere"])))


def _lies_in(module: ModuleType, root: Path) -> bool:
    file = getattr(module, "__file__", None)
    return file is not None and Path(file).resolve().parent.parent == root
