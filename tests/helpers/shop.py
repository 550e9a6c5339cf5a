"""A shop for cases about how items move, through nothing but what is public.

Processes are written in the existing dialect unless a case asks for Earmark's own (``own=True``).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from earmark import open_engine
from engine.api.engine import Engine
from engine.definition import load_process
from engine.requests import OrderRequest, Selection, Topology
from engine.results import MoveReport
from plugins import command, condition, timeout_processor
from rules import EngineRules
from tests.helpers.clock import SettableClock
from tests.helpers.processes import process_xml

TOPOLOGY = {
    "warehouses": [{"name": "North"}, {"name": "South"}],
    "stores": [{"name": "DE", "warehouses": ["North"]}, {"name": "US", "warehouses": ["South"]}],
    "products": [{"sku": "tea", "concretes": [{"sku": "green"}, {"sku": "black"}]}],
}
STOCK = "concrete_sku,name,quantity,is_never_out_of_stock,is_bundle\n" + "\n".join(
    f"{sku},{warehouse},1000,0,0" for sku in ("green", "black") for warehouse in ("North", "South")
)


@dataclass
class Plugin:
    """A command or condition that remembers its calls; what it does can be changed while the shop is open."""

    does: Any
    calls: list[tuple[int, ...]] = field(default_factory=list)
    contexts: list[Any] = field(default_factory=list)
    states: list[tuple[str, ...]] = field(default_factory=list)

    def answer(self, asked: Any, context: Any) -> Any:
        items = asked if isinstance(asked, tuple | list) else [asked]
        self.calls.append(tuple(item.id for item in items))
        self.states.append(tuple(item.state for item in items))
        self.contexts.append(context)
        return self.does(asked, context) if callable(self.does) else self.does


class Shop:
    """Stores DE and US, sold from a warehouse each, with a thousand pieces of two kinds of tea in both."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = f"sqlite:///{folder / 'shop.db'}"
        self.clock = SettableClock()
        self.module = ModuleType(f"shop_plugins_{id(self)}")
        self.rules: dict[str, Any] = {"execution": {"lock_wait_s": 0.0}}
        self.marked = 0
        self.orders = 0
        self._engines: list[Engine] = []

    @property
    def engine(self) -> Engine:
        """The engine, opened at its first use: after the plugins have been written."""
        return self._engines[0] if self._engines else self.another()

    def another(self) -> Engine:
        """One more engine on the same database, as another process has it."""
        sys.modules[self.module.__name__] = self.module
        given = [self.module.__name__] if self.marked else []
        rules = EngineRules.model_validate(self.rules)
        engine = open_engine(self.url, plugins=given, rules=rules, clock=self.clock)
        self._engines.append(engine)
        return engine

    def close(self) -> None:
        """Close it; what was counted for its items must be what they are."""
        for engine in self._engines[:1]:
            found = engine.reconcile(dry_run=True)
            assert (found.drift, found.items) == ([], 0)
        for engine in self._engines:
            engine.close()
        sys.modules.pop(self.module.__name__, None)

    # --- plugins ---

    def command(self, name: str, per: str = "item", does: Any = None, **flags: Any) -> Plugin:
        plugin = Plugin(does)
        self._put(command(name, per=per, **flags), plugin.answer)
        return plugin

    def condition(self, name: str, does: Any = True, per: str = "item") -> Plugin:
        plugin = Plugin(does)
        self._put(condition(name, per=per), plugin.answer)
        return plugin

    def processor(self, name: str, does: Callable[..., Any]) -> None:
        self._put(timeout_processor(name), does)

    def _put(self, decorator: Callable[..., Any], does: Callable[..., Any]) -> None:
        """Add a function of its own to the plugin module, decorated as in a plugin file."""

        @decorator
        def plugin(*arguments: Any) -> Any:
            return does(*arguments)

        self.marked += 1
        setattr(self.module, f"plugin_{self.marked}", plugin)

    # --- processes and orders ---

    def deploy(self, text: str, name: str = "Sale", own: bool = False, force: bool = False) -> None:
        """Deploy a process, ``~`` standing for a space; with the first one the topology and the stock."""
        path = self.folder / f"{name}.xml"
        path.write_text(process_xml(text, name=name, own=own).replace("~", " "), encoding="utf-8")
        loaded = load_process(path)
        assert loaded.process is not None, loaded.errors
        first = not self._engines
        self.engine.deploy(loaded.process, force=force)
        if first:
            self.engine.apply_topology(Topology.model_validate(TOPOLOGY))
            (self.folder / "stock.csv").write_text(STOCK, encoding="utf-8")
            self.engine.import_stock(self.folder / "stock.csv")

    def place(self, *skus: str, store: str = "DE", process: str = "Sale", **more: Any) -> list[int]:
        """Place an order with an item for each sku; return their ids."""
        self.orders += 1
        items = [{"sku": sku, "quantity": 1} for sku in skus or ("green",)]
        told = {"reference": f"order-{self.orders}", "store": store, "process": process, "items": items}
        placed = self.engine.place(OrderRequest.model_validate({**told, **more}))
        return [item.id for item in placed.items]

    # --- what happens ---

    def fire(self, event: str, *items: int, **data: Any) -> MoveReport:
        return self.engine.trigger(event, Selection(items=items), data=data)

    def later(self, **span: float) -> None:
        seconds = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400}
        self.clock.forward(sum(seconds[unit] * amount for unit, amount in span.items()))

    # --- what is seen ---

    def shown(self, item: int) -> Any:
        """The item as its order shows it."""
        orders = (self.engine.order(f"order-{number + 1}") for number in range(self.orders))
        return next(one for order in orders for one in order.items if one.id == item)

    def states(self, *items: int) -> list[str]:
        return [self.shown(item).state for item in items]

    def reserved(self, sku: str = "green", store: str = "DE") -> int:
        return int(self.engine.availability([sku], store)[0].reserved)

    def held(self, sku: str = "green", store: str = "DE") -> int:
        return int(self.engine.availability([sku], store)[0].held)

    def moves(self, item: int) -> list[str]:
        """The states that the item entered, in order."""
        steps = self.engine.history(item)
        return [
            step.target for step in steps if step.target is not None and step.outcome in ("placed", "moved")
        ]

    def outcomes(self, item: int) -> list[str]:
        return [step.outcome for step in self.engine.history(item)]


def refused(refusals: Any) -> dict[int, str]:
    """The code of each item of a report's list."""
    return {refusal.item: refusal.code for refusal in refusals}


def raising(text: str = "no answer") -> Callable[..., Any]:
    """A plugin that fails."""

    def fail(*_: Any) -> Any:
        raise RuntimeError(text)

    return fail
