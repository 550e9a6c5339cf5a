"""What the architecture tests look at: the shipped packages, their files and their syntax trees."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOP = ("earmark", "engine", "plugins", "processes", "rules", "visualize")


@cache
def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


SCAFFOLD = ROOT / "earmark" / "scaffold"
"""The files of a new project: data that ``earmark init`` copies, not code of the product."""


@cache
def files() -> tuple[Path, ...]:
    found = (path for top in TOP for path in (ROOT / top).rglob("*.py"))
    return tuple(sorted(path for path in found if not path.is_relative_to(SCAFFOLD)))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def shown(path: Path, line: int | None = None) -> str:
    place = path.relative_to(ROOT).as_posix()
    return place if line is None else f"{place}:{line}"


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(module: ast.Module) -> Iterator[Function]:
    return (node for node in ast.walk(module) if isinstance(node, Function))


def imported(module: ast.Module) -> Iterator[tuple[str, int]]:
    """Every imported module's dotted name and line, also of imports inside functions."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module, node.lineno


def lines_without_docstring(function: Function) -> int:
    """Physical lines from the ``def`` to the end, without decorators and without the docstring."""
    length = (function.end_lineno or function.lineno) - function.lineno + 1
    if ast.get_docstring(function, clean=False) is None:
        return length
    docstring = function.body[0]
    return length - ((docstring.end_lineno or docstring.lineno) - docstring.lineno + 1)
