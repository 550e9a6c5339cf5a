"""Stock files from a folder: oldest first, as of their own time, moved away, never imported twice."""

import hashlib
import json
import os
from types import SimpleNamespace

import pytest

from engine.clock import to_datetime
from engine.errors import DatabaseBusy, ImportInProgress, InputError, StorageError, TimeInvalid
from engine.jobs import stock_files
from engine.jobs.stock_files import import_files
from engine.results import ImportReport, RowRefusal
from rules import EngineRules

BEFORE_S = 1_799_999_000


class FakeEngine:
    def __init__(self, database):
        self.runtime = SimpleNamespace(database=database, stop=lambda: False, rules=EngineRules())
        self.imported = []
        self.answers = {}
        self.stopped = set()

    def import_stock(self, path, *, file_time):
        answer = self.answers.get(path.name)
        if isinstance(answer, Exception):
            raise answer
        self.imported.append((path.name, file_time))
        if path.name not in self.stopped:
            note_import(self.runtime.database, path, file_time)
        rows = answer or []
        return ImportReport(
            as_of=to_datetime(file_time),
            rows=1,
            imported=1,
            refused=rows,
            refused_rows=len(rows),
            complete=path.name not in self.stopped,
        )


def note_import(database, path, as_of):
    """Leave the trace of an import that came to its end."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    with database.write() as work:
        columns = "file, file_hash, as_of, forced, started_at, finished_at, lease_until, token, rows, refused"
        values = f"'{path.name}', '{digest}', {as_of}, 0, 1, 2, 3, 't', 1, 0"
        work._connection.cursor().execute(f"INSERT INTO stock_import ({columns}) VALUES ({values})")


@pytest.fixture
def engine(database):
    return FakeEngine(database)


@pytest.fixture
def drop(tmp_path):
    folder = tmp_path / "incoming"
    folder.mkdir()

    def put(name, written_s=BEFORE_S, text="concrete_sku,name,quantity\n"):
        path = folder / name
        path.write_text(text)
        os.utime(path, (written_s, written_s))
        return path

    put.folder = folder
    put.pattern = str(folder / "*.csv")
    return put


def test_files_are_imported_oldest_first_as_of_their_own_time(engine, drop):
    drop("a.csv", BEFORE_S + 5)
    drop("b.csv", BEFORE_S)
    done = import_files(engine, drop.pattern, 2)
    assert engine.imported == [("b.csv", BEFORE_S * 1_000_000), ("a.csv", (BEFORE_S + 5) * 1_000_000)]
    assert done.outcome == "done"
    assert [entry["imported"] for entry in done.result["files"]] == [1, 1]


def test_an_imported_file_is_moved_to_done_and_not_seen_again(engine, drop):
    path = drop("a.csv")
    import_files(engine, drop.pattern, 2)
    assert not path.exists()
    assert (drop.folder / "done" / "a.csv").exists()
    assert import_files(engine, str(drop.folder / "**" / "*.csv"), 2).result == {"files": []}


def test_a_file_of_a_name_that_is_taken_gets_a_number(engine, drop):
    drop("a.csv", text="one")
    import_files(engine, drop.pattern, 2)
    drop("a.csv", text="two")
    import_files(engine, drop.pattern, 2)
    assert sorted(p.name for p in (drop.folder / "done").iterdir()) == ["a-2.csv", "a.csv"]


def test_a_refused_file_goes_to_failed_with_the_reason_beside_it(engine, drop):
    drop("bad.csv", BEFORE_S)
    drop("good.csv", BEFORE_S + 1)
    engine.answers["bad.csv"] = InputError("bad.csv:1: the column quantity is missing")
    done = import_files(engine, drop.pattern, 2)
    assert done.outcome == "partly"
    assert (drop.folder / "failed" / "bad.csv").exists()
    told = json.loads((drop.folder / "failed" / "bad.csv.report.json").read_text())
    assert "quantity" in told["message"]
    assert [name for name, _ in engine.imported] == ["good.csv"]


def test_refused_rows_are_listed_beside_the_imported_file(engine, drop, clock):
    drop("a.csv")
    engine.answers["a.csv"] = [RowRefusal(3, "unknown_sku", "there is no sku 'X'")]
    done = import_files(engine, drop.pattern, 2)
    assert (done.outcome, done.result["files"][0]["refused"]) == ("partly", 1)
    told = json.loads((drop.folder / "done" / "a.csv.report.json").read_text())
    assert told["refused"][0]["line"] == 3


def test_a_file_that_is_written_to_while_it_is_imported_stays_for_the_next_run(engine, drop, monkeypatch):
    path = drop("a.csv")
    real = engine.import_stock

    def import_stock(path, *, file_time):
        report = real(path, file_time=file_time)
        path.write_text("concrete_sku,name,quantity\nmore\n")
        return report

    monkeypatch.setattr(engine, "import_stock", import_stock)
    done = import_files(engine, drop.pattern, 2)
    assert done.result["files"][0]["error"]["code"] == "file_changed"
    assert path.exists()


@pytest.mark.parametrize("trouble", [DatabaseBusy(), ImportInProgress()])
def test_a_file_that_met_a_busy_engine_stays_for_the_next_run(engine, drop, trouble):
    path = drop("a.csv")
    engine.answers["a.csv"] = trouble
    with pytest.raises(type(trouble)):
        import_files(engine, drop.pattern, 2)
    assert path.exists()


def test_a_file_that_is_being_written_is_left_for_the_next_run(engine, drop, clock):
    now = clock.now // 1_000_000
    drop("a.csv", now - 1)
    assert import_files(engine, drop.pattern, 2).result == {"files": []}
    clock.forward(1)
    assert len(import_files(engine, drop.pattern, 2).result["files"]) == 1


def test_a_file_from_the_future_counts_as_of_the_start(engine, drop, clock):
    drop("a.csv", clock.now // 1_000_000 + 3600)
    import_files(engine, drop.pattern, 2)
    assert engine.imported == [("a.csv", clock.now)]


def test_a_file_that_a_crash_left_behind_is_moved_but_not_imported_again(engine, drop, database):
    path = drop("a.csv", text="some stock\n")
    note_import(database, path, BEFORE_S * 1_000_000)
    done = import_files(engine, drop.pattern, 2)
    assert engine.imported == []
    assert done.result["files"][0]["repeated"]
    assert (drop.folder / "done" / "a.csv").exists()


def test_the_same_content_counted_again_later_is_imported_again(engine, drop, database):
    test_a_file_that_a_crash_left_behind_is_moved_but_not_imported_again(engine, drop, database)
    drop("b.csv", BEFORE_S + 60, text="some stock\n")
    import_files(engine, drop.pattern, 2)
    assert [name for name, _ in engine.imported] == ["b.csv"]


def test_a_file_that_cannot_be_moved_is_told(engine, drop):
    drop("a.csv")
    (drop.folder / "done").write_text("in the way")
    done = import_files(engine, drop.pattern, 2)
    assert done.outcome == "partly"
    assert "cannot be moved" in done.result["files"][0]["error"]["message"]


@pytest.mark.parametrize("trouble", [OverflowError("date value out of range"), StorageError("out of range")])
def test_a_file_does_not_block_those_behind_it_whatever_it_raises(engine, drop, trouble):
    path = drop("a.csv", BEFORE_S)
    drop("b.csv", BEFORE_S + 1)
    engine.answers["a.csv"] = trouble
    done = import_files(engine, drop.pattern, 2)
    assert done.outcome == "partly"
    assert [entry["outcome"] for entry in done.result["files"]] == ["failed", "imported"]
    assert "out of range" in done.result["files"][0]["error"]["message"]
    assert path.exists()


def test_a_file_written_at_no_time_that_can_be_told_does_not_block_those_behind_it(engine, drop, monkeypatch):
    drop("a.csv", BEFORE_S)
    drop("b.csv", BEFORE_S + 1)
    before = -70_000_000_000_000_000  # about two hundred years before the year 1
    real = stock_files._time_of
    monkeypatch.setattr(stock_files, "_time_of", lambda path: before if path.name == "a.csv" else real(path))
    engine.answers["a.csv"] = TimeInvalid()
    done = import_files(engine, drop.pattern, 2)
    assert [entry["outcome"] for entry in done.result["files"]] == ["failed", "imported"]
    assert (drop.folder / "failed" / "a.csv").exists()


def test_a_file_whose_import_was_stopped_half_way_stays(engine, drop):
    path = drop("a.csv")
    engine.stopped.add("a.csv")
    assert import_files(engine, drop.pattern, 2).outcome == "stopped"
    assert path.exists()


def test_a_stop_is_obeyed_between_files(engine, drop):
    drop("a.csv", BEFORE_S)
    drop("b.csv", BEFORE_S + 1)
    engine.runtime.stop = lambda: bool(engine.imported)
    done = import_files(engine, drop.pattern, 2)
    assert done.outcome == "stopped"
    assert [name for name, _ in engine.imported] == ["a.csv"]
