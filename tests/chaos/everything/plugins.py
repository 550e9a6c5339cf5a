"""What plugins do: they leave a trace outside, and now and then fail, hang, or die with their process."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from engine.hooks import CallContext, CommandResult, Item, Scope
from tests.chaos.everything.outside import Outside
from tests.helpers.plugins import PluginBox

FAILS, HANGS, DIES = 0.08, 0.03, 0.004
JOURNALED = ("charge", "pick", "remind", "unload", "load")
"""The commands that run with no transaction open: each call leaves a trace before it does anything else."""

OVERSOLD = "no piece is sold that is not there"
HOUSES = ("North", "South")


class World:
    """The plugins of a worker. In a calm world they do what is asked."""

    def __init__(self, outside: Outside, seed: str, *, calm: bool) -> None:
        self.outside = outside
        self.clock = lambda: 0
        self._random = random.Random(seed)
        self._calm = calm
        self.box = PluginBox()
        self.box.add_command("charge", self._charge, Scope.ORDER)
        self.box.add_command("pick", self._pick)
        self.box.add_command("remind", self._pick_for("remind"))
        self.box.add_command("unload", self._unload, Scope.BATCH)
        self.box.add_command("load", self._load)
        self.box.add_command("book", self._book, transactional=True)
        self.box.add_command("greet", self._book, transactional=True)
        self.box.add_condition("solvent", self._solvent)
        self.box.add_condition("settled", self._settled, Scope.BATCH)
        self.box.processors["soon"] = self._soon

    def trouble(self) -> None:
        """Whatever may happen to a plugin."""
        if self._calm:
            return
        lot = self._random.random()
        if lot < DIES:
            os.kill(os.getpid(), signal.SIGKILL)
        if lot < DIES + HANGS:
            time.sleep(self._random.uniform(0.01, 0.2))
        elif lot < DIES + HANGS + FAILS:
            raise RuntimeError("the world outside does not answer")

    def _charge(self, items: Sequence[Item], context: CallContext) -> None:
        self.outside.called("charge", context.key, [item.id for item in items])
        self.trouble()

    def _pick(self, item: Item, context: CallContext) -> None:
        self.outside.called("pick", context.key, [item.id])
        self.trouble()

    def _pick_for(self, name: str):
        def call(item: Item, context: CallContext) -> None:
            self.outside.called(name, context.key, [item.id])
            self.trouble()

        return call

    def _unload(self, items: Sequence[Item], context: CallContext) -> CommandResult:
        ids = [item.id for item in items]
        self.outside.called("unload", context.key, ids)
        self.trouble()
        return CommandResult(items=ids if self._calm else [one for one in ids if self._random.random() < 0.8])

    def _book(self, item: Item, context: CallContext) -> None:
        context.publish("booking", {"item": item.id, "key": context.key})
        self.trouble()

    def _load(self, item: Item, context: CallContext) -> CommandResult:
        """Take the piece from a shelf, once; half of those that name no warehouse are told which one it was."""
        self.outside.called("load", context.key, [item.id])
        self.trouble()
        with self.outside.alone():
            house = self.outside.taken_from(item.id) or self._take(item)
        self.trouble()
        named = {item.id: house} if item.warehouse is not None or item.id % 2 else {}
        return CommandResult({"from": house}, named)

    def _take(self, item: Item) -> str:
        houses = HOUSES if item.warehouse is None else (item.warehouse,)
        pieces = int(item.quantity)
        found = [house for house in houses if self.outside.on_shelf(item.sku, house) >= pieces]
        if not found:
            self.outside.accuse(OVERSOLD, f"item {item.id} of {item.sku}: {houses}")
        house = found[0] if found else houses[0]
        self.outside.take(item.id, item.sku, house, pieces, self.clock())
        return house

    def _solvent(self, item: Item, context: CallContext) -> bool:
        self.trouble()
        return item.id % 9 != 0

    def _settled(self, items: Sequence[Item], context: CallContext) -> list[int]:
        self.trouble()
        return [item.id for item in items if self._calm or self._random.random() < 0.7]

    def _soon(self, item: Item, timeout: str, now: datetime) -> datetime:
        self.trouble()
        return now + timedelta(seconds=1 + item.id % 3)
