"""Reading a topology from a YAML file, strictly: everything that is wrong is told with its line.

Names are text. YAML reads ``001`` as a number and ``NO`` as a boolean, and would quietly change a sku or a
store that way: such values must be quoted, and are refused otherwise.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from itertools import repeat
from pathlib import Path
from typing import Any, TypeAlias

from pydantic import PrivateAttr, TypeAdapter, ValidationError

from engine.errors import FileUnreadable, InputError
from engine.files import TooLarge, read_all
from engine.nouns import count
from engine.requests import ProductEntry, Topology
from engine.topology.products import NOT_TOLD, KeyPath, Products, told_unit
from engine.topology.regular import Line, is_name, kind_of, without_regular
from rules.document import Document, read_document

LARGEST_FILE = 64 * 1024 * 1024
"""The largest topology file, in bytes."""

_Found: TypeAlias = "list[tuple[int, str]]"


_WHOLE = frozenset({("units", "decimals"), ("warehouses", "priority")})
"""Where a topology file has whole numbers; everything else that is no truth is text."""

_DEGREES = frozenset({("warehouses", "latitude"), ("warehouses", "longitude")})
"""Where it has numbers with decimals."""

_PLAIN = re.compile(r"[-+]?[0-9]{1,3}(\.[0-9]+)?", re.ASCII)


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
    words, text = _Words(), _read(path)
    document, products = _document(path, text, words)
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


def _document(path: Path, text: str, words: _Words) -> tuple[Document, _Reading]:
    """Return what the text says, and its products: by the library, but for those that stand one to a line."""
    products = _Reading()
    rest = without_regular(text, products.take_line)
    if rest is not None:
        shortened, line = rest
        document = read_document(path, shortened, words.value)
        # Else the library has found the key elsewhere, or something of it that is not on those lines.
        if document.lines.get(("products",)) == line and document.values.get("products", "") is None:
            document.values["products"] = []
            return document, products
        words.doubtful.clear()
    products = _Reading()
    return read_document(path, text, words.value, {("products",): products.take}), products


_PRODUCT = TypeAdapter(ProductEntry)


class _Reading:
    """The products of a file while it is read."""

    def __init__(self) -> None:
        self.products = Products()
        self.invalid: list[tuple[Mapping[KeyPath, int], list[Any]]] = []
        """What is wrong, with the lines of the parts around it."""

    def take_line(self, product: Line) -> None:
        """Take a product that stands on one line."""
        line, sku, concretes, units, category = product
        self.products.add(sku, line, concretes, repeat(line, len(concretes)), units, category)

    def take(self, value: Any, lines: Mapping[KeyPath, int]) -> None:
        """Take the next product, with the lines of its parts. The first of them is its own."""
        path = next(iter(lines))
        concretes = _plain(value)
        if concretes is None:
            self._validate(path, value, lines)
        else:
            self._add(path, value["sku"], concretes, lines)

    def _add(
        self,
        path: KeyPath,
        sku: str,
        concretes: Sequence[str],
        lines: Mapping[KeyPath, int],
        units: Sequence[str | None] | None = None,
        category: str | None = NOT_TOLD,
    ) -> None:
        within = [_line(lines, (*path, "concretes", n, "sku")) for n in range(len(concretes))]
        self.products.add(sku, lines[path], concretes, within, units, category)

    def _validate(self, path: KeyPath, value: Any, lines: Mapping[KeyPath, int]) -> None:
        try:
            entry = _PRODUCT.validate_json(json.dumps(value), strict=True)
        except ValidationError as error:
            rows: list[Any] = list(error.errors())
            for row in rows:
                row["loc"] = (*path, *row["loc"])
            self.invalid.append((lines, rows))
        else:
            units = [told_unit(entry, concrete) for concrete in entry.concretes]
            category = entry.category if "category" in entry.model_fields_set else NOT_TOLD
            concretes = [concrete.sku for concrete in entry.concretes]
            self._add(path, entry.sku, concretes, lines, units, category)


def _plain(value: Any) -> list[str] | None:
    """Return the concrete skus of a product that is as most are, without a unit; of any other one None."""
    if type(value) is not dict or value.keys() != _KEYS or not is_name(value["sku"]):
        return None
    inner = value["concretes"]
    if type(inner) is not list or not inner:
        return None
    names = [one.get("sku") if type(one) is dict and len(one) == 1 else None for one in inner]
    return [str(name) for name in names] if all(map(is_name, names)) else None


_KEYS = {"sku", "concretes"}


class _Words:
    """What values without quotes mean; notes where one is not text to YAML although it must be."""

    def __init__(self) -> None:
        self.doubtful: set[KeyPath] = set()
        """Where a value stands as text that YAML reads as something else: its kind is told already."""

    def value(self, document: Document, path: KeyPath, text: str) -> Any:
        """Return true, false, nothing or text; what YAML 1.1 takes for something else is refused, and text."""
        kind = kind_of(text)
        if kind == "null":
            return None
        if kind == "bool" and text in ("true", "false"):
            return text == "true"
        if kind == "str":
            return text
        if kind == "int" and path[::2] in _WHOLE and text.isdigit():
            return int(text)
        if kind in ("int", "float") and path[::2] in _DEGREES and _PLAIN.fullmatch(text):
            return float(text)
        self.doubtful.add(path)
        quoted = f"'{text}' in quotes"
        line = document.lines[path]
        if kind == "bool":
            document.problem(line, f"{text} is a boolean in YAML", f"Write true or false, or {quoted}.")
        else:
            document.problem(line, f"{text} is not text in YAML but of the kind '{kind}'", f"Write {quoted}.")
        return text


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
        "int_type": f"{shown} must be a whole number",
        "greater_than_equal": f"{shown} must be a number from 0 to 6",
        "less_than_equal": f"{shown} must be a number from 0 to 6",
        "tuple_type": f"{shown} must be a list",
        "literal_error": f"{shown} must be {found.get('ctx', {}).get('expected')}",
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
