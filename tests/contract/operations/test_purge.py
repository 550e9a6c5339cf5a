"""Purging deletes what is old and nothing that a live item needs, and can be cut off anywhere."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engine.ages import moment_before
from engine.clock import to_datetime, to_microseconds
from engine.errors import InputError
from engine.hooks import Scope
from engine.requests import StockCorrection
from engine.results.purge import KINDS
from tests.helpers.clock import DAY, START
from tests.helpers.plugins import fails

SALE = """
    states new paid* closed
    new -> paid : pay
    paid -> closed : close
    new -> new : note
    event pay command=c manual
"""


def history_rows(world):
    return set(world.query("SELECT item_id, run_id FROM item_history"))


def runs(world):
    return {row[0] for row in world.query("SELECT id FROM transition_run")}


def check_counted(world):
    """Every run counts the history rows it has, and no history row has lost its run."""
    wrong = world.query(
        "SELECT r.id, r.history_rows, count(h.item_id) FROM transition_run r"
        " LEFT JOIN item_history h ON h.run_id = r.id GROUP BY r.id, r.history_rows"
        " HAVING r.history_rows <> count(h.item_id)"
    )
    assert wrong == []
    orphans = "SELECT h.item_id FROM item_history h WHERE h.run_id NOT IN (SELECT id FROM transition_run)"
    assert world.query(orphans) == []


@pytest.fixture
def sale(sale):
    sale.command("c")
    return sale


def old_items(sale):
    """Two closed items and a live one that shared their first run, all of them 100 days old."""
    first, second, live = sale.place_many(3)
    sale.trigger("pay", first, second, live)
    sale.trigger("close", first, second)
    sale.forward(100 * DAY)
    return first, second, live


def test_closed_items_lose_their_history_and_live_ones_keep_all_of_theirs(sale):
    first, second, live = old_items(sale)
    before = sale.history(live)
    report = sale.engine.purge("90 days")
    assert (report.history, report.complete) == (6, True)
    assert sale.history(first) == sale.history(second) == []
    assert sale.history(live) == before
    assert {run for _, run in history_rows(sale)} <= runs(sale)
    check_counted(sale)


def test_a_run_goes_with_the_last_item_that_took_part_in_it(sale):
    *_, live = old_items(sale)
    placing, paying, closing = sorted(runs(sale))
    sale.engine.purge("90 days")
    assert runs(sale) == {placing, paying, closing}  # the live item needs two, the third is the newest
    sale.trigger("close", live)
    sale.forward(100 * DAY)
    report = sale.engine.purge("90 days")
    assert (report.history, report.runs) == (3, 3)
    assert len(runs(sale)) == 1
    check_counted(sale)


def test_what_is_not_old_enough_stays(sale):
    item = sale.place_many(1)[0]
    sale.trigger("pay", item)
    sale.forward(100 * DAY)
    sale.trigger("close", item)
    sale.forward(89 * DAY)
    assert sale.engine.purge("90 days").total == 0
    assert len(sale.history(item)) == 3
    sale.forward(DAY)
    sale.forward(1)
    assert sale.engine.purge("90 days").history == 3


def test_steps_of_a_closed_item_that_are_younger_than_the_limit_stay(sale):
    (item,) = sale.place_many(1)
    sale.trigger("pay", item)
    sale.trigger("close", item)
    sale.forward(50 * DAY)
    sale.sql("UPDATE transition_run SET at = ? WHERE event = 'close'", sale.clock())
    sale.forward(50 * DAY)
    assert sale.engine.purge("90 days").history == 2
    assert [entry.event for entry in sale.history(item)] == ["close"]
    check_counted(sale)


def test_a_state_that_can_be_left_is_not_closed(sale):
    (item,) = sale.place_many(1)
    sale.trigger("note", item)
    sale.forward(1000 * DAY)
    assert sale.engine.purge("1 day").total == 0


def test_the_newest_run_and_message_stay_so_that_no_id_comes_again(sale):
    sale.sql("UPDATE stock SET quantity = 1000000")
    old_items(sale)
    newest = max(runs(sale))
    sale.sql("DELETE FROM item_history")
    sale.sql("UPDATE transition_run SET history_rows = 0")
    sale.sql("UPDATE outbox SET published_at = created_at")
    (last,) = sale.query("SELECT max(id) FROM outbox")[0]
    sale.engine.purge("90 days")
    assert runs(sale) == {newest}
    assert sale.query("SELECT id FROM outbox") == [(last,)]


def test_messages_that_are_not_published_stay(sale):
    for number in range(4):
        sale.sql("INSERT INTO outbox (kind, payload, created_at) VALUES ('k', '{}', ?)", START + number)
    ids = [row[0] for row in sale.query("SELECT id FROM outbox WHERE kind = 'k' ORDER BY id")]
    sale.sql("UPDATE outbox SET published_at = ? WHERE id IN (?, ?)", START, ids[0], ids[2])
    sale.sql("UPDATE outbox SET published_at = ? WHERE id = ?", START + 100 * 86_400_000_000, ids[1])
    sale.forward(100 * DAY)
    assert sale.engine.purge("90 days").messages >= 2
    assert [row[0] for row in sale.query("SELECT id FROM outbox WHERE kind = 'k' ORDER BY id")] == [
        ids[1], ids[3],
    ]  # fmt: skip


def test_failed_runs_without_history_go(sale):
    sale.place_many(1)
    sale.sql(
        "INSERT INTO transition_run (at, trigger, correlation, host, outcome, items, history_rows)"
        " VALUES (?, 'api', 'c', 'h', 'failed', 0, 0)",
        START,
    )
    sale.place_many(1)
    sale.forward(100 * DAY)
    assert sale.engine.purge("90 days").runs == 1


def test_open_command_calls_stay_and_forgotten_ones_go(sale):
    sale.command("c", Scope.ORDER, does=fails())
    (item,) = sale.place_many(1)
    sale.trigger("pay", item)
    sale.sql(
        "INSERT INTO command_run (key, command, event, state_id, started_at) VALUES ('k', 'c', 'pay', 1, ?)",
        START,
    )
    sale.forward(100 * DAY)
    assert sale.engine.purge("90 days").command_calls == 1
    assert [key for (key,) in sale.query("SELECT key FROM command_run")] != ["k"]
    assert sale.value("SELECT count(*) FROM command_run") == 1


def test_claims_of_items_that_have_moved_on_go_a_day_after_they_expired(sale):
    """One for the step that its item stands at tells that a command was begun and may have had its effect."""
    items = sale.place_many(3)
    claims = [(-1, START), (-1, START + 86_400_000_000), (0, START)]
    for item, (step, expires) in zip(items, claims, strict=True):
        sale.sql(
            "INSERT INTO item_claim (item_id, token, holder, event, step, claimed_at, expires_at)"
            " VALUES (?, 't', 'h', 'pay', ?, ?, ?)",
            item, step, START, expires,
        )  # fmt: skip
    sale.forward(DAY + 1)
    assert sale.engine.purge("90 days", dry_run=True).claims == 1
    assert sale.engine.purge("90 days").claims == 1
    assert sale.query("SELECT item_id FROM item_claim ORDER BY 1") == [(items[1],), (items[2],)]


def test_what_undoing_an_old_migration_would_need_goes(sale):
    process, version = sale.query("SELECT process_id, id FROM process_version")[0]
    for number, finished in ((1, START), (2, START + 50 * 86_400_000_000), (3, None)):
        sale.sql(
            "INSERT INTO migration (id, process_id, target_id, state_map, started_at, finished_at, moved)"
            " VALUES (?, ?, ?, '{}', ?, ?, 1)",
            number, process, version, START, finished,
        )  # fmt: skip
        sale.sql("INSERT INTO migration_item VALUES (?, 1, 1, ?, 1)", number, START)
    sale.forward(100 * DAY)
    assert sale.engine.purge("90 days").undo_data == 1
    assert sale.query("SELECT migration_id FROM migration_item ORDER BY 1") == [(2,), (3,)]
    assert sale.value("SELECT count(*) FROM migration") == 3


@pytest.mark.parametrize("cut_off", [True, False])
def test_a_purge_takes_nothing_that_undoing_a_migration_needs(sale, cut_off):
    """The hold that ended with the migration is told by the history of the item, which is closed now."""
    (item,) = sale.place()
    held = sale.held()
    sale.deploy("states new done* closed\n done -> closed : close", force=True)
    sale.forward(20 * DAY)
    stops = iter([False, True])  # after the first chunk
    sale.engine.runtime.stop = lambda: cut_off and next(stops, True)
    assert (sale.migrate().complete, sale.held()) == (not cut_off, 0)
    sale.engine.runtime.stop = lambda: False
    sale.forward(10 * DAY)
    age = "5 days" if cut_off else "15 days"
    for dry_run in (True, False):
        report = sale.engine.purge(age, dry_run=dry_run)
        assert (report.history, report.undo_data) == (0, 0)
    assert sale.engine.undo_migration(1).moved == 1
    assert (sale.state(item), sale.held()) == ("new", held)


def add_import(sale, number, file, as_of, finished=START, lease=0):
    sale.sql(
        "INSERT INTO stock_import (id, file, file_hash, as_of, started_at, finished_at, lease_until, token)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, 't')",
        number, file, file, as_of, START, finished, lease,
    )  # fmt: skip


def test_the_latest_import_of_each_file_and_time_of_count_stays(sale):
    for number, file, as_of in ((101, "a", 1), (102, "a", 1), (103, "a", 2), (104, "b", 1)):
        add_import(sale, number, file, as_of)
    add_import(sale, 105, "b", 3, finished=None)
    add_import(sale, 106, "c", 1, finished=None)
    for number in (105, 106):
        sale.sql("INSERT INTO stock_staging VALUES (?, 1, 1, 2, 1, 0, 0, 1, 0, 0)", number)
    add_import(sale, 107, "b", 1)
    add_import(sale, 108, "d", 1)
    add_import(sale, 109, "d", 1, finished=None)
    sale.forward(100 * DAY)
    report = sale.engine.purge("90 days")
    # 101 and 104 were repeated, and nobody can take up 105 any more; 106 can be.
    assert (report.imports, report.staged_rows) == (3, 1)
    left = [row[0] for row in sale.query("SELECT id FROM stock_import WHERE id > 100 ORDER BY id")]
    assert left == [102, 103, 106, 107, 108, 109]
    assert sale.query("SELECT import_id FROM stock_staging") == [(106,)]


def test_a_file_that_comes_again_after_a_purge_is_a_count_of_its_own(sale):
    path = sale.folder / "stock.csv"
    text = path.read_text()
    as_of = sale.query("SELECT as_of FROM stock_import")[0][0]
    sale.forward(100 * DAY)
    sale.engine.purge("90 days")
    path.write_text(text)
    report = sale.engine.import_stock(path, as_of=as_of + int(99 * DAY) * 1_000_000)
    assert (report.imported, report.refused) == (2, [])
    assert to_microseconds(report.as_of) > as_of


def test_a_dry_run_counts_the_same_and_deletes_nothing(sale):
    old_items(sale)
    sale.place_many(1)
    sale.sql("UPDATE outbox SET published_at = created_at")
    before = history_rows(sale), runs(sale)
    names = sale.statements(lambda: sale.engine.purge("90 days", dry_run=True))
    assert "commit" not in names
    counted = sale.engine.purge("90 days", dry_run=True)
    assert (history_rows(sale), runs(sale)) == before
    assert counted.dry_run
    done = sale.engine.purge("90 days")
    assert {kind: getattr(done, kind) for kind in KINDS} == {kind: getattr(counted, kind) for kind in KINDS}
    assert done.history == 6
    assert sale.engine.purge("90 days", dry_run=True).total == 0


def test_a_dry_run_counts_the_same_where_all_kinds_of_things_are_old_and_young(sale):
    """Everything is there once before the limit, once at the limit, and once in use."""
    undone, kept, *more = sale.place_many(4)
    for item in (undone, kept):
        sale.trigger("pay", item)
    sale.deploy(SALE + "paid -> closed : drop", force=True)
    first = sale.migrate(state="paid").migration
    sale.trigger("close", kept)
    sale.engine.undo_migration(first)
    sale.trigger("close", undone)
    sale.trigger("pay", *more)
    sale.trigger("close", more[0])
    limit, day = sale.clock(), 86_400_000_000
    for number, at in ((201, limit - 1), (202, limit), (203, limit - 1), (204, limit - 1)):
        sale.sql("INSERT INTO outbox (id, kind, payload, created_at) VALUES (?, 'k', '{}', 0)", number)
        sale.sql("UPDATE outbox SET published_at = ? WHERE id = ? AND id <> 203", at, number)
        sale.sql(
            "INSERT INTO command_run (id, key, command, event, state_id, started_at)"
            " VALUES (?, ?, 'c', 'pay', 1, ?)",
            number, str(number), at,
        )  # fmt: skip
    sale.sql("INSERT INTO command_member (item_id, command_run_id, step) VALUES (?, 203, 1)", more[1])
    for item, expires in ((1, limit + 89 * day - 1), (2, limit + 89 * day), (3, limit + 200 * day)):
        sale.sql(
            "INSERT INTO item_claim (item_id, token, holder, event, step, claimed_at, expires_at)"
            " VALUES (?, 't', 'h', 'pay', 1, 0, ?)",
            item, expires,
        )  # fmt: skip
    for number, file, lease in ((301, "a", limit - 1), (302, "b", limit), (303, "c", limit + 200 * day)):
        for further in (0, 10):
            add_import(sale, number + further, file, 1, finished=None, lease=lease)
        sale.sql("UPDATE stock_import SET finished_at = ? WHERE id = ?", START, number + 10)
        sale.sql("INSERT INTO stock_staging VALUES (?, 1, 1, 2, 1, 0, 0, 1, 0, 0)", number)
    sale.sql("UPDATE stock_import SET started_at = started_at - 1")
    sale.forward(90 * DAY)
    sale.sql("UPDATE transition_run SET at = at - 1 WHERE event = 'close' OR event = 'pay'")
    sale.sql("UPDATE order_item SET state_since = state_since - 1 WHERE id IN (?, ?)", undone, more[0])
    counted = sale.engine.purge("90 days", dry_run=True)
    done = sale.engine.purge("90 days")
    assert {kind: getattr(done, kind) for kind in KINDS} == {kind: getattr(counted, kind) for kind in KINDS}
    assert sale.engine.purge("90 days").total == 0
    assert [row[0] for row in sale.query("SELECT id FROM outbox WHERE id > 200 ORDER BY id")] == [
        202,
        203,
        204,
    ]
    assert [row[0] for row in sale.query("SELECT id FROM command_run WHERE id > 200 ORDER BY id")] == [
        202,
        203,
    ]
    assert [row[0] for row in sale.query("SELECT item_id FROM item_claim ORDER BY 1")] == [2, 3]
    assert [row[0] for row in sale.query("SELECT import_id FROM stock_staging ORDER BY 1")] == [302, 303]
    assert [row[0] for row in sale.query("SELECT id FROM stock_import WHERE id > 300 ORDER BY id")] == [
        302, 303, 311, 312, 313,
    ]  # fmt: skip
    assert len(sale.history(kept)) == len(sale.history(more[1])) + 2
    assert done.history == 4
    check_counted(sale)


def test_what_is_no_age_is_refused(sale):
    for text in ("", "soon", "-3 days", "0 days"):
        with pytest.raises(InputError):
            sale.engine.purge(text)


def test_the_limit_follows_the_calendar():
    def limit(moment, age):
        return to_datetime(moment_before(to_microseconds(moment), age))

    assert limit(datetime(2026, 3, 31, tzinfo=UTC), "1 month") == datetime(2026, 2, 28, tzinfo=UTC)
    assert limit(datetime(2026, 3, 2, tzinfo=UTC), "1 weekday") == datetime(2026, 2, 27, tzinfo=UTC)
    assert limit(datetime(2026, 3, 2, tzinfo=UTC), "P1DT2H") == datetime(2026, 2, 28, 22, tzinfo=UTC)


def test_a_stop_ends_it_between_two_chunks(sale, monkeypatch):
    monkeypatch.setattr("engine.operations.purge.CHUNK", 1)
    old_items(sale)
    told = []
    sale.engine.runtime.stop = lambda: bool(told)
    report = sale.engine.purge("90 days", progress=lambda done, _total: told.append(done))
    assert (report.complete, report.history) == (False, 3)
    check_counted(sale)
    sale.engine.runtime.stop = lambda: False
    assert sale.engine.purge("90 days").history == 3


def test_the_number_of_statements_depends_on_the_chunks_and_not_on_the_items(sale):
    def statements(count):
        items = sale.place_many(count)
        sale.trigger("pay", *items)
        sale.trigger("close", *items)
        sale.forward(100 * DAY)
        return sale.statements(lambda: sale.engine.purge("90 days"))

    sale.restock("tea-1,North,1000")
    assert statements(5) == statements(300)


class Killed(Exception):
    """The process dies here."""


def test_it_can_be_cut_off_at_any_statement(make_shop, monkeypatch):
    monkeypatch.setattr("engine.operations.purge.CHUNK", 2)
    number = 0
    cut = True
    while cut:
        number += 1
        world = make_shop().stocked(tea_1=100)
        world.deploy(SALE)
        world.command("c")
        first, second, live = old_items(world)
        kept = world.history(live)
        cut = purge_until(world, number)
        check_counted(world)
        assert world.history(live) == kept
        assert len(world.history(first)) in (0, 3)
        world.engine.purge("90 days")
        check_counted(world)
        assert (world.history(first), world.history(second), world.history(live)) == ([], [], kept)
        assert world.drift() == []
        world.close()  # a server has only so many connections
    assert number > 20


def purge_until(world, last):
    """Purge and die at the n-th statement; return whether it came so far."""
    left = last

    def probe(_name):
        nonlocal left
        left -= 1
        if left == 0:
            raise Killed

    database = world.engine.runtime.database
    database.probe = probe
    try:
        world.engine.purge("90 days")
    except Killed:
        return True
    finally:
        database.probe = None
    return False


def test_changes_of_stock_go_but_for_the_newest_count_of_each_warehouse(sale):
    before = len(sale.engine.stock_history("tea-1").changes)
    sale.restock("tea-1,North,70", "tea-1,South,7")
    fixed = [StockCorrection(sku="tea-1", warehouse="North", by=1, reason="found", reference="C-1")]
    sale.engine.correct_stock(fixed)
    sale.forward(100 * DAY)
    sale.restock("tea-2,North,70")
    assert sale.engine.purge("90 days", dry_run=True).stock_changes == before + 2  # with that of tea-2
    assert sale.engine.purge("90 days").stock_changes == before + 2  # with that of tea-2
    left = sale.engine.stock_history("tea-1").changes
    assert sorted((one.kind, one.warehouse, one.quantity) for one in left) == [
        ("count", "North", 70),
        ("count", "South", 7),
    ]
    assert sale.engine.purge("90 days").total == 0
    assert sale.engine.correct_stock(fixed).corrected == 1  # its reference was forgotten with it
