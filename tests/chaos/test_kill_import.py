"""A process is killed at any statement of a stock update: what it leaves is whole, and the import goes on."""

from __future__ import annotations

import pytest

from tests.chaos.audit import audit, check_calls
from tests.chaos.moments import Stages, kill
from tests.chaos.processes import in_process, server
from tests.chaos.update import (
    BEFORE,
    COUNTED,
    SHIPPED_EARLY,
    Update,
    count_statements,
    import_until,
    prepare,
)

PARTS = 4


def check_chunks(world):
    """A product is counted, and what was shipped before is released, or neither."""
    stock = dict(
        world.query("SELECT p.sku, k.quantity / 1000000 FROM stock k JOIN product p ON p.id = k.product_id")
    )
    for sku, counted in COUNTED.items():
        left = world.value(
            "SELECT count(*) FROM order_item i JOIN process_state s ON s.id = i.state_id"
            " JOIN product p ON p.id = i.product_id WHERE s.name = 'shipped' AND p.sku = ?",
            sku,
        )
        assert (stock[sku], left) in ((BEFORE, 4), (counted, 0)), sku


def check_end(update, *, kept):
    """Everything shipped before the count is released once; ``kept`` items shipped after it stay reserved."""
    world = update.world
    audit(world)
    check_calls(world, update.calls())
    states = world.states()
    assert (states.count("shipped"), states.count("done")) == (kept, SHIPPED_EARLY + 2 - kept)
    for sku, counted in COUNTED.items():
        view = world.engine.availability([sku], "DE")[0]
        reserved = states.count("shipped") if sku == "tea-1" else 0
        assert (view.stock, view.reserved, view.available) == (counted, reserved, counted - reserved)
    unloaded = {item for _, _, (item,) in update.calls()}
    told = world.payloads("told")
    assert len(unloaded) + len(told) == states.count("done")
    assert len(set(told)) == len(told), "a transactional command had its effect twice"
    assert world.query("SELECT count(*) FROM stock_staging") == [(0,)]


def die_and_resume(folder, url, moment):
    kill(import_until, folder, url, moment)
    update = Update(folder, url)
    world = update.world
    try:
        audit(world)
        check_chunks(world)
        begun = world.query("SELECT as_of FROM stock_import WHERE file = ?", str(update.file))
        update.ship_late()
        report = update.take_stock()
        assert report.complete
        assert [(refusal.line, refusal.code) for refusal in report.refused] == [(2, "unknown_sku")]
        ended = world.query("SELECT DISTINCT as_of FROM stock_import WHERE file = ?", str(update.file))
        assert not begun or ended == begun, "the time of the count was not kept"
        update.settle()
        check_end(update, kept=2)
    finally:
        world.close()


@pytest.mark.parametrize("part", range(PARTS))
def test_an_import_goes_on_at_whatever_statement_a_process_dies(tmp_path, fresh_url, part):
    stages = Stages(tmp_path, fresh_url, prepare)
    answers = server().Queue()
    in_process(count_statements, *stages.stage("trial"), answers).join(60)
    count = answers.get(timeout=10)
    assert count > 100
    for stage in stages.moments(count, part, PARTS):
        die_and_resume(*stage)
