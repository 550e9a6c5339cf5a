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
from engine.inventory.topology.problems import KeyPath
from engine.requests import Topology

LARGEST_FILE = 64 * 1024 * 1024
"""The largest topology file, in bytes."""

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_YAML = "tag:yaml.org,2002"
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
    plain = _Plain()
    data = plain.value(_compose(path), ())
    try:
        topology = FileTopology.model_validate_json(json.dumps(data), strict=True)
    except ValidationError as error:
        raise _refusal(path, [*plain.problems, *_invalid(error, plain)]) from None
    if plain.problems:
        raise _refusal(path, plain.problems)
    topology._file, topology._lines = str(path), plain.lines
    return topology


class _Plain:
    """Turns YAML nodes into plain values; notes each one's line, and what JSON would not have allowed."""

    def __init__(self) -> None:
        self.lines: dict[KeyPath, int] = {}
        self.problems: _Found = []
        self.doubtful: set[KeyPath] = set()
        """Where a value stands as text that YAML read as something else: its kind is told already."""
        self._seen: set[int] = set()

    def value(self, node: Any, path: KeyPath) -> Any:
        """Return the node's value; one that is refused stands as its text."""
        self.lines.setdefault(path, node.start_mark.line + 1)
        if id(node) in self._seen:
            self._problem(node, "an alias (*) is not supported: write the value out")
            return None
        self._seen.add(id(node))
        if node.tag.rpartition(":")[0] != _YAML:
            self._problem(node, f"the tag {node.tag} is not supported")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*path, n)) for n, item in enumerate(node.value)]
        return self._scalar(node, path)

    def _mapping(self, node: Any, path: KeyPath) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, item in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.tag != f"{_YAML}:str":
                self._problem(key, "a key must be text")
                continue
            if key.value in found:
                self._problem(key, f"the key '{key.value}' is given twice")
            self.lines[(*path, key.value)] = key.start_mark.line + 1
            found[key.value] = self.value(item, (*path, key.value))
        return found

    def _scalar(self, node: Any, path: KeyPath) -> Any:
        kind, text = node.tag.rpartition(":")[2], node.value
        quoted = f"'{text}' in quotes"
        if kind == "null":
            return None
        if kind == "bool" and text in ("true", "false"):
            return text == "true"
        if kind == "bool":
            self._problem(node, f"{text} is a boolean in YAML: write true or false, or {quoted}")
        elif kind != "str":
            self._problem(node, f"{text} is not text in YAML but of the kind '{kind}': write {quoted}")
        if kind != "str":
            self.doubtful.add(path)
        return text

    def _problem(self, node: Any, text: str) -> None:
        self.problems.append((node.start_mark.line + 1, text))


def _invalid(error: ValidationError, plain: _Plain) -> _Found:
    kinds = ("string_type", "bool_type")
    rows = [row for row in error.errors() if row["type"] not in kinds or row["loc"] not in plain.doubtful]
    return [(_line(plain.lines, row["loc"]), _text(dict(row))) for row in rows]


def _compose(path: Path) -> Any:
    try:
        if path.stat().st_size > LARGEST_FILE:
            limit = f"{LARGEST_FILE // 1024**2} MiB"
            raise FileUnreadable(f"{path} is larger than {limit}", remedy="Split the file.")
        text = path.read_bytes().decode("utf-8-sig")
        root = yaml.compose(text, Loader=_Loader)
    except OSError as error:
        raise FileUnreadable(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        found = f"{path} is not UTF-8 text (byte {error.start})"
        raise FileUnreadable(found, remedy="Save it as UTF-8.") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _refusal(path, [(1 if mark is None else mark.line + 1, f"not YAML: {error.problem}")]) from None
    except yaml.YAMLError as error:
        raise _refusal(path, [(1, f"not YAML: {str(error).splitlines()[0]}")]) from None
    except RecursionError:
        raise _refusal(path, [(1, "the values are nested too deeply")]) from None
    if root is None:
        raise _refusal(path, [(1, "the file is empty")])
    return root


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
    title = f"{path} has a problem" if len(rows) == 1 else f"{path} has {len(rows)} problems"
    listed = "".join(f"\n  {row['place']}: {row['message']}" for row in rows)
    return InputError(f"{title}:{listed}", remedy="Mend what is listed.", problems=rows)
