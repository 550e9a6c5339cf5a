"""The shop through nothing but what is public, so that its cases read as examples."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from earmark import open_engine
from engine.api.engine import Engine
from engine.requests import Selection
from engine.results import MoveReport, ProcessInfo
from plugins import command, condition, timeout_processor
from rules import EngineRules
from tests.helpers.plugins import Plugin
from tests.helpers.shop.orders import Orders
from tests.helpers.shop.seen import Seen

APART = {
    "warehouses": [{"name": "North"}, {"name": "South"}],
    "stores": [{"name": "DE", "warehouses": ["North"]}, {"name": "US", "warehouses": ["South"]}],
    "products": [{"sku": "tea", "concretes": [{"sku": "green"}, {"sku": "black"}]}],
}
_SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400}


class PublicShop(Orders, Seen):
    """Stores DE and US, sold from a warehouse each, with a thousand pieces of two kinds of tea in both.

    Plugins are registered as a plugin file does. The first process opens the shop: write plugins and rules before.
    Processes are of the existing dialect, unless a case asks for Earmark's own (``own=True``).
    """

    PRODUCT = "green"
    OWN = False

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.rules: dict[str, Any] = {"execution": {"lock_wait_s": 0.0}}
        self._module = ModuleType(f"shop_plugins_{id(self)}")
        self._registered = 0

    def another(self) -> Engine:
        """One more engine on the same database, as another process has it."""
        sys.modules[self._module.__name__] = self._module
        given = [self._module.__name__] if self._registered else []
        rules = EngineRules.model_validate(self.rules)
        return self._kept(open_engine(self.url, plugins=given, rules=rules, clock=self.clock))

    def close(self) -> None:
        """Close it; what was counted for its items must be what they are."""
        if self._engines:
            found = self.engine.reconcile(dry_run=True, full=True)
            assert (found.drift, found.states, found.items) == ([], [], 0)
        super().close()
        sys.modules.pop(self._module.__name__, None)

    # --- plugins ---

    def command(self, name: str, per: str = "item", does: Any = None, **flags: Any) -> Plugin:
        return self._put(command(name, per=per, **flags), Plugin(does))

    def condition(self, name: str, does: Any = True, per: str = "item") -> Plugin:
        return self._put(condition(name, per=per), Plugin(does))

    def processor(self, name: str, does: Callable[..., Any]) -> None:
        self._put(timeout_processor(name), does)

    def _put(self, decorator: Callable[..., Any], does: Callable[..., Any]) -> Any:
        """Add a function of its own to the plugin module, decorated as in a plugin file."""

        @decorator
        def plugin(*arguments: Any) -> Any:
            return does(*arguments)

        self._registered += 1
        setattr(self._module, f"plugin_{self._registered}", plugin)
        return does

    # --- processes and orders ---

    def deploy(self, text: str, **options: Any) -> ProcessInfo:
        """Deploy a process; with the first one come the topology and the stock."""
        first = not self._engines
        info = super().deploy(text, **options)
        if first:
            self.topology(**APART)
            self.restock(
                *(f"{sku},{house},1000" for sku in ("green", "black") for house in ("North", "South"))
            )
        return info

    def place(self, *lines: str, **fields: Any) -> list[int]:
        return super().place(*lines, **{"process": "Sale", **fields})

    def fire(self, event: str, *items: int, **data: Any) -> MoveReport:
        """Trigger an event, with data by name."""
        return self.engine.trigger(event, Selection(items=items), data=data)

    def later(self, **span: float) -> None:
        """Let time pass: seconds, minutes, hours, days."""
        self.forward(sum(_SECONDS[unit] * amount for unit, amount in span.items()))

    # --- what is seen ---

    def shown(self, item: int) -> Any:
        """The item as its order shows it."""
        orders = (self.engine.order(f"order-{number + 1}") for number in range(self.orders))
        return next(one for order in orders for one in order.items if one.id == item)

    def states(self, *items: int) -> list[str]:
        return [self.shown(item).state for item in items]

    def moves(self, item: int) -> list[str]:
        """The states that the item entered, in order."""
        steps = self.engine.history(item)
        return [
            step.target for step in steps if step.target is not None and step.outcome in ("placed", "moved")
        ]

    def reserved(self, sku: str = PRODUCT, store: str = "DE") -> Any:
        return super().reserved(sku, store)

    def held(self, sku: str = PRODUCT, store: str = "DE") -> Any:
        return super().held(sku, store)
