"""The glossary: a sentence for each word, names that exist, and no word in use that it rules out."""

from __future__ import annotations

import importlib
import re
from functools import cache, reduce
from pathlib import Path
from typing import get_args

import pytest
from sqlmodel import SQLModel

from engine.storage import tables
from engine.storage.statements import statements
from rules import EngineRules
from tests.architecture.sources import ROOT, files, shown

PAGE = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
NAME = re.compile(r"(code|table|column|command|metric|rule) `([^`]+)`")
KINDS = ("code", "table", "column", "command", "metric", "rule")


def rows(section: str) -> list[list[str]]:
    """The rows of a section's table, without its head."""
    lines = PAGE.split(f"## {section}\n", 1)[1].split("\n## ", 1)[0].splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return cells[2:]


TERMS = rows("Terms")
BANNED = dict(rows("Words that are not used"))


def test_the_terms_are_in_order_and_each_is_told_in_one_sentence():
    words = [word for word, _, _ in TERMS]
    assert words == sorted(set(words), key=str.casefold)
    wrong = [meaning for _, meaning, _ in TERMS if not re.fullmatch(r"[A-Z](?:(?!\. ).)*\.", meaning)]
    assert wrong == []


def test_a_word_that_is_not_used_says_which_one_is():
    assert len(BANNED) >= 4
    assert set(BANNED.values()) <= {word for word, _, _ in TERMS}


def test_all_names_of_a_term_are_looked_up():
    assert [names for _, _, names in TERMS if NAME.sub("", names).strip(", ")] == []


def code_exists(name: str) -> bool:
    module, rest = name, list[str]()
    while True:
        try:
            found = importlib.import_module(module)
        except ModuleNotFoundError:
            module, _, last = module.rpartition(".")
            rest.insert(0, last)
        else:
            return reduce(lambda owner, part: getattr(owner, part, None), rest, found) is not None


def exists(kind: str, name: str) -> bool:
    schema = SQLModel.metadata.tables
    if kind == "code":
        return code_exists(name)
    if kind == "table":
        temporary = (ROOT / "engine/storage/sql/storage/temporary.sql").read_text(encoding="utf-8")
        return name in schema or f"TABLE IF NOT EXISTS {name} (" in temporary
    owner, _, member = name.partition(".")
    if kind == "column":
        return member in schema[owner].columns
    if kind == "rule":
        annotation = EngineRules.model_fields[owner].annotation
        return any(
            member in getattr(model, "model_fields", ()) for model in (annotation, *get_args(annotation))
        )
    page, told = {"command": ("cli", f"\nearmark {name} "), "metric": ("operability", f"`{name}`")}[kind]
    return told in (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", KINDS)
def test_every_name_exists(kind):
    named = [name for _, _, names in TERMS for found, name in NAME.findall(names) if found == kind]
    assert named
    assert [name for name in named if not exists(kind, name)] == []


@cache
def names_that_stay() -> frozenset[str]:
    """Tables, their classes, columns and indexes, and statements: they keep their first names."""
    known = {name for dialect in ("sqlite", "postgresql") for name in statements(dialect)}
    for name, table in SQLModel.metadata.tables.items():
        known |= {name, *table.columns.keys(), *(str(index.name) for index in table.indexes)}
    return frozenset(known | set(tables.__all__))


def words_of(text: str) -> str:
    """The text in words: without names that stay, and with other names taken apart."""
    text = re.sub(r"\w+", lambda found: "" if found[0] in names_that_stay() else found[0], text)
    return re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", text).casefold()


def read_by_people() -> list[Path]:
    # The glossary says which words are not used, and a migration of the schema is not changed any more.
    pages = [path for path in (ROOT / "docs").rglob("*.md") if path.name != "glossary.md"]
    code = [path for path in files() if "migrations" not in path.parts]
    return [
        *code,
        *pages,
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        *(ROOT / "docs/schemas").glob("*.json"),
    ]


@pytest.mark.parametrize("word", BANNED)
def test_a_word_that_is_not_used_is_not_used(word):
    banned = re.compile(rf"(?<![a-z]){word}s?(?![a-z])")
    using = [
        shown(path)
        for path in read_by_people()
        if banned.search(words_of(path.name)) or banned.search(words_of(path.read_text(encoding="utf-8")))
    ]
    assert using == [], f"say {BANNED[word]!r}"
