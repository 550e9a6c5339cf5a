"""Two databases talk while they sell, and whoever talks is killed at random, or the broker is: the numbers
converge.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from earmark import TransportFailed
from tests.chaos.exchange import SKUS, prepare, sell, speak
from tests.chaos.processes import in_process, server
from tests.helpers.brokers import AMQP, REDIS, OwnRabbit, OwnRedis, own, queue_at
from tests.helpers.shop import Shop
from tests.helpers.waiting import until

STORES = (("DE", "AT"), ("AT", "DE"))


class Two:
    """Two databases, each with a process that sells and one that talks."""

    def __init__(self, folder: Path, ways: tuple[str, str]) -> None:
        self.folders = [folder / own for own, _ in STORES]
        self.ways = ways, ways[::-1]
        self.stop = server().Event()
        self.shops: list[Shop] = []
        for place, names in zip(self.folders, STORES, strict=True):
            place.mkdir()
            self.shops.append(prepare(place, None, *names))
        self.sellers = [in_process(sell, self.folders[n], None, *STORES[n], self.stop) for n in (0, 1)]
        self.speakers = [self.speaker(n) for n in (0, 1)]

    def speaker(self, number: int):
        return in_process(speak, self.folders[number], None, *STORES[number], self.ways[number], self.stop)

    def kill_one(self) -> None:
        """Kill one of those who talk, and start another one."""
        number = random.randrange(2)
        self.speakers[number].kill()
        self.speakers[number].join()
        self.speakers[number] = self.speaker(number)

    def end_selling(self) -> None:
        self.stop.set()
        for process in (*self.sellers, *self.speakers):
            process.join(60)
            if process.is_alive():
                process.kill()

    def told(self, number: int, store: str) -> list[tuple]:
        return self.shops[number].query(
            "SELECT p.sku, r.reserved, r.held FROM reservation r JOIN product p ON p.id = r.product_id"
            " JOIN store s ON s.id = r.store_id WHERE s.name = ? ORDER BY p.sku",
            store,
        )

    def equal(self) -> bool:
        """Talk once more on both sides; whether both know the same then. A broker may not be itself again yet."""
        for number in (0, 1):
            to, source = self.ways[number]
            try:
                self.shops[number].engine.exchange_export(to, compare=True)
                self.shops[number].engine.exchange_import(source)
            except TransportFailed:
                return False
        return all(self.told(0, store) == self.told(1, store) for store, _ in STORES)

    def check(self) -> None:
        """Both sides come to the same numbers, which are those of the items; nothing was kept aside."""
        # After a failure messages are told again after growing pauses, a minute and more: comparing does not wait
        # for that, but a broker that has just come back may.
        until(self.equal, "both sides to know the same", every_s=0.3, patience_s=300)
        for shop, (store, _) in zip(self.shops, STORES, strict=True):
            assert shop.drift() == []
            assert shop.engine.exchange_refused() == []
            assert shop.reserved("tea-1", store) > 0
        left = [
            [shop.available(sku, store) for sku in SKUS]
            for shop, (store, _) in zip(self.shops, STORES, strict=True)
        ]
        assert left[0] == left[1]
        for shop in self.shops:
            shop.close()


def lived(two: Two, rounds: int, disaster: Callable[[], None]) -> None:
    """Let the day go on, with a disaster after each short while, and check what is left."""
    for _ in range(rounds):
        time.sleep(random.uniform(0.1, 0.5))
        disaster()
    two.end_selling()
    two.check()


@pytest.fixture
def ways(tmp_path: Path) -> tuple[str, str]:
    return f"spool:{tmp_path / 'to-at'}", f"spool:{tmp_path / 'to-de'}"


def test_who_talks_over_a_spool_is_killed(tmp_path, ways):
    two = Two(tmp_path, ways)
    lived(two, 12, two.kill_one)


@pytest.mark.parametrize("broker", [AMQP, REDIS])
def test_who_talks_over_a_broker_is_killed(tmp_path, broker):
    two = Two(tmp_path, (queue_at(broker), queue_at(broker)))
    lived(two, 8, two.kill_one)


@pytest.mark.parametrize("kind", [OwnRedis, OwnRabbit])
def test_the_broker_is_killed_while_both_talk(tmp_path, kind):
    with own(kind, tmp_path / "broker") as broker:
        two = Two(tmp_path, (broker.queue("to-at"), broker.queue("to-de")))

        def again() -> None:
            time.sleep(1)
            broker.kill()
            two.kill_one()
            broker.start()

        lived(two, 2, again)
