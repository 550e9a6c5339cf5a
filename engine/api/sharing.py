"""The verbs of sharing: how warehouses are divided between channel groups, and dividing them anew."""

from __future__ import annotations

from collections.abc import Sequence

from engine.api.base import Base
from engine.inventory import balancing
from engine.reading import sharing
from engine.requests import mentioned
from engine.results import BalanceReport, SharingView
from engine.runtime import Progress, no_progress
from engine.topology.sharing_rules import ensure_sharing, measure, sharing_misfits, sharing_problems
from rules import RuleProblem
from rules import Sharing as SharingRules


class Sharing(Base):
    """Shows what channel groups may sell, and balances it."""

    def sharing(self, sku: str) -> SharingView:
        """Return how a concrete product is divided between channel groups. Raises UnknownSku, RulesInvalid."""
        ensure_sharing(self.runtime)
        return sharing.sharing(self.runtime, mentioned(sku))

    def balance_sharing(
        self, skus: Sequence[str] = (), *, dry_run: bool = False, progress: Progress = no_progress
    ) -> BalanceReport:
        """Balance the products, or all of them, and tell what changed; a dry run only tells what would.

        Whatever changes stock, promises or rules balances by itself. What this is for is the strategy "demand",
        whose measure it takes anew (a dry run does not), and a plugin that answers otherwise than before. Raises
        UnknownSku, PluginError, RulesInvalid.
        """
        ensure_sharing(self.runtime)
        with self._span("balance_sharing"):
            if not dry_run:
                measure(self.runtime)
            names = [mentioned(sku) for sku in skus]
            return balancing.balance_products(self.runtime, names, dry_run=dry_run, progress=progress)

    def sharing_misfits(self, sharing: SharingRules) -> list[RuleProblem]:
        """Return what of a section ``sharing`` does not fit the stored stores, warehouses and options.

        Each has file and line where the section was read from a file. Nothing comes into effect.
        """
        return sharing_misfits(self.runtime, sharing)

    def sharing_problems(self) -> list[str]:
        """Return in words what keeps the sharing of the rules from being in effect, or is about to change."""
        return sharing_problems(self.runtime)
