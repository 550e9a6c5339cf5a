"""Reading a topology from a YAML file, strictly: everything that is wrong is told with its line.

Names are text. YAML reads ``001`` as a number and ``NO`` as a boolean, and would quietly change a sku or a
store that way: such values must be quoted, and are refused otherwise.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import yaml
from pydantic import PrivateAttr, TypeAdapter, ValidationError

from engine.errors import FileUnreadable, InputError
from engine.files import TooLarge, read_all
from engine.inventory.topology.products import KeyPath, Products
from engine.nouns import count
from engine.requests import ProductEntry, Topology
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
        line = self.products.line(path) if isinstance(self.products, Products) else None
        return f"{self._file}:{line or _line(self._lines, path)}"


def read_topology(path: Path) -> FileTopology:
    """Read and validate the file. Raises FileUnreadable, or InputError with every problem and its line.

    Products are validated as they are read, and only their names are kept: ``products`` makes entries of them when
    it is asked.
    """
    words, products = _Words(), _Reading()
    document = read_document(path, _read(path), words.value, {("products",): products.take})
    products.validate()
    problems = [(problem.line, f"{problem.message}. {problem.remedy}") for problem in document.problems]
    if not document.lines:
        raise _refusal(path, problems or [(1, "the file is empty")])
    problems += [found for lines, rows in products.invalid for found in _invalid(rows, lines, words)]
    try:
        topology = FileTopology.model_validate_json(json.dumps(document.values), strict=True)
    except ValidationError as error:
        raise _refusal(path, [*problems, *_invalid(error.errors(), document.lines, words)]) from None
    if problems:
        raise _refusal(path, problems)
    topology._file, topology._lines = str(path), document.lines
    topology.__dict__["products"] = products.products
    return topology


_PRODUCTS = TypeAdapter(list[ProductEntry])

_BATCH = 1000
"""How many products are validated at once."""


class _Reading:
    """The products of a file while it is read: some are kept as they stand there, until they are validated."""

    def __init__(self) -> None:
        self.products = Products()
        self.invalid: list[tuple[Mapping[KeyPath, int], list[Any]]] = []
        """What is wrong, with the lines of the parts around it."""
        self._waiting: list[Any] = []
        self._lines: dict[KeyPath, int] = {}
        self._done = 0

    def take(self, value: Any, lines: Mapping[KeyPath, int]) -> None:
        """Take the next product, with the lines of its parts."""
        self._waiting.append(value)
        self._lines.update(lines)
        if len(self._waiting) >= _BATCH:
            self.validate()

    def validate(self) -> None:
        """Validate what waits for it."""
        try:
            entries = _PRODUCTS.validate_json(json.dumps(self._waiting), strict=True)
        except ValidationError as error:
            rows: list[Any] = list(error.errors())
            for row in rows:
                row["loc"] = ("products", self._done + row["loc"][0], *row["loc"][1:])
            self.invalid.append((self._lines, rows))
        else:
            for entry in entries:
                self.products.add(entry, self._lines)
        self._done += len(self._waiting)
        self._waiting, self._lines = [], {}


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


def _invalid(rows: Sequence[Any], lines: Mapping[KeyPath, int], words: _Words) -> _Found:
    kinds = ("string_type", "bool_type")
    wrong = [row for row in rows if row["type"] not in kinds or row["loc"] not in words.doubtful]
    return [(_line(lines, row["loc"]), _text(row)) for row in wrong]


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
    return texts.get(kind, f"{shown}: {found['msg'].removeprefix('Value error, ')}")


def _refusal(path: Path, problems: _Found) -> InputError:
    rows = [{"place": f"{path}:{line}", "message": text} for line, text in sorted(problems)]
    title = f"{path} has {count(len(rows), 'problem')}"
    listed = [f"  {row['place']}: {row['message']}" for row in rows]
    return InputError(f"{title}:", listed=listed, remedy="Mend what is listed.", problems=rows)
