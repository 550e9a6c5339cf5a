"""The walls: the page draws them as pyproject.toml does, they stop what they should, and no room is too large."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.architecture.contracts import contracts, packages, rooms
from tests.architecture.sources import ROOT, TOP, files

PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
LARGEST_ROOM = 0.15
"""The largest share of the engine's lines that a room may have."""

MOST_MODULES = 200
"""With how many modules the ground of deciding may be loaded, those of the interpreter included."""


def table(heading: str) -> list[list[str]]:
    """The rows of the first table below a heading, as their cells."""
    section = PAGE.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def names(cell: str) -> set[str]:
    return set(re.findall(r"`([\w.]+)`", cell))


def test_the_page_tells_what_each_package_may_import():
    told = {package.strip("`"): names(may) for package, _, may in table("The packages")}
    assert told == packages()


def test_the_page_tells_floor_and_walls_of_each_room():
    told = {room.strip("`"): (int(floor), may) for floor, room, _, may in table("The rooms of the engine")}
    assert {room: (floor, names(may)) for room, (floor, may) in told.items()} == rooms()
    for room, (floor, barred) in rooms().items():
        words = "nothing of ours" if not floor else "every lower floor but" if barred else "every lower floor"
        assert re.sub(r",? ?`\w+`", "", told[room][1]).strip() == words


def test_the_page_tells_the_rooms_from_the_top_down():
    floors = [int(floor) for floor, *_ in table("The rooms of the engine")]
    assert floors == sorted(floors, reverse=True)


def test_what_a_package_may_import_exists():
    named = {name for may in packages().values() for name in may}
    assert {name for name in named if not _module(name)} == set()


def _module(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return path.is_dir() or path.with_suffix(".py").is_file()


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources and their contracts, at another place."""
    folder = tmp_path_factory.mktemp("sources")
    for path in (*files(), ROOT / "pyproject.toml"):
        place = folder / path.relative_to(ROOT)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)
    return folder


@pytest.fixture
def write(sources: Path) -> Iterator[Callable[[str, str], None]]:
    """Adds text to a file of the copy for the length of a test."""
    before: dict[Path, str | None] = {}

    def add(name: str, text: str) -> None:
        path = sources.joinpath(*name.split(".")).with_suffix(".py")
        before[path] = path.read_text(encoding="utf-8") if path.exists() else None
        path.write_text(f"{before[path] or ''}\n\n{text}\n", encoding="utf-8")

    yield add
    for path, text in before.items():
        if text is None:
            path.unlink()
        else:
            path.write_text(text, encoding="utf-8")


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [program, "--no-cache"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={"COLUMNS": "200"},
    )


@pytest.mark.parametrize(
    ("module", "imported", "contract"),
    [
        ("engine.storage.line", "engine.moving.decide", "The rooms of the engine"),
        ("engine.inventory.messages", "engine.jobs.runner", "The rooms of the engine"),
        (
            "engine.storage.line",
            "engine.hooks",
            "The database knows nothing of processes, orders and plugins",
        ),
        ("engine.reading.matrix", "engine.operations.trigger", "The rooms of the engine"),
        ("engine.jobs.work", "engine.inventory.outbox", "Jobs ask the engine by its verbs"),
        ("engine.definition.model", "pydantic", "Definitions know nothing of the rest of the engine"),
        ("engine.errors", "engine.clock", "No circles among the files of a room, nor among rooms"),
        ("visualize.graph", "engine.results", "Diagrams know what a process is"),
        ("plugins.builtin.mail", "engine.storage.database", "Built-in plugins use what every plugin may use"),
        ("rules.models", "engine.errors", "Imports run one way"),
        (
            "engine.design.changes",
            "engine.storage.database",
            "What designers try is tried without a database",
        ),
    ],
)
def test_an_import_through_a_wall_breaks_the_contract_of_that_wall(
    sources, write, module, imported, contract
):
    write(module, f"import {imported}")
    told = lint(sources)
    assert told.returncode == 1
    assert [line for line in told.stdout.splitlines() if line.startswith(contract) and "BROKEN" in line]
    assert module in told.stdout.split("Broken contracts", 1)[1]


def test_the_copy_breaks_nothing_by_itself(sources):
    told = lint(sources)
    assert told.returncode == 0, told.stdout


def test_a_room_that_was_given_no_floor_breaks_the_contract(sources, write):
    write("engine.attic", '"""A room of which nobody knows."""')
    told = lint(sources)
    assert told.returncode == 1
    assert "attic" in told.stdout


GROUND = """
import sys
import {modules}
heavy = {{"sqlalchemy", "sqlmodel", "alembic", "transitions", "pydantic", "psycopg"}}
print(*sorted(heavy & set(sys.modules)))
print(len(sys.modules))
"""


def loaded(modules: list[str]) -> tuple[str, int]:
    """The heavy libraries that come along with these modules, and how many modules there are then."""
    code = GROUND.format(modules=", ".join(modules))
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    heavy, count = done.stdout.splitlines()
    return heavy, int(count)


def test_what_decides_about_a_step_loads_alone():
    pure = ["decide", "step", "plan", "known", "conditions", "commands"]
    modules = ["engine.definition", *(f"engine.moving.{name}" for name in pure), "engine.inventory.counting"]
    heavy, count = loaded(modules)
    assert heavy == ""
    assert count <= MOST_MODULES


def test_what_designers_try_loads_no_database():
    assert loaded(["engine.design"])[0] == ""


def test_no_room_has_more_than_its_share_of_the_engine():
    lines: Counter[str] = Counter()
    for path in files():
        place = path.relative_to(ROOT).parts
        if place[0] == "engine" and "migrations" not in place:
            room = place[1] if len(place) > 2 else "the files beside the rooms"
            lines[room] += len(path.read_text(encoding="utf-8").splitlines())
    shares = {room: round(count / lines.total(), 3) for room, count in lines.items()}
    assert {room: share for room, share in shares.items() if share > LARGEST_ROOM} == {}


def test_every_package_with_code_is_looked_at_for_circles():
    looked_at = [name for one in contracts("acyclic_siblings") for name in one["ancestors"]]
    counts = Counter(path.relative_to(ROOT).parts[0] for path in files())
    assert sorted(looked_at) == sorted(package for package in TOP if counts[package] > 1)
