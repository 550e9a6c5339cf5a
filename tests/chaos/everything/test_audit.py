"""The audit can fail: of every sentence one row is damaged by hand, and it is told."""

from __future__ import annotations

import shutil
import sqlite3

import psycopg
import pytest

from tests.chaos.everything.answers import BOOKED, CALLED, CARTED, MOVED, PLACED
from tests.chaos.everything.audit import audit
from tests.chaos.everything.ending import AT_REST, DONE, check_rest
from tests.chaos.everything.outside import Outside
from tests.chaos.everything.places import AUTOMATIC, TIMEOUTS
from tests.chaos.everything.plugins import OVERSOLD, World
from tests.chaos.everything.seen import moment
from tests.chaos.everything.sentences import SENTENCES
from tests.chaos.everything.shelves import COUNTED, RELEASED, SOLD
from tests.chaos.everything.stage import Stage
from tests.chaos.everything.worker import LOTS, Hands
from tests.helpers.databases import ON_POSTGRESQL
from tests.helpers.memory import lasting_folder

DEEDS = [
    *(
        "deliver",
        "deploy",
        "deploy",
        "hold_cart",
        "place_cart",
        "place",
        "place_many",
        "place_named",
        "place_last",
    ),
    *("pack", "pay", "hold_cart"),
    *("migrate", "ship_state", "ship_items", "ship_items", "count_both", "timeouts", "place", "place"),
]
NEEDED = [
    "SELECT 1 FROM migration_item m JOIN order_item i ON i.id = m.item_id AND i.step = m.step",
    "SELECT 1 FROM transition_run WHERE trigger = 'stock-update' AND outcome = 'moved' AND command IS NULL",
    "SELECT 1 FROM order_item WHERE warehouse_id IS NOT NULL",
    "SELECT 1 FROM outbox WHERE kind = 'booking'",
    "SELECT 1 FROM item_timeout",
    "SELECT 1 FROM cart_hold WHERE outcome = 'placed'",
    "SELECT 1 FROM transition_run WHERE command = 'charge' AND outcome = 'moved'",
]
"""What there must be to be damaged."""

MOVED_ITEM = """
    (SELECT h.item_id FROM item_history h JOIN transition_run r ON r.id = h.run_id
     WHERE r.outcome = 'moved' AND r.source_id <> r.target_id AND r.id =
         (SELECT max(o.run_id) FROM item_history o WHERE o.item_id = h.item_id) ORDER BY 1 LIMIT 1)"""
ITEM = "(SELECT min(id) FROM order_item)"
LAMP = "(SELECT id FROM product WHERE sku = 'lamp-1')"
NORTH = "(SELECT id FROM warehouse WHERE name = 'North')"

