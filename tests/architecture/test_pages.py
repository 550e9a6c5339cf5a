"""The pages for contributors name what is there, and every page can be found."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path, PurePosixPath

import pytest

from tests.architecture.sources import ROOT
from tests.architecture.test_packaging import tracked

DOCS = ROOT / "docs"
DECISIONS = sorted(path for path in (DOCS / "decisions").glob("*.md") if path.name != "index.md")
GUIDES = [ROOT / "CONTRIBUTING.md", DOCS / "architecture.md", DOCS / "rooms.md", *DECISIONS]

QUOTED = re.compile(r"`([\w.\-/]+)`")
ENDINGS = (".json", ".md", ".py", ".sql", ".toml", ".txt", ".xsd", ".yaml")
INSIDE = re.compile(r"`([\w.\-/]+)`\s+\(((?:`[^`]+`(?:,\s+)?)+)\)")
"""A path, and names that are found there."""

TO_COME = re.compile(r"`([\w.\-/]+)`\s+\(to come\)")
BASES = (ROOT, ROOT / "engine")
"""Where paths begin: at the root, in the architecture page also in the engine."""


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


@cache
def known() -> frozenset[str]:
    """Every file under version control and every folder with one, from the root; and files by their bare names."""
    names = [PurePosixPath(name) for name in tracked()]
    folders = {folder for name in names for folder in name.parents}
    return frozenset({*map(str, names), *map(str, folders), *(name.name for name in names)})


def place(name: str) -> Path | None:
    """Where the file or folder is that a page names."""
    ways = (base.relative_to(ROOT).joinpath(name).as_posix() for base in BASES)
    return next((ROOT / way for way in ways if way in known()), None)


def paths_in(page: Path) -> Iterator[str]:
    """The quoted words that are paths: they have a slash, or the ending of a file."""
    named = QUOTED.findall(TO_COME.sub("", text_of(page)))
    return (name for name in named if "/" in name or name.endswith(ENDINGS))


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_path_that_a_guide_names_is_there(page):
    assert [name for name in paths_in(page) if place(name) is None] == []


def found_in(path: Path, name: str) -> bool:
    """Whether the name is a file below the folder, or a word of the file or of a file below the folder."""
    inside = [path] if path.is_file() else [found for found in path.rglob("*") if found.is_file()]
    if any(found.name == name for found in inside):
        return True
    word = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
    texts = (found for found in inside if found.suffix in (".py", ".sql", ".toml", ".md"))
    return any(word.search(text_of(found)) for found in texts)


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_name_that_a_guide_puts_behind_a_path_is_found_there(page):
    wrong = [
        (path, name)
        for path, names in INSIDE.findall(text_of(page))
        for name in re.findall(r"`([^`]+)`", names)
        if "/" in path and ((there := place(path)) is None or not found_in(there, name))
    ]
    assert wrong == []


def test_what_is_called_to_come_has_not_come():
    announced = {name for page in GUIDES for name in TO_COME.findall(text_of(page))}
    assert announced
    assert {name for name in announced if place(name) is not None} == set()


def test_each_change_of_the_table_leads_to_a_recipe_with_a_test_to_start_from():
    text = text_of(DOCS / "rooms.md")
    anchors = re.findall(r"\[below\]\(#([\w-]+)\)", text)
    recipes = re.findall(r"^### (.+?)\n(.+?)(?=^### |\Z)", text, re.MULTILINE | re.DOTALL)
    assert len(anchors) >= 10
    assert anchors == [title.lower().replace(" ", "-") for title, _ in recipes]
    starts = re.compile(r"^Start (from|by) .+\.py", re.MULTILINE)
    assert [title for title, recipe in recipes if not starts.search(recipe)] == []


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_is_short_and_has_its_parts(page):
    lines = text_of(page).splitlines()
    headings = [line.removeprefix("## ") for line in lines if line.startswith("## ")]
    assert [name for name in headings if name != "Measured"] == ["Context", "Decision", "Consequences"]
    assert 15 <= len(lines) <= 50


def links_of(page: Path) -> set[Path]:
    targets = re.findall(r"\]\(([^)#\s]+)", text_of(page))
    return {(page.parent / target).resolve() for target in targets if ":" not in target}


PAGES = {path for path in DOCS.glob("*.md") if path.name != "index.md"}


@pytest.mark.parametrize("page", [DOCS / "index.md", ROOT / "README.md"], ids=lambda page: page.name)
def test_every_page_is_named_where_readers_begin(page):
    assert PAGES - links_of(page) == set()


def test_every_page_can_be_reached_from_the_index():
    reached, waiting = set(), [DOCS / "index.md"]
    while waiting:
        page = waiting.pop()
        if page not in reached and page.suffix == ".md" and page.is_file():
            reached.add(page)
            waiting += links_of(page)
    assert set(DOCS.rglob("*.md")) - reached == set()


def test_the_index_of_decisions_links_each_of_them_under_its_title():
    index = text_of(DOCS / "decisions" / "index.md")
    listed = dict(re.findall(r"^- \[(.+)\]\(([\w-]+\.md)\)$", index, re.MULTILINE))
    assert listed == {text_of(page).splitlines()[0].removeprefix("# "): page.name for page in DECISIONS}
