"""A worker in a process of its own: it does one deed after the other until it is stopped or killed."""

from __future__ import annotations

import random
import traceback
from collections.abc import Callable

from tests.chaos.everything.carting import Carting
from tests.chaos.everything.counting import Counting
from tests.chaos.everything.deeds import Deeds
from tests.chaos.everything.moving import Moving
from tests.chaos.everything.operating import Operating
from tests.chaos.everything.outside import Outside
from tests.chaos.everything.plugins import World
from tests.chaos.everything.stage import Stage

LOTS = {
    "place": 8, "place_last": 2, "place_named": 3, "place_endless": 1, "place_many": 3, "place_again": 4,
    "hold_cart": 6, "extend_cart": 1, "release_cart": 2, "place_cart": 6,
    "pay": 8, "cancel": 4, "reopen": 3, "drop": 3, "pack": 6, "ship_items": 6, "ship_state": 3,
    "timeouts": 4, "timeouts_job": 2, "conditions": 4, "retry": 3, "force": 2,
    "deliver": 2, "count_given": 3, "count_old": 1, "count_file": 2, "count_both": 2, "count_elsewhere": 1,
    "count_again": 2,
    "deploy": 3, "migrate": 5, "resume": 3, "undo": 5, "try_migration": 1, "topology": 2, "purge": 1, "publish": 2,
    "reconcile": 3, "back_up": 1, "copy_away": 0.3, "look": 2,
}  # fmt: skip
"""Every deed, with how often it comes up."""


class Hands:
    """All deeds of a worker by their names."""

    def __init__(self, stage: Stage, name: str, *, calm: bool = False) -> None:
        seed = f"{stage.seed} {name}"
        self.outside = Outside(stage.folder)
        self.engine = stage.open(name, World(self.outside, seed, calm=calm))
        self._lots = random.Random(seed)
        kinds: list[type[Deeds]] = [Carting, Moving, Counting, Operating]
        parts = [kind(stage, name, self.engine, self.outside, self._lots) for kind in kinds]
        self.deeds: dict[str, Callable[[], None]] = {
            name: getattr(part, name) for name in LOTS for part in parts if hasattr(part, name)
        }

    def any_deed(self) -> None:
        (name,) = self._lots.choices(list(LOTS), list(LOTS.values()))
        self.deeds[name]()

    def close(self) -> None:
        self.engine.close()
        self.outside.close()


def work(stage: Stage, name: str) -> None:
    """Do any deeds until the run is stopped. What nobody expected is written down before the process ends by it."""
    hands = Hands(stage, name)
    try:
        while not (stage.folder / "stop").exists():
            hands.any_deed()
    except BaseException:
        hands.outside.accuse("a worker ends when it is told to", f"{name}: {traceback.format_exc()}")
        raise
    hands.close()
