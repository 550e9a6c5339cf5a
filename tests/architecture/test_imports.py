"""The direction of imports: the contracts of pyproject.toml, and what import-linter cannot say."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT, files, imported, shown, tree

SQL = re.compile(
    r"\b(SELECT\s.+\sFROM|INSERT\s+(OR\s+\w+\s+)?INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|CREATE\s+(TEMP\s+)?TABLE)\b",
    re.DOTALL,
)
DATABASE = ("sqlalchemy", "sqlmodel", "sqlite3", "alembic", "psycopg")


def test_the_contracts_of_pyproject_hold():
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def outside_storage():
    return [path for path in files() if not path.is_relative_to(ROOT / "engine" / "storage")]


def test_only_storage_speaks_to_the_database():
    # A type annotation may name what storage gives back.
    used = [
        f"{shown(path, line)} {name}"
        for path in outside_storage()
        for name, line in imported(tree(path))
        if name.split(".")[0] in DATABASE
    ]
    assert used == []


def test_only_storage_writes_sql():
    found = {shown(path): SQL.search(path.read_text(encoding="utf-8")) for path in outside_storage()}
    assert {name: match[0] for name, match in found.items() if match} == {}


def test_the_application_asks_the_engine_by_its_verbs():
    inside = [
        shown(path, node.lineno)
        for path in files()
        if path.is_relative_to(ROOT / "earmark")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and node.attr == "runtime"
    ]
    assert inside == []


HELP = """
import sys
from earmark.__main__ import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
heavy = {"sqlalchemy", "sqlmodel", "alembic", "apscheduler", "fastapi", "jinja2", "lxml"}
heavy |= {"prometheus_client", "opentelemetry"}
print(sorted(heavy & set(sys.modules)), file=sys.stderr)
"""


def heavy_of(command):
    """What the command prints, and the heavy libraries that it imports."""
    done = subprocess.run(
        [sys.executable, "-c", HELP, *command.split()], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr.strip().splitlines()[-1]


@pytest.mark.parametrize("command", ["--help", "demo --help", "process check --help"])
def test_help_needs_no_database_and_no_web_framework(command):
    shown, heavy = heavy_of(command)
    assert "Usage" in shown
    assert heavy == "[]"


@pytest.mark.parametrize("command", ["process check", "process show"])
def test_looking_at_a_file_needs_a_reader_of_xml_and_no_database(command):
    shown, heavy = heavy_of(f"{command} processes/DummyPayment.xml")
    assert "DummyPayment" in shown
    assert heavy == "['lxml']"
