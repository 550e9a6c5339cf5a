"""A process is killed at any statement of an import of a feed: a delta counts once, a dry run leaves nothing."""

from __future__ import annotations

import pytest

from tests.chaos.audit import audit
from tests.chaos.feed import AFTER, BEFORE, CAME_TO, FEEDS, Feeding, count_statements, import_until, prepare
from tests.chaos.moments import Stages, kill
from tests.chaos.processes import in_process, server
from tests.helpers.clock import HOUR


def moments(stages, kind, dry_run, parts=1):
    answers = server().Queue()
    in_process(count_statements, *stages.stage("trial"), kind, dry_run, answers).join(60)
    count = answers.get(timeout=10)
    assert count > 20
    return stages.moments(count, 0, parts)


def killed(folder, url, kind, dry_run, moment):
    kill(import_until, folder, url, kind, dry_run, moment)
    feeding = Feeding(folder, url, kind)
    feeding.world.forward(HOUR)  # the lease is over
    audit(feeding.world)
    return feeding


@pytest.mark.parametrize("kind", FEEDS)
def test_an_import_of_a_feed_goes_on_and_comes_to_the_same(tmp_path, fresh_url, kind):
    for folder, url, moment in moments(Stages(tmp_path, fresh_url, prepare), kind, dry_run=False):
        feeding = killed(folder, url, kind, False, moment)
        world = feeding.world
        stock = feeding.stock()
        assert all(stock[sku] in (BEFORE[sku], AFTER[kind][sku]) for sku in stock)
        # The copy of a delta has another time; of a count it must be the time that it had.
        written = world.clock() - (0 if kind == "delta" else round(HOUR * 1_000_000))
        report = feeding.feed(written_at=written)
        assert report.complete
        assert feeding.stock() == AFTER[kind]
        if report.already_applied is None:
            line, code = (5, "stock_below_zero") if kind == "delta" else (4, "unknown_sku")
            assert (line, code) in [(r.line, r.code) for r in report.refused] or kind == "whole"
        # What the attempts have come to, the killed one too, is in the record of the import.
        noted = "SELECT changed, released FROM stock_import WHERE feed = 'chaos' ORDER BY id"
        assert world.query(noted)[0] == CAME_TO[kind]
        assert feeding.feed(written_at=written).changed == 0
        assert feeding.stock() == AFTER[kind]
        audit(world)
        assert world.query("SELECT count(*) FROM stock_staging") == [(0,)]
        world.close()


def test_two_deliveries_of_the_same_pieces_are_both_applied_and_each_once(tmp_path, fresh_url):
    """One is killed, the other one comes, the first one comes again, and both are sent once more.

    At every third moment: each costs four imports, and every moment of an import is tried above.
    """
    for folder, url, moment in moments(Stages(tmp_path, fresh_url, prepare), "delta", dry_run=False, parts=3):
        feeding = killed(folder, url, "delta", False, moment)
        tuesday = {"name": "tuesday.csv", "stamp": "tuesday"}
        assert feeding.feed(**tuesday).already_applied is None
        feeding.feed()
        assert feeding.stock() == {"tea-1": 30, "tea-2": 14, "mug-1": 20}
        assert feeding.feed().already_applied is not None
        assert feeding.feed(**tuesday).already_applied is not None
        assert feeding.stock() == {"tea-1": 30, "tea-2": 14, "mug-1": 20}
        changed = "SELECT changed FROM stock_import WHERE feed = 'chaos' ORDER BY id"
        assert feeding.world.query(changed) == [(2,), (2,)]
        audit(feeding.world)
        feeding.world.close()


def test_a_dry_run_that_dies_leaves_nothing_that_anybody_meets(tmp_path, fresh_url):
    """At every third moment: it stores nothing that is not undone, whatever the statement."""
    for folder, url, moment in moments(Stages(tmp_path, fresh_url, prepare), "delta", dry_run=True, parts=3):
        feeding = killed(folder, url, "delta", True, moment)
        world = feeding.world
        assert feeding.stock() == BEFORE
        assert world.engine.feed_runs() == []
        assert feeding.feed(dry_run=True).foreseen.changed == 2
        assert world.query("SELECT count(*) FROM stock_staging") == [(0,)]
        assert world.query("SELECT count(*) FROM stock_import WHERE dry = 1") == [(0,)]
        feeding.feed()
        assert feeding.stock() == AFTER["delta"]
        world.close()
