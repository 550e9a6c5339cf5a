"""The error tree: complete in its drawing, one code each, documented, with a message of its own."""

from __future__ import annotations

import importlib
import re

import pytest

from engine import errors
from engine.errors import EarmarkError
from tests.architecture.sources import ROOT, files, module_name


def family(base: type[EarmarkError]) -> list[type[EarmarkError]]:
    return [base, *(found for child in base.__subclasses__() for found in family(child))]


def every_error() -> list[type[EarmarkError]]:
    for path in files():
        if path.name != "__main__.py" and "migrations" not in path.parts:
            importlib.import_module(module_name(path))
    return sorted(family(EarmarkError), key=lambda error: error.__qualname__)


ALL = every_error()
OWN = [error for error in ALL if error.__module__ == errors.__name__]
CODES = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")


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
    assert f"| `{error.code}` |" in CODES, f"docs/errors.md has no row for {error.code}"


def test_no_row_of_the_documentation_is_left_over():
    documented = set(re.findall(r"^\| `([a-z_]+)` \|", CODES, re.MULTILINE))
    known = {error.code for error in ALL}
    outcomes = set(re.findall(r"^\| `([a-z_]+)` \|", CODES.split("## Outcomes", 1)[1], re.MULTILINE))
    assert documented - known - outcomes == set()


OUTCOME = re.compile(
    r"""(?:Refusal\([^,"]+, |Obstacle\(\s*|_RowInvalid\(|_refuse\(line, |\bcode = |\] = \(|: \(|_FAILED = )"""
    r'''"([a-z]+_[a-z_]+)"'''
)
"""Where the code of an item's or a row's outcome is written."""


def test_every_code_of_an_outcome_is_documented() -> None:
    files = sorted((ROOT / "engine").rglob("*.py"))
    used = {code for path in files for code in OUTCOME.findall(path.read_text(encoding="utf-8"))}
    assert {
        "claim_lost",
        "command_open",
        "bad_flag",
        "condition_failed",
        "duplicate_row",
        "automatic_loop",
    } <= used
    assert {code for code in used if f"`{code}`" not in CODES} == set()
