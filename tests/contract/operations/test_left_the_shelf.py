"""Since when an item has left the shelf, however it came to where it is: a later count releases it.

Random versions of a process differ in the states from which a count releases. An item is forced from state to state
and migrated to and fro while time passes; then a count of any time since it was placed is imported.
"""

from __future__ import annotations

from collections.abc import Callable, Set
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.requests import Selection
from tests.helpers.clock import HOUR
from tests.helpers.shop import Shop, order

STATES = ("a", "b")
Way = list[str | frozenset[str]]
"""Where an item goes: to a state, or to a version that releases from these states."""

releasing = st.sampled_from([frozenset("a"), frozenset("ab"), frozenset("b"), frozenset()])
numbers = count(1)


class Item:
    """An item of a process of its own, with what a few lines say of when it left the shelf."""

    def __init__(self, shop: Shop, releases: Set[str]) -> None:
        self.shop, self.name, self.versions = shop, f"P{next(numbers)}", 0
        self.releases = self.deploy(releases)
        self.id = shop.engine.place(order(self.name, "tea-1", process=self.name)).items[0].id
        self.state, self.since = "a", shop.clock()
        self.left = self.since if "a" in releases else None

    def deploy(self, releases: Set[str]) -> Set[str]:
        self.versions += 1
        ways = "\n".join(f"{state} -> done : stock-update" for state in sorted(releases))
        text = f"states a* b* done v{self.versions}\n{ways}\nevent stock-update"
        self.shop.engine.deploy(self.shop.process(text, name=self.name), force=True)
        return releases

    def go(self, to: str | Set[str]) -> None:
        before, releases = self.state in self.releases, self.releases
        if isinstance(to, str):
            if to == self.state:
                return
            assert self.shop.engine.force(to, Selection(items=(self.id,)), reason="to go there").moved == 1
            self.state, self.since = to, self.shop.clock()
        else:
            self.deploy(to)
            assert self.shop.migrate(process=self.name).moved == 1
            releases = to
        if self.state not in releases:
            self.left = None
        elif not before:
            self.left = self.since
        self.releases = releases


@pytest.fixture
def shop(make_shop: Callable[..., Shop]) -> Shop:
    return make_shop().stocked(tea_1=10**6)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(releases=releasing, way=st.lists(st.sampled_from(STATES) | releasing, max_size=8), data=st.data())
def test_a_count_releases_what_had_left_by_then(
    shop: Shop, releases: Set[str], way: Way, data: st.DataObject
) -> None:
    shop.forward(HOUR)
    item, times = Item(shop, releases), [shop.clock()]
    for to in way:
        shop.forward(HOUR)
        times.append(shop.clock())
        item.go(to)
    shop.forward(HOUR)
    counted_at = data.draw(st.sampled_from(times))
    path = shop.stock_file("tea-1,North,1000000,0,0")
    assert shop.engine.import_stock(path, as_of=counted_at).imported == 1
    released = item.left is not None and item.left <= counted_at
    assert shop.state(item.id) == ("done" if released else item.state)
    assert shop.drift() == []
