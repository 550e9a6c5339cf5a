"""Unit tests that need a database have one in a file: what differs by kind is told in contract tests."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The URL of an empty database at the present schema."""
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'earmark.db')}"
