"""Two databases and a spool in which anything may happen to messages: in the end both know the same numbers.

Sales, cancellations, exports and imports come in any order; messages are lost, doubled and reordered; a side is
restored from a backup, with or without a resync. Then both sides talk until nothing is left to say.
"""

from __future__ import annotations

import itertools
import random
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.helpers.clock import SettableClock
from tests.helpers.exchange import SALE, Side, one_warehouse, talk
from tests.helpers.memory import memory
from tests.helpers.shop import Shop

SKUS = ("tea-1", "tea-2", "mug-1")
STOCK = 1000

sides = st.sampled_from((0, 1))
steps = st.one_of(
    st.tuples(st.just("sell"), sides, st.sampled_from(SKUS), st.integers(1, 3)),
    st.tuples(st.just("drop"), sides),
    st.tuples(st.just("hold"), sides, st.sampled_from(SKUS)),
    st.tuples(st.just("send"), sides),
    st.tuples(st.just("take"), sides),
    st.tuples(st.sampled_from(("lose", "double", "keep", "replay")), sides, st.integers(0, 5)),
    st.tuples(st.just("back up"), sides),
    st.tuples(st.just("restore"), sides, st.booleans()),
    st.tuples(st.just("wait"), st.sampled_from((1, 700, 4000))),
)


class Day:
    """The two sides, and what may happen to them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = SettableClock()
        self.numbers = itertools.count()
        self.backups: dict[int, Path] = {}
        self.kept: list[tuple[int, bytes]] = []
        self.both: list[Side] = [self.opened(number) for number in (0, 1)]
        for side, other in zip(self.both, ("AT", "DE"), strict=True):
            side.shop.stocked(one_warehouse(side.store, other), tea_1=STOCK, tea_2=STOCK, mug_1=STOCK)
            side.shop.deploy(SALE)

    def opened(self, number: int) -> Side:
        home = self.folder / str(number)
        home.mkdir(exist_ok=True)
        ways = self.folder / "to-at", self.folder / "to-de"
        to, source = ways if number == 0 else ways[::-1]
        return Side(Shop(home, clock=self.clock), ("DE", "AT")[number], to, source)

    def close(self) -> None:
        for side in self.both:
            side.shop.close()

    def do(self, step: tuple) -> None:
        what, *more = step
        if what == "wait":
            self.clock.forward(more[0])
            return
        number, *more = more
        getattr(self, what.replace(" ", "_"))(number, *more)

    # --- a side ---

    def sell(self, number: int, sku: str, quantity: int) -> None:
        side = self.both[number]
        side.shop.place(f"{sku} {quantity}", store=side.store, reference=f"o-{next(self.numbers)}")

    def hold(self, number: int, sku: str) -> None:
        side = self.both[number]
        side.shop.hold(f"c-{next(self.numbers)}", sku, store=side.store)

    def drop(self, number: int) -> None:
        shop = self.both[number].shop
        found = shop.query(
            "SELECT i.id FROM order_item i JOIN process_state s ON s.id = i.state_id"
            " WHERE s.name = 'open' ORDER BY i.id"
        )
        if found:
            shop.trigger("drop", found[len(found) // 2][0])

    def send(self, number: int) -> None:
        self.both[number].sends()

    def take(self, number: int) -> None:
        self.both[number].takes()

    # --- messages ---

    def message(self, number: int, place: int) -> Path | None:
        found = sorted(self.both[number].source.glob("*.json"))
        return found[place % len(found)] if found else None

    def lose(self, number: int, place: int) -> None:
        if found := self.message(number, place):
            found.unlink()

    def double(self, number: int, place: int) -> None:
        """It comes again, and at another place."""
        if found := self.message(number, place):
            shutil.copy(found, found.with_name(f"{random.Random(place).random()}-{next(self.numbers)}.json"))

    def keep(self, number: int, place: int) -> None:
        """Note a message, to let it come again much later."""
        if found := self.message(number, place):
            self.kept.append((number, found.read_bytes()))

    def replay(self, number: int, place: int) -> None:
        mine = [body for to, body in self.kept if to == number]
        if mine:
            (self.both[number].source / f"{next(self.numbers)}.json").write_bytes(mine[place % len(mine)])

    # --- disasters ---

    def back_up(self, number: int) -> None:
        shop = self.both[number].shop
        path = self.folder / f"{next(self.numbers)}.backup"
        shop.close()
        shutil.copy(shop.file, path)
        self.backups[number] = path
        self.both[number] = self.opened(number)

    def restore(self, number: int, resync: bool) -> None:
        if number not in self.backups:
            return
        shop = self.both[number].shop
        shop.close()
        for left in shop.file.parent.glob("earmark.db*"):
            left.unlink()
        shutil.copy(self.backups[number], shop.file)
        self.both[number] = self.opened(number)
        self.clock.forward(1)
        if resync:
            self.both[number].shop.engine.exchange_resync()

    # --- the end ---

    def settle(self) -> None:
        for _ in range(4):
            self.clock.forward(3_601)
            for side in self.both:
                side.shop.engine.run_timeouts()  # ends holds whose time is over
            talk(*self.both)

    def amounts(self, number: int, store: str) -> dict[str, tuple[int, int]]:
        rows = self.both[number].shop.query(
            "SELECT p.sku, r.reserved, r.held FROM reservation r JOIN product p ON p.id = r.product_id"
            " JOIN store s ON s.id = r.store_id WHERE s.name = ?",
            store,
        )
        return {sku: (reserved, held) for sku, reserved, held in rows}


@contextmanager
def day() -> Iterator[Day]:
    with tempfile.TemporaryDirectory(dir=memory()) as folder:
        found = Day(Path(folder))
        try:
            yield found
        finally:
            found.close()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(steps, min_size=5, max_size=40))
def test_in_the_end_both_sides_know_the_same(happened):
    with day() as two:
        for step in happened:
            two.do(step)
        two.settle()
        for store in ("DE", "AT"):
            assert two.amounts(0, store) == two.amounts(1, store)
        for sku in SKUS:
            assert two.both[0].left(sku) == two.both[1].left(sku)
        for side in two.both:
            assert side.shop.drift() == []
            assert side.shop.engine.exchange_refused() == []
            assert [state.pending for state in side.shop.engine.exchange_status()] == [0, 0]
