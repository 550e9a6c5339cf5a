"""The error tree: complete, each error with a documented code; codes of outcomes: documented, written once."""

from __future__ import annotations

import ast
import importlib
import re

import pytest

from engine import errors
from engine.codes import Code
from engine.errors import EarmarkError
from engine.inventory.stock.file import LONGEST_LINE
from engine.moving.step import LONGEST_CHAIN
from tests.architecture.sources import ROOT, files, module_name, shown, tree


def family(base: type[EarmarkError]) -> list[type[EarmarkError]]:
    return [base, *(found for child in base.__subclasses__() for found in family(child))]


def every_error() -> list[type[EarmarkError]]:
    for path in files():
        if path.name != "__main__.py" and "migrations" not in path.parts:
            importlib.import_module(module_name(path))
    return sorted(family(EarmarkError), key=lambda error: error.__qualname__)


ALL = every_error()
OWN = [error for error in ALL if error.__module__.startswith(errors.__name__)]
DOCUMENTED = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")


def test_the_drawing_is_the_tree():
    def drawn(error: type[EarmarkError], before: str = "", last: bool = True, top: bool = True) -> list[str]:
        branch = "" if top else before + ("└── " if last else "├── ")
        below = "" if top else before + ("    " if last else "│   ")
        children = [child for child in error.__subclasses__() if child in OWN]
        lines = [f"{branch}{error.__name__}".ljust(34) + error.code]
        for child in children:
            lines += drawn(child, below, child is children[-1], False)
        return lines

    drawing = (errors.__doc__ or "").split("\n\n", 1)[1].strip().splitlines()
    assert drawing == drawn(EarmarkError)


def test_an_error_of_the_tree_has_a_code_of_its_own():
    assert [error.__name__ for error in OWN if "code" not in vars(error)] == []


def test_a_code_belongs_to_one_error():
    codes = [error.code for error in ALL if "code" in vars(error)]
    assert sorted(codes) == sorted(set(codes))


@pytest.mark.parametrize("error", ALL, ids=lambda error: error.__name__)
def test_an_error_says_what_is_wrong(error):
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", error.code)
    first = (error.__doc__ or "").strip().splitlines()[0]
    assert first.endswith("."), f"{error.__name__}: its docstring is its message"
    assert error.__name__ not in first


@pytest.mark.parametrize("error", ALL, ids=lambda error: error.__name__)
def test_an_error_is_documented(error):
    assert f"| `{error.code}` |" in DOCUMENTED, f"docs/errors.md has no row for {error.code}"


def test_no_row_of_the_documentation_is_left_over():
    documented = set(re.findall(r"^\| `([a-z_]+)` \|", DOCUMENTED, re.MULTILINE))
    known = {error.code for error in ALL}
    outcomes = set(re.findall(r"^\| `([a-z_]+)` \|", DOCUMENTED.split("## Outcomes", 1)[1], re.MULTILINE))
    assert documented - known - outcomes == set()


OUTCOMES = DOCUMENTED.split("## Outcomes", 1)[1]
ROW = re.compile(r"^\| `([a-z_]+)` \|(?: [a-z, ]+ \|)? ([^|]+) \|", re.MULTILINE)
"""A row of a table of outcomes: its code and its meaning; only the first table says in between in which list."""


def test_every_code_of_an_outcome_is_documented_with_its_meaning():
    documented = ROW.findall(OUTCOMES)
    assert {code.value for code in Code} - {code for code, _ in documented} == set()
    differs = {
        code: told
        for code, told in documented
        if code in set(Code) and not told.replace("`", "").startswith(Code(code).meaning)
    }
    assert differs == {}


def test_no_outcome_of_the_documentation_is_left_over():
    of_the_command_line = {"usage", "interrupted", "answer_lost"}
    assert {code for code, _ in ROW.findall(OUTCOMES)} - set(Code) == of_the_command_line


def test_a_meaning_is_a_sentence_and_its_numbers_are_the_engine_s():
    assert [code for code in Code if not re.fullmatch(r"[A-Z].*\.", code.meaning)] == []
    assert f"More than {LONGEST_CHAIN} automatic steps" in Code.AUTOMATIC_LOOP.meaning
    assert f"more than {LONGEST_LINE:,} bytes" in Code.LINE_TOO_LONG.meaning


def test_a_code_is_written_once():
    # An error of the tree carries its own code; a wait is of a kind, and one kind is called as a code is.
    homes = {"engine/codes.py"} | {f"engine/errors/{name}.py" for name in ("__init__", "leaving", "storage")}
    kinds = {
        "engine/results/waiting.py",
        "engine/reading/waits.py",
        "engine/reading/why.py",
        "earmark/cli/why.py",
    }
    again = [
        f"{shown(path, node.lineno)} {node.value}"
        for path in files()
        if shown(path) not in homes
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in set(Code)
        if not (shown(path) in kinds and node.value == Code.PLUGIN_MISSING)
    ]
    assert again == []
