"""Versions of a process: what deploying asks first, what the list tells, and switching a process off."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engine.errors import ProcessInactive, ProcessNotFound, StrandsItems
from tests.helpers.at_once import at_once
from tests.helpers.shop import numbered, order

SALE = "states new paid* done\nnew -> paid : pay\npaid -> done : end"
WITHOUT = "states new done\nnew -> done : end"
NOON = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def sale(sale):
    """One item new, two paid, one done."""
    sale.items = [sale.place()[0] for _ in range(4)]
    sale.trigger("pay", *sale.items[1:])
    sale.trigger("end", sale.items[3])
    return sale


def current(world):
    return next(info.version for info in world.engine.processes() if info.current)


def test_a_version_that_lacks_a_state_with_live_items_is_refused(sale):
    before = current(sale)
    with pytest.raises(StrandsItems) as caught:
        sale.deploy(WITHOUT)
    assert f"'Sale' 'paid': 2 items of version {before[:12]}" in caught.value.message
    assert current(sale) == before
    assert len(sale.engine.processes()) == 1


def test_force_deploys_it_and_the_items_stay_where_they_are(sale):
    sale.deploy(WITHOUT, force=True)
    assert sale.states(*sale.items) == ["new", "paid", "paid", "done"]
    assert sale.trigger("end", sale.items[1]).moved == 1


def test_items_in_a_state_that_nothing_leaves_are_not_live(sale):
    sale.trigger("pay", sale.items[0])
    sale.trigger("end", *sale.items[:3])
    assert sale.deploy("states new gone\nnew -> gone : end").current


def test_going_back_to_a_known_version_asks_the_same(sale):
    old = sale.process(SALE)
    sale.deploy(SALE.replace("paid", "charged"), force=True)
    (item,) = sale.place()
    sale.trigger("pay", item)
    with pytest.raises(StrandsItems, match="'charged': 1 item of version"):
        sale.engine.deploy(old)
    assert sale.engine.deploy(old, force=True).version == old.version


def test_states_of_every_older_version_are_told_at_once(sale):
    sale.deploy("states new paid* box* done\nnew -> box : pay\nbox -> done : end\npaid -> done : end")
    (item,) = sale.place()
    sale.trigger("pay", item)
    with pytest.raises(StrandsItems) as caught:
        sale.deploy(WITHOUT)
    assert [text.split("'")[3] for text in caught.value.parameters["states"]] == ["paid", "box"]


def test_several_processes_are_deployed_all_or_none(sale):
    bad, good = sale.process(WITHOUT), sale.process(WITHOUT, name="Other")
    with pytest.raises(StrandsItems):
        sale.engine.deploy_all([good, bad])
    assert {info.name for info in sale.engine.processes()} == {"Sale"}
    assert [info.name for info in sale.engine.deploy_all([good, bad], force=True)] == ["Other", "Sale"]


def test_the_list_tells_live_and_pinned_items_and_the_last_migration(sale):
    sale.deploy(SALE + "\npaid -> new : back")
    sale.place()
    old, new = sale.engine.processes()
    assert (old.items, old.live, old.pinned, old.last_migrated_at) == (4, 3, 4, None)
    assert (new.items, new.live, new.pinned, new.last_migrated_at) == (1, 1, 0, None)
    sale.migrate(state="paid")
    old, new = sale.engine.processes()
    assert (old.items, old.live, old.pinned, old.last_migrated_at) == (2, 1, 2, None)
    assert (new.items, new.live, new.pinned, new.last_migrated_at) == (3, 3, 0, NOON)


def test_an_item_tells_its_version_where_it_is_not_the_one_of_its_order(sale):
    sale.place("tea-1", "tea-1", reference="both")
    sale.deploy(SALE + "\npaid -> new : back")
    assert [item.version for item in sale.engine.order("both").items] == [None, None]
    first = sale.engine.order("both").items[0].id
    sale.trigger("pay", first)
    sale.migrate(state="paid")
    assert [item.version for item in sale.engine.order("both").items] == [current(sale), None]


# --- switched off ---


def test_a_process_that_is_switched_off_takes_no_orders_and_its_items_go_on(sale):
    (info,) = sale.engine.activate("Sale", False)
    assert info.active is False
    with pytest.raises(ProcessInactive, match="the process 'Sale' is not active: it takes no new orders"):
        sale.place()
    with pytest.raises(ProcessInactive):
        sale.place(process="Sale")
    report = sale.engine.place_many(numbered([order("late", "tea-1")]))
    assert [refusal.code for refusal in report.refused] == ["process_inactive"]
    assert sale.reserved() == 2
    assert sale.trigger("end", sale.items[1]).moved == 1
    assert (sale.reserved(), sale.drift()) == (1, [])
    assert sale.engine.activate("Sale")[0].active
    assert sale.place()


def test_a_rule_that_picks_a_process_that_is_switched_off_is_not_passed_over(make_shop):
    world = make_shop(process_selection=[{"process": "Sale", "store": "DE"}]).stocked(tea_1=9)
    world.deploy(SALE)
    world.deploy(WITHOUT, name="Other")
    world.engine.activate("Sale", False)
    with pytest.raises(ProcessInactive, match="'Sale' is not active"):
        world.place()


def test_deploying_does_not_switch_a_process_on(sale):
    sale.engine.activate("Sale", False)
    assert sale.deploy(SALE + "\npaid -> new : back").active is False
    with pytest.raises(ProcessInactive):
        sale.place()


def test_an_unknown_process_cannot_be_switched(sale):
    with pytest.raises(ProcessNotFound):
        sale.engine.activate("Sail", False)


def test_the_same_version_deployed_twice_at_the_same_time_is_stored_once(sale):
    """As by two hosts that start at the same moment, and deploy what they bring along."""
    new = sale.process(SALE.replace("end", "close"))
    deploy = lambda engine: engine.deploy(new).version  # noqa: E731
    version = at_once(sale, deploy, "insert_states", deploy, before="set_current_version")
    assert version == current(sale)
    assert [info.current for info in sale.engine.processes()] == [False, True]


def test_a_new_process_deployed_twice_at_the_same_time_is_one(sale):
    new = sale.process(SALE, name="Repair")
    deploy = lambda engine: engine.deploy(new).name  # noqa: E731
    assert at_once(sale, deploy, "insert_states", deploy) == "Repair"
    assert sale.query("SELECT count(*) FROM process_version") == [(2,)]
