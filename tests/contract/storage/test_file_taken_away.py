"""An SQLite file that somebody removes or replaces while Earmark has it open: nothing is lost in what is left."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from earmark import open_engine
from engine.errors import DatabaseUnusable


@pytest.fixture
def path(sqlite_template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(sqlite_template, tmp_path / "earmark.db"))


def take_away(path: Path) -> None:
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        path.with_name(name).unlink(missing_ok=True)


@pytest.mark.parametrize("replaced", [False, True])
@pytest.mark.parametrize("used", [False, True])
def test_a_database_that_was_taken_away_is_neither_read_nor_written(path, sqlite_template, replaced, used):
    with open_engine(f"sqlite:///{path}") as engine:
        if used:
            engine.run_timeouts()
        take_away(path)
        if replaced:
            shutil.copy(sqlite_template, path)
        for ask in (engine.run_timeouts, engine.matrix):
            with pytest.raises(DatabaseUnusable, match="removed or replaced") as refused:
                ask()
            assert "Start" in refused.value.remedy
    assert path.exists() == replaced


def test_a_file_that_is_put_back_is_used_again(path, tmp_path):
    with open_engine(f"sqlite:///{path}") as engine:
        engine.run_timeouts()
        path.rename(tmp_path / "aside")
        with pytest.raises(DatabaseUnusable):
            engine.run_timeouts()
        (tmp_path / "aside").rename(path)
        assert engine.run_timeouts().examined == 0


@pytest.mark.parametrize("replaced", [False, True])
def test_without_the_journal_that_it_has_open_a_database_is_neither_read_nor_written(path, replaced):
    wal = path.with_name(f"{path.name}-wal")
    with open_engine(f"sqlite:///{path}") as engine:
        engine.run_timeouts()
        wal.unlink()
        if replaced:
            wal.touch()
        for ask in (engine.run_timeouts, engine.matrix):
            with pytest.raises(DatabaseUnusable, match="-wal was removed or replaced"):
                ask()
    with open_engine(f"sqlite:///{path}") as engine:
        assert engine.run_timeouts().examined == 0


def test_the_journal_may_come_and_go_with_the_processes_that_use_it(path):
    with open_engine(f"sqlite:///{path}") as engine:
        for _ in range(3):
            with open_engine(f"sqlite:///{path}") as other:
                other.run_timeouts()
            assert engine.run_timeouts().examined == 0


def test_another_working_folder_leads_to_the_same_file(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    with open_engine(f"sqlite:///{path.name}") as engine:
        monkeypatch.chdir("elsewhere")
        assert engine.run_timeouts().examined == 0
    assert not (tmp_path / "elsewhere" / path.name).exists()
