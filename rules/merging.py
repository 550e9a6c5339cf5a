"""Several rule files as one: what they include, and which of them says what."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from rules.document import Document, KeyPath
from rules.errors import RuleProblem
from rules.suggest import did_you_mean

INCLUDE = "include"
"""The key at the top of a file that names further ones."""

MOST_FILES = 200
"""How many rule files a project has at most."""

_SPREAD = "options"
"""The key that several files may have: each level of it stands in one of them."""


@dataclass(slots=True)
class Merged:
    """What all files say together, and which document says it."""

    values: dict[str, Any] = field(default_factory=dict)
    problems: list[RuleProblem] = field(default_factory=list)
    _owners: dict[KeyPath, Document] = field(default_factory=dict)

    @classmethod
    def of(cls, documents: Sequence[Document]) -> Self:
        """Return the documents as one. What stands in two of them is a problem."""
        merged = cls()
        for document in documents:
            for key, value in document.values.items():
                if key != INCLUDE:
                    merged._add(merged.values, (key,), value, document)
        return merged

    def owner(self, path: KeyPath) -> Document:
        """Return the document that says what stands at the path, or what is around it."""
        while path not in self._owners:
            path = path[:-1]
        return self._owners[path]

    def _add(self, into: dict[str, Any], path: KeyPath, value: Any, document: Document) -> None:
        key, spread = str(path[-1]), path[0] == _SPREAD and len(path) < 3 and path[1:] != ("system",)
        if key not in into:
            into[key] = {} if spread and isinstance(value, dict) else value
            self._owners[path] = document
        elif not (spread and isinstance(into[key], dict) and isinstance(value, dict)):
            self._twice(path, document)
            return
        if spread and isinstance(value, dict):
            for name, inner in value.items():
                self._add(into[key], (*path, name), inner, document)

    def _twice(self, path: KeyPath, document: Document) -> None:
        first = self._owners[path]
        place = f"{first.file}:{first.lines[path]}"
        message = f'the key "{".".join(map(str, path))}" stands in two files, first at {place}'
        remedy = "Put everything below the key into one of the files."
        self.problems.append(RuleProblem(document.file, document.lines[path], message, remedy))


def with_included(
    root: Path, documents: Sequence[Document], read: Callable[[Path], Document]
) -> list[Document]:
    """Return the documents and all that they include, each once; what cannot be included is a problem of theirs.

    An include is a path from the folder of its file, and does not leave the folder of the rules.
    """
    home = (root if root.is_dir() else root.parent).resolve()
    found = {document.file.resolve(): document for document in documents}
    waiting = list(documents)
    while waiting:
        document = waiting.pop(0)
        for number, name in enumerate(_named(document)):
            path = document.file.parent / name
            line = document.lines.get((INCLUDE, number), 0)
            if (wrong := _wrong(path, home, len(found))) is not None:
                document.problem(line, f"{name!r} cannot be included: {wrong[0]}", wrong[1])
            elif path.resolve() not in found:
                found[path.resolve()] = included = read(path)
                waiting.append(included)
    return list(found.values())


def _named(document: Document) -> list[str]:
    said = document.values.get(INCLUDE)
    if said is None:
        return []
    if not isinstance(said, list) or not all(isinstance(name, str) and name for name in said):
        line = document.lines.get((INCLUDE,), 0)
        document.problem(
            line, '"include" is no list of files', "Write a list: include: [options/shoes.yaml]."
        )
        return []
    return said


def _wrong(path: Path, home: Path, files: int) -> tuple[str, str] | None:
    if not path.resolve().is_relative_to(home):
        return "it lies outside the folder of the rules", "Include what lies in that folder or below it."
    if not path.is_file():
        near = [entry.name for entry in path.parent.glob("*.y*ml")] if path.parent.is_dir() else []
        return "there is no such file", did_you_mean(path.name, sorted(near)) or "Check its name."
    if files >= MOST_FILES:
        return f"there are {MOST_FILES} files already", "Put more into each of them."
    return None
