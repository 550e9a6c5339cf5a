"""Reading a topology from a YAML file, strictly: everything that is wrong is told with its line.

Names are text. YAML reads ``001`` as a number and ``NO`` as a boolean, and would quietly change a sku or a
store that way: such values must be quoted, and are refused otherwise.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

import yaml
from pydantic import PrivateAttr, ValidationError

from engine.errors import FileUnreadable, InputError
from engine.files import TooLarge, read_all
from engine.inventory.topology.problems import KeyPath
from engine.nouns import count
from engine.requests import Topology
from rules.document import Document, read_document

LARGEST_FILE = 64 * 1024 * 1024
"""The largest topology file, in bytes."""

_Found: TypeAlias = "list[tuple[int, str]]"


class FileTopology(Topology):
    """A topology that knows the line each of its parts stands on."""

    _file: str = PrivateAttr(default="")
    _lines: Mapping[KeyPath, int] = PrivateAttr(default_factory=dict)

    def where(self, path: KeyPath) -> str:
        """Return ``file:line`` of a part of the topology."""
        return f"{self._file}:{_line(self._lines, path)}"


def read_topology(path: Path) -> FileTopology:
    """Read and validate the file. Raises FileUnreadable, or InputError with every problem and its line."""
    words = _Words()
    document = read_document(path, _read(path), words.value)
    problems = [(problem.line, f"{problem.message}. {problem.remedy}") for problem in document.problems]
    if not document.lines:
        raise _refusal(path, problems or [(1, "the file is empty")])
    try:
        topology = FileTopology.model_validate_json(json.dumps(document.values), strict=True)
    except ValidationError as error:
        raise _refusal(path, [*problems, *_invalid(error, document, words)]) from None
    if problems:
        raise _refusal(path, problems)
    topology._file, topology._lines = str(path), document.lines
    return topology


class _Words:
    """What values without quotes mean; notes where one is not text to YAML although it must be."""

    def __init__(self) -> None:
        self.doubtful: set[KeyPath] = set()
        """Where a value stands as text that YAML reads as something else: its kind is told already."""

    def value(self, document: Document, path: KeyPath, text: str) -> Any:
        """Return true, false, nothing or text; what YAML 1.1 takes for something else is refused, and text."""
        kind = _kind(text)
        if kind == "null":
            return None
        if kind == "bool" and text in ("true", "false"):
            return text == "true"
        if kind == "str":
            return text
        self.doubtful.add(path)
        quoted = f"'{text}' in quotes"
        line = document.lines[path]
        if kind == "bool":
            document.problem(line, f"{text} is a boolean in YAML", f"Write true or false, or {quoted}.")
        else:
            document.problem(line, f"{text} is not text in YAML but of the kind '{kind}'", f"Write {quoted}.")
        return text


def _kind(text: str) -> str:
    """Return what YAML 1.1 takes an unquoted value for: ``str``, ``int``, ``bool``, ``timestamp`` and so on."""
    for tag, pattern in yaml.SafeLoader.yaml_implicit_resolvers.get(text[:1], ()):
        if pattern.match(text):
            return str(tag).rpartition(":")[2]
    return "str"


def _invalid(error: ValidationError, document: Document, words: _Words) -> _Found:
    kinds = ("string_type", "bool_type")
    rows = [row for row in error.errors() if row["type"] not in kinds or row["loc"] not in words.doubtful]
    return [(_line(document.lines, row["loc"]), _text(dict(row))) for row in rows]


def _read(path: Path) -> str:
    try:
        return read_all(path, LARGEST_FILE).decode("utf-8-sig")
    except TooLarge as error:
        raise FileUnreadable(f"{path}: {error.strerror}", remedy="Split the file.") from None
    except OSError as error:
        raise FileUnreadable(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        found = f"{path} is not UTF-8 text (byte {error.start})"
        raise FileUnreadable(found, remedy="Save it as UTF-8.") from None


def _line(lines: Mapping[KeyPath, int], path: KeyPath) -> int:
    """Return the line of the part, or of the nearest thing around it."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def _text(found: Mapping[str, Any]) -> str:
    kind, name = found["type"], found["loc"][-1] if found["loc"] else ""
    shown = f"'{name}'" if name and isinstance(name, str) else "this"
    texts = {
        "missing": f"{shown} is missing",
        "extra_forbidden": f"{shown} is not known here",
        "string_type": f"{shown} must be text",
        "bool_type": f"{shown} must be true or false",
        "tuple_type": f"{shown} must be a list",
        "too_short": f"{shown} must have at least one entry",
        "string_too_short": f"{shown} must not be empty",
        "string_too_long": f"{shown} is longer than 255 characters",
        "model_type": f"{shown} must be keys with values",
        "model_attributes_type": f"{shown} must be keys with values",
    }
    return texts.get(kind, f"{shown}: {found['msg']}")


def _refusal(path: Path, problems: _Found) -> InputError:
    rows = [{"place": f"{path}:{line}", "message": text} for line, text in sorted(problems)]
    title = f"{path} has {count(len(rows), 'problem')}"
    listed = [f"  {row['place']}: {row['message']}" for row in rows]
    return InputError(f"{title}:", listed=listed, remedy="Mend what is listed.", problems=rows)
