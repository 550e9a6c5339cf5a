"""What is shipped: exactly the product's packages, and nothing of the machine it was written on."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from itertools import chain
from pathlib import PurePath

import pytest

from tests.architecture.sources import ROOT, SCAFFOLD, TOP, files, imported, project, tree

# Composed, so that this file does not contain what it looks for.
MACHINE = re.compile(
    "|".join(
        (
            r"(?<![\w.~])/(?:home|root|Users|work|opt)/[a-z]\w*",
            r"https?://[^\s\"']*(?:py" + r"pi|simple)[./]",
            r"[A-Z]:\\" + r"\\?Users",
        )
    )
)


def normal(name: str) -> str:
    """The one spelling of a distribution's name."""
    return re.sub(r"[-_.]+", "-", name).lower()


def tracked() -> list[str]:
    """Files that are in version control or would be; all files in an unpacked source archive."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode == 0:
        return [name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]
    skipped = {".venv", ".git", "demo-output", "__pycache__", "build", "dist"}
    paths = (path for path in ROOT.rglob("*") if path.is_file() and not skipped & set(path.parts))
    return [path.relative_to(ROOT).as_posix() for path in paths]


def test_the_packages_of_the_build_are_the_folders_of_the_product():
    found = [path.parent for top in TOP for path in (ROOT / top).rglob("__init__.py")]
    folders = {".".join(path.relative_to(ROOT).parts) for path in found}
    listed = project()["tool"]["setuptools"]["packages"]
    assert sorted(folders) == sorted(listed)


def test_tests_and_benchmarks_are_not_shipped():
    listed = project()["tool"]["setuptools"]["packages"]
    assert {name.split(".")[0] for name in listed} == set(TOP)


def test_every_file_that_is_not_python_is_named_in_the_build():
    patterns = project()["tool"]["setuptools"]["package-data"]
    listed = set(project()["tool"]["setuptools"]["packages"])
    missing = []
    for name in tracked():
        is_code = name.endswith(".py") and not (ROOT / name).is_relative_to(SCAFFOLD)
        if name.split("/")[0] not in TOP or is_code:
            continue
        folders = name.split("/")[:-1]
        while ".".join(folders) not in listed:
            folders.pop()
        inside = (ROOT / name).relative_to(ROOT.joinpath(*folders))
        depth = len(inside.parts)
        listed_for = [p for p in patterns.get(".".join(folders), []) if len(PurePath(p).parts) == depth]
        if not any(inside.match(pattern) for pattern in listed_for):
            missing.append(name)
    assert missing == []


def test_a_module_in_a_shipped_folder_belongs_to_a_package():
    homeless = [
        path.relative_to(ROOT).as_posix() for path in files() if not (path.parent / "__init__.py").exists()
    ]
    assert homeless == []


def test_every_library_is_pinned_without_an_address():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert [line for line in pins if not re.fullmatch(r"[A-Za-z0-9][\w.-]*==\w[\w.+!]*", line)] == []
    pinned = {normal(line.split("==")[0]) for line in pins}
    wanted = [
        *project()["project"]["dependencies"],
        *chain(*project()["project"]["optional-dependencies"].values()),
    ]
    names = {normal(re.match(r"[\w.-]+", line)[0]) for line in wanted}
    assert names - pinned == set()


def test_no_file_knows_the_machine_it_was_written_on():
    found = {}
    for name in tracked():
        text = (ROOT / name).read_bytes().decode("utf-8", errors="ignore")
        if match := MACHINE.search(text):
            found[name] = match[0]
    assert found == {}


def test_every_library_that_is_imported_is_declared_and_the_other_way_round():
    by_module = dict(packages_distributions())
    own = {*TOP, *sys.stdlib_module_names}
    # pydantic_core is published with pydantic and of no use without it.
    by_module |= {"pydantic_core": ["pydantic"]}
    # Several packages share the name google; what is imported of it is protobuf.
    by_module |= {"google": ["protobuf"]}
    modules = {name.split(".")[0] for path in files() for name, _ in imported(tree(path))} - own
    used = {normal(by_module[module][0]) for module in modules - EXTRA.keys() - {"pytest"}}
    declared = {normal(re.match(r"[\w.-]+", line)[0]) for line in project()["project"]["dependencies"]}
    assert used - declared == set(), "imported, but not in the dependencies of pyproject.toml"
    assert declared - used == set(), "in the dependencies of pyproject.toml, but never imported"


def test_pytest_is_imported_only_by_the_plugin_that_pytest_itself_loads():
    importing = [path for path in files() if any(name == "pytest" for name, _ in imported(tree(path)))]
    assert [path.relative_to(ROOT).as_posix() for path in importing] == ["earmark/pytest_plugin.py"]
    assert project()["project"]["entry-points"]["pytest11"] == {"earmark": "earmark.pytest_plugin"}


EXTRA = {
    "opentelemetry": ("otel", "opentelemetry-", "earmark/telemetry/tracing.py"),
    "kombu": ("exchange", "kombu", "engine/exchange/broker.py"),
    "standardwebhooks": ("webhooks", "standardwebhooks", "earmark/sinks/webhook.py"),
}
"""Libraries of extras: which extra, how what it brings begins, and the one file that imports it."""


@pytest.mark.parametrize("library", EXTRA)
def test_what_an_extra_brings_is_imported_in_one_place_and_only_when_it_is_used(library):
    extra, begins, place = EXTRA[library]
    importing = {
        path.relative_to(ROOT).as_posix(): [
            node
            for node in tree(path).body
            if isinstance(node, ast.Import | ast.ImportFrom) and library in ast.unparse(node)
        ]
        for path in files()
        if any(name.startswith(library) for name, _ in imported(tree(path)))
    }
    assert importing == {place: []}
    requirements = project()["project"]["optional-dependencies"][extra]
    assert all(normal(requirement).startswith(begins) for requirement in requirements)


def test_libraries_of_formats_are_asked_for_by_the_name_of_the_extra_that_brings_them():
    asked = {
        (node.args[0].value.split(".")[0], node.args[1].value)
        for path in files()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "library"
    }
    extras = project()["project"]["optional-dependencies"]
    brought = {
        (normal(re.match(r"[\w.-]+", line)[0]), extra) for extra, lines in extras.items() for line in lines
    }
    assert {extra for _, extra in asked} == {"sheets", "messages"}
    assert asked == {(name, extra) for name, extra in brought if extra in ("sheets", "messages")}
    statically = {name.split(".")[0] for path in files() for name, _ in imported(tree(path))}
    assert statically & {name for name, _ in asked} == set()