DAMAGES = {
    "a reservation is the sum of what its items and carts count": "UPDATE reservation SET reserved = reserved + 1",
    "every product has a reservation and an availability in every store": (
        "DELETE FROM abstract_availability WHERE abstract_id = 1 AND store_id = 2"
    ),
    "an item counts what its state says": (
        f"UPDATE order_item SET counted_hold = quantity, counted_reserved = quantity WHERE id = {ITEM}"
    ),
    "a cart counts as long as its hold has not ended, and an order that it has become is stored": (
        "UPDATE cart_hold_line SET counted_hold = counted_hold + 1"
    ),
    "availability is stock less reservations and holds, with those of the stores that share": (
        f"UPDATE availability SET available = available + 1 WHERE product_id = {LAMP} AND store_id = 1"
    ),
    "an abstract product can be sold while one of its concrete products can": (
        "UPDATE abstract_availability SET never_out_of_stock = 1 - never_out_of_stock WHERE abstract_id = 1"
    ),
    "of a closed state as many items are kept as stand in it": (
        "INSERT INTO closed_items (state_id, store_id, since, items) VALUES (1, 1, 0, 999)"
    ),
    "an order has its lines, each once, and they are of its process": (
        f"UPDATE order_item SET line = line + 1 WHERE id = {ITEM}"
    ),
    "an item was placed once, and that is the first that happened to it": (
        "UPDATE transition_run SET outcome = 'moved' WHERE outcome = 'placed'"
    ),
    "a step begins where the one before has led, and no earlier than that": (
        "UPDATE transition_run SET at = 0 WHERE outcome = 'moved'"
    ),
    "an item stands where its history has led": (
        f"UPDATE order_item SET state_id = state_id + 1 WHERE id = {ITEM}"
    ),
    "an item has taken as many steps as its history tells": (
        f"UPDATE order_item SET step = step + 1 WHERE id = {ITEM}"
    ),
    "an item is in its state since it came there": (
        f"UPDATE order_item SET state_since = state_since - 1 WHERE id = {MOVED_ITEM}"
    ),
    "a run counts the history rows that are left of it": (
        "DELETE FROM item_history WHERE run_id = (SELECT max(id) FROM transition_run WHERE outcome = 'moved')"
    ),
    "a history row is of an item and of a run": "INSERT INTO item_history VALUES (999999, 1)",
    "an automatic step is due at the step at which its item stands": (
        "INSERT OR REPLACE INTO due_step (item_id, step, event, due_at)"
        f" SELECT id, step + 1, 'on', 1 FROM order_item WHERE id = {ITEM}"
    ),
    "a claim is of an item that has not come to its step later than it": (
        "INSERT OR REPLACE INTO item_claim SELECT id, 'token', 'nobody', 'pay', step + 1, 0, 0"
        f" FROM order_item WHERE id = {ITEM}"
    ),
    "a member of a command call stands at the step that it was called for, and the call is known": (
        f"INSERT OR REPLACE INTO command_member SELECT id, 999999, step FROM order_item WHERE id = {ITEM}"
    ),
    "a migration has moved the items that its runs tell of": "UPDATE migration SET moved = moved - 1",
    "an item that a migration has moved and that did not move since stands in the version of its aim": (
        "UPDATE migration SET target_id = target_id + 1000"
    ),
    "of two migrations with the same aim one has ended": (
        "INSERT INTO migration (process_id, target_id, state_map, started_at, moved)"
        " VALUES (1, 1, '{}', 1, 0), (1, 1, '{}', 1, 0)"
    ),
    "of two imports one has ended or been left": (
        "INSERT INTO stock_staging (import_id, product_id, warehouse_id, line, quantity, never_out_of_stock,"
        " is_bundle, counted_at, done) SELECT min(id), 1, 1, 2, 0, 0, 0, 1, 0 FROM stock_import"
    ),
    "no amount is below zero": f"UPDATE stock SET quantity = -1 WHERE product_id = {LAMP}",
    TIMEOUTS: "DELETE FROM item_timeout",
    AUTOMATIC: (
        "INSERT OR REPLACE INTO due_step (item_id, step, event, due_at)"
        f" SELECT id, step, 'nonsense', 1 FROM order_item WHERE id = {ITEM}"
    ),
    COUNTED: (
        f"UPDATE stock SET quantity = quantity + 1000000 WHERE product_id = {LAMP} AND warehouse_id = {NORTH}"
    ),
    SOLD: (
        "UPDATE order_item SET counted_reserved = 1000000000000 WHERE id ="
        f" (SELECT max(id) FROM order_item WHERE product_id = {LAMP})"
    ),
    PLACED: "UPDATE sales_order SET reference = 'another' WHERE id = 1",
    MOVED: "UPDATE transition_run SET items = items - 1 WHERE outcome = 'moved' AND trigger = 'api'",
    BOOKED: "INSERT INTO outbox (kind, payload, created_at)"
    " SELECT kind, payload, 1 FROM outbox WHERE kind = 'booking' LIMIT 1",
}
"""What breaks each sentence, done to the database."""

OUTSIDE = {
    RELEASED: "DELETE FROM gone",
    CALLED: "DELETE FROM plugin_call",
    CARTED: "UPDATE asked_order SET document = json_set(document, '$.hold', 'one')",
}
"""The same of what the world outside knows."""

