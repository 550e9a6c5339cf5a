"""What came of amending an order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.results.amending import AmendmentView
from engine.results.orders import OrderView


@dataclass(frozen=True, slots=True)
class Amended:
    """What came of an amendment: the order as it is now, and what was changed.

    ``existing`` tells that it had been made before, with the same key. After a ``dry_run`` nothing of it is done:
    the order is told as it would be, and ids of items that would come are not theirs for good.
    """

    order: OrderView
    amendment: AmendmentView
    existing: bool = False
    dry_run: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object of ``order amend``: that of the order, and what was changed."""
        told = {"amendment": self.amendment.as_dict(), "dry_run": self.dry_run}
        return {**self.order.as_dict(), **told, "existing": self.existing}
