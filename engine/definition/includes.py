"""Finding the file that a ``<process file="...">`` includes, without ever leaving the definition folders."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath

from engine.definition.findings import FindingList
from engine.definition.model import Location

_MOST_SEARCHED = 20_000


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file to read: its real path and the path that messages show."""

    path: Path
    shown: str


class IncludeFinder:
    """Finds included files. The definition folders are those given and the main file's own."""

    def __init__(self, main: Path, folders: Sequence[Path]) -> None:
        self._folders = tuple(dict.fromkeys((main.parent, *folders)))
        self._real_folders = tuple(real_path(folder) for folder in self._folders)
        self._by_base_name: dict[str, list[Path]] | None = None
        self._gave_up = False

    def find(self, file: str, including: str, location: Location, findings: FindingList) -> FoundFile | None:
        """Return the file that ``file``, written in the file shown as ``including``, means; else add a
        finding.

        First the path relative to the including file, then the base name anywhere in the definition folders,
        where files whose folders match the written path too go before others. Spaces stand for underscores,
        as in the reference engine, and the extension .xml may be left out.
        """
        written = file.replace(" ", "_")
        if not self._stays_inside(written, including):
            self._refuse_outside(file, location, findings)
            return None
        names = [written] if written.lower().endswith(".xml") else [f"{written}.xml", written]
        beside = [Path(os.path.normpath(Path(including).parent / name)) for name in names]
        candidates = [path for path in beside if is_file(path)]
        elsewhere = not candidates
        if elsewhere:
            candidates = self._search(names)
        if len(candidates) != 1:
            self._refuse_count(file, beside, candidates, location, findings)
            return None
        return self._accept(candidates[0], file, elsewhere, location, findings)

    def _stays_inside(self, written: str, including: str) -> bool:
        if PurePosixPath(written).is_absolute() or PureWindowsPath(written).anchor or "\0" in written:
            return False
        # Judged by the path alone: nothing can be learnt about files outside, not even that they exist.
        target = _plain(Path(including).parent / written)
        return any(target.is_relative_to(_plain(folder)) for folder in self._folders)

    def _accept(
        self, path: Path, file: str, elsewhere: bool, location: Location, findings: FindingList
    ) -> FoundFile | None:
        real = real_path(path)
        if not any(real.is_relative_to(folder) for folder in self._real_folders):
            self._refuse_outside(file, location, findings)
            return None
        if elsewhere:
            message = f'"{file}" is not beside this file; {path} has the same base name and is taken.'
            remedy = "Write the path relative to the including file."
            findings.add("include-elsewhere", location, message, remedy)
        return FoundFile(real, str(path))

    def _search(self, names: list[str]) -> list[Path]:
        if self._by_base_name is None:
            self._by_base_name = {}
            for path in self._walk():
                self._by_base_name.setdefault(path.name, []).append(path)
        found: dict[Path, Path] = {}
        for name in names:
            for path in self._by_base_name.get(PurePosixPath(name).name, ()):
                found.setdefault(real_path(path), path)
        tails = [
            tuple(part for part in PurePosixPath(name).parts if part not in (".", "..")) for name in names
        ]
        matching = [p for p in found.values() if any(p.parts[-len(tail) :] == tail for tail in tails)]
        return sorted(matching or found.values())

    def _walk(self) -> Iterator[Path]:
        left = _MOST_SEARCHED
        for folder in self._folders:
            for parent, folders, names in os.walk(folder):
                folders[:] = [name for name in folders if not name.startswith(".")]
                left -= 1 + len(names)
                if left < 0:
                    self._gave_up = True
                    return
                yield from (path for path in (Path(parent, name) for name in names) if is_file(path))

    def _refuse_outside(self, file: str, location: Location, findings: FindingList) -> None:
        message = f'The include "{file}" leads out of the definition folder.'
        folders = ", ".join(str(folder) for folder in self._folders)
        remedy = f"Write a path, without symbolic links, to a file inside {folders}."
        findings.add("include-outside", location, message, remedy)

    def _refuse_count(
        self, file: str, beside: list[Path], found: list[Path], location: Location, findings: FindingList
    ) -> None:
        if found:
            listed = ", ".join(str(path) for path in found)
            message = f'The include "{file}" could be any of: {listed}.'
            remedy = "Write the path relative to the including file, with its folder."
            findings.add("include-ambiguous", location, message, remedy)
            return
        folders = ", ".join(str(folder) for folder in self._folders)
        tried = " or ".join(str(path) for path in beside)
        message = f'The include "{file}" is not there: neither {tried}, nor the base name below {folders}.'
        if self._gave_up:
            message += f" The search ended after {_MOST_SEARCHED} files."
        remedy = "Correct the path (spaces in it stand for underscores), or add the file."
        findings.add("include-not-found", location, message, remedy)


def _plain(path: Path) -> Path:
    return Path(os.path.normpath(path.absolute()))


def is_file(path: Path) -> bool:
    """Return whether there is a file; a path that nothing can have, such as one that is too long, leads to none."""
    try:
        return path.is_file()
    except OSError:
        return False


def real_path(path: Path) -> Path:
    """Return the path with symbolic links resolved, or as it is when it can only fail to be opened."""
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):
        # A loop of symbolic links (RuntimeError before Python 3.13), or a character no path can have.
        return path