UNREST = {
    "no item is in a claim of a dead process": (
        "INSERT OR REPLACE INTO item_claim SELECT id, 'token', 'nobody', 'pay', step, 0, 0 FROM order_item"
    ),
    "what is due is taken, or stuck": (
        "INSERT OR REPLACE INTO due_step (item_id, step, event, due_at) SELECT id, step, 'on', 1 FROM order_item"
    ),
    "no migration is left in the middle": "UPDATE migration SET finished_at = NULL, undone_at = NULL",
    "what was shipped before the last count is released": (
        "UPDATE order_item SET state_id = (SELECT s.id FROM process_state s JOIN process_version v"
        " ON v.id = s.version_id WHERE v.process_id = 1 AND s.name = 'shipped' LIMIT 1) WHERE id = 1"
    ),
    "every message is published": "UPDATE outbox SET published_at = NULL",
}
"""What breaks the sentences of the end."""


def lived(folder, url):
    """A stage where everything has been done that leaves a trace."""
    stage = Stage(folder, url, 1)
    stage.prepare()
    hands = Hands(stage, "calm", calm=True)
    for _ in range(20):
        for deed in DEEDS:
            hands.deeds[deed]()
        with moment(url) as seen:
            if all(seen.rows(sql) for sql in NEEDED):
                break
    hands.close()
    return stage


@pytest.fixture(scope="module")
def kept():
    """A stage in a file, to be copied."""
    folder = lasting_folder()
    return lived(folder, f"sqlite:///{folder}/earmark.db")


@pytest.fixture
def stage(kept, tmp_path):
    """A copy of the stage."""
    folder = tmp_path / "copy"
    shutil.copytree(kept.folder, folder)
    return Stage(folder, f"sqlite:///{folder}/earmark.db", 1)


def told(stage):
    outside = Outside(stage.folder)
    found = audit(stage, outside).found
    outside.close()
    return found


def damage(stage, sql, file="earmark.db"):
    with sqlite3.connect(stage.folder / file) as connection:
        assert connection.execute(sql).rowcount > 0, "nothing was damaged"
    connection.close()


def test_a_stage_that_nobody_has_damaged_breaks_no_sentence(stage):
    assert told(stage) == {}


@pytest.mark.parametrize("sentence", DAMAGES)
def test_damage_is_told(stage, sentence):
    damage(stage, DAMAGES[sentence])
    assert sentence in told(stage)


@pytest.mark.parametrize("sentence", OUTSIDE)
def test_what_the_world_outside_knows_otherwise_is_told(stage, sentence):
    damage(stage, OUTSIDE[sentence], "outside.db")
    assert sentence in told(stage)


@pytest.mark.parametrize("sentence", UNREST)
def test_what_is_left_at_the_end_is_told(stage, sentence):
    outside = Outside(stage.folder)
    damage(stage, UNREST[sentence])
    assert sentence in {found for found, _ in check_rest(stage, outside)}
    outside.close()


def test_a_deed_that_was_never_done_is_told(stage):
    outside = Outside(stage.folder)
    never = {what for found, what in check_rest(stage, outside) if found == DONE}
    assert f"{(LOTS.keys() - set(DEEDS)).pop()} was never answered" in never
    assert "place was never answered" not in never
    outside.close()


def test_a_piece_that_is_sold_and_not_there_is_told(stage):
    outside = Outside(stage.folder)
    world = World(outside, "test", calm=True)
    hands = stage.open("test", world)
    items = [item for order in hands.orders().orders for item in hands.order(order.reference).items]
    lamp = next(item for item in items if item.sku.startswith("lamp") and item.warehouse is None)
    outside.rows("DELETE FROM goods")
    with outside.alone():
        world._take(lamp)
    hands.close()
    outside.close()
    assert OVERSOLD in told(stage)


@ON_POSTGRESQL
def test_on_a_server_the_table_of_states_is_held_against_the_items(tmp_path, database_url):
    stage = lived(tmp_path, database_url)
    assert told(stage) == {}
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE item_state SET state_id = state_id + 1 WHERE item_id = 1")
    assert set(told(stage)) == {ON_A_SERVER}


ON_A_SERVER = "an item is in the state that the table of states has it in"


def test_every_sentence_is_broken_by_one_of_these():
    known = {*SENTENCES, TIMEOUTS, AUTOMATIC, COUNTED, SOLD, RELEASED, PLACED, CARTED, MOVED, CALLED, BOOKED}
    assert known == {*DAMAGES, *OUTSIDE, ON_A_SERVER}
    assert AT_REST.keys() == UNREST.keys()
