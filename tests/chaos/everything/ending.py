"""The end of a run: nobody is killed any more, every deed is done once more, and everything is brought to rest."""

from __future__ import annotations

import json
from collections.abc import Iterator

from engine.requests import MigrationRequest, Selection
from tests.chaos.everything.outside import Outside
from tests.chaos.everything.seen import Moment, moment
from tests.chaos.everything.stage import Stage
from tests.chaos.everything.worker import LOTS, Hands
from tests.helpers.waiting import until

AT_REST = {
    "no item is in a claim of a dead process": """
        SELECT k.item_id, k.holder, k.event FROM item_claim k JOIN order_item i ON i.id = k.item_id
        WHERE k.step = i.step""",
    "what is due is taken, or stuck": """
        SELECT item_id, event, due_at FROM due_step WHERE stuck_at IS NULL""",
    "no migration is left in the middle": """
        SELECT id FROM migration WHERE finished_at IS NULL AND undone_at IS NULL""",
    "what was shipped before the last count is released": """
        SELECT i.id, s.name FROM order_item i JOIN process_state s ON s.id = i.state_id
        JOIN process_version v ON v.id = s.version_id JOIN process p ON p.id = v.process_id
        WHERE p.name = 'Rush' AND s.name = 'shipped'""",
    "every message is published": """
        SELECT id, kind FROM outbox WHERE published_at IS NULL""",
}
"""What holds once everything is at rest, besides what holds at every moment."""

DONE = "every kind of deed was done"
ATTEMPTS = 20


def bring_to_rest(stage: Stage) -> None:
    """Do every deed once more, with plugins that do what they are asked, then take up all that was left."""
    hands = Hands(stage, "calm", calm=True)
    until(lambda: _leases_are_over(stage), "the leases of the dead", every_s=0.1)
    _do_everything(hands)
    _take_up(hands, stage)
    for deed in ("count_both", "count_both", "timeouts", "publish", "reconcile"):
        hands.deeds[deed]()
    hands.close()


def _do_everything(hands: Hands) -> None:
    """Do every deed until it was answered and not refused, which with goods, new versions and carts it is soon."""
    carts = ("hold_cart",) * 3  # on a slow machine the carts of before are over
    for _ in range(ATTEMPTS):
        for deed in ("deliver", "deploy", "place", "place_many", "pack", "pay", "migrate", *carts):
            hands.deeds[deed]()
        for deed in sorted(LOTS.keys() - _answered(hands.outside)):
            hands.deeds[deed]()
        if LOTS.keys() == _answered(hands.outside):
            return


def _answered(outside: Outside) -> set[str]:
    rows = outside.rows("SELECT DISTINCT deed FROM call WHERE answer IS NOT NULL")
    return {deed for (deed,) in rows} & LOTS.keys()


def check_rest(stage: Stage, outside: Outside) -> Iterator[tuple[str, str]]:
    """Yield each sentence that does not hold at rest, with what breaks it."""
    with moment(stage.url) as seen:
        for sentence, sql in AT_REST.items():
            for row in seen.rows(sql):
                yield sentence, str(row)
    for deed in LOTS.keys() - _answered(outside):
        yield DONE, f"{deed} was never answered"


def _leases_are_over(stage: Stage) -> bool:
    with moment(stage.url) as seen:
        return not seen.rows(
            f"SELECT item_id FROM item_claim WHERE expires_at > {seen.at}"
            f" UNION ALL SELECT id FROM stock_import WHERE finished_at IS NULL AND lease_until > {seen.at}"
            f" UNION ALL SELECT token FROM job_run WHERE lease_until > {seen.at}"
        )


def _take_up(hands: Hands, stage: Stage) -> None:
    engine = hands.engine
    for _ in range(2):
        engine.retry()
        engine.run_timeouts()
        engine.run_conditions(until_idle=True)
        with moment(stage.url) as seen:
            claims = seen.rows(
                "SELECT DISTINCT k.event, k.item_id FROM item_claim k"
                " JOIN order_item i ON i.id = k.item_id WHERE k.step = i.step"
            )
        for event in sorted({event for event, _ in claims}):
            items = [item for found, item in claims if found == event]
            engine.trigger(event, Selection(items=items))
    with moment(stage.url) as seen:
        cut_off = _cut_off(seen)
    for process, version, state_map in cut_off:
        engine.migrate(MigrationRequest(process, version, state_map=json.loads(state_map)))
    engine.run_timeouts()


def _cut_off(seen: Moment) -> list[tuple[str, str, str]]:
    rows = seen.rows(
        "SELECT p.name, v.version, g.state_map FROM migration g JOIN process_version v ON v.id = g.target_id"
        " JOIN process p ON p.id = g.process_id WHERE g.finished_at IS NULL AND g.undone_at IS NULL ORDER BY g.id"
    )
    return [(process, version, state_map) for process, version, state_map in rows]
