"""The world of the demonstration: made from the seed alone, and as large as promised."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from earmark.demo.chart import Moment, draw
from earmark.demo.clock import DemoClock, start_of_story
from earmark.demo.orders import sales
from earmark.demo.world import World


def test_the_full_world_is_as_large_as_promised():
    world = World(5000, seed=1)
    topology = world.topology()
    assert (len(topology.stores), len(topology.warehouses)) == (2, 3)
    assert sum(len(product.concretes) for product in topology.products) == 2000
    assert len(topology.products) < 800
    lines = Counter(len(sale.request.items) for sale in sales(world))
    assert sum(lines.values()) == 5000
    assert set(lines) == {1, 2, 3, 4, 5}
    assert len({sale.reference for sale in sales(world)}) == 5000


def test_the_same_seed_makes_the_same_world_and_another_seed_another():
    first, again, other = World(100, 1), World(100, 1), World(100, 2)
    assert first.topology() == again.topology()
    assert list(first.first_count()) == list(again.first_count())
    assert [sale.request for sale in sales(first)] == [sale.request for sale in sales(again)]
    assert [sale.request for sale in sales(first)] != [sale.request for sale in sales(other)]


def test_some_goods_are_sold_by_parts_of_a_unit():
    quantities = {line.quantity for sale in sales(World(500, 1)) for line in sale.request.items}
    assert any(quantity % 1 for quantity in quantities)
    assert all(quantity % Decimal("0.25") == 0 for quantity in quantities)


def test_one_warehouse_opens_later_and_one_is_shared():
    before, after = World(50).topology(), World(50).topology(hamburg_open=True)
    assert [w.name for w in before.warehouses if w.active is False] == ["Hamburg"]
    assert all(warehouse.active is not False for warehouse in after.warehouses)
    shared = set.intersection(*(set(store.warehouses) for store in before.stores))
    assert shared == {"Berlin"}


@pytest.mark.parametrize("weekday", range(7))
def test_the_story_starts_on_a_monday_and_is_over_by_now(weekday):
    now = datetime(2026, 3, 2, 7, 0, tzinfo=UTC) + timedelta(days=weekday)
    start = start_of_story(26, now)
    assert (start.weekday(), start.hour) == (0, 8)
    assert now - timedelta(days=35) < start + timedelta(days=26) <= now


def test_the_clock_goes_forward_only():
    clock = DemoClock(datetime(2026, 3, 2, 8, tzinfo=UTC))
    assert clock.go(1, 6) == datetime(2026, 3, 3, 6, tzinfo=UTC)
    assert (clock.day, clock.today) == (1, datetime(2026, 3, 3, 6, tzinfo=UTC))
    with pytest.raises(ValueError, match="before"):
        clock.go(0, 9)


def test_the_bands_of_the_chart_lie_on_each_other():
    start = datetime(2026, 3, 2, tzinfo=UTC)
    later = start + timedelta(days=2)
    chart = draw([Moment(start, "", 100, 20, 10), Moment(later, "end", 80, 0, 0)])
    bands = {name: [tuple(map(float, p.split(","))) for p in points.split()] for name, points in chart.bands}
    tops = {name: points[0][1] for name, points in bands.items()}
    assert tops["free"] < tops["held"] < tops["reserved"] < chart.floor
    assert bands["reserved"][-1] == (chart.left, chart.floor)
    assert bands["held"][-1][1] == tops["reserved"]
    assert [mark.label for mark in chart.marks] == ["end"]
