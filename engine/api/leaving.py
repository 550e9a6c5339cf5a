"""The verbs of what leaves the shop: products that are renamed, and products, warehouses and stores withdrawn."""

from __future__ import annotations

from functools import partial
from typing import Literal

from engine.api.base import Base
from engine.exchange.messages import bucket_of
from engine.options.effective import recompute_if_said
from engine.requests import mentioned
from engine.results import RenameReport, WithdrawReport
from engine.topology import rename
from engine.topology import withdraw as withdrawing


class Leaving(Base):
    """Renames products, and withdraws what is not offered any more."""

    def rename_product(self, old: str, new: str) -> RenameReport:
        """Give a concrete product another sku; the one it had still means it, in orders, files and questions.

        Done again it changes nothing, and renaming it back is well. Raises UnknownSku, NameTaken where the new sku
        means another product, and InputError for what can be no sku.
        """
        follows = partial(recompute_if_said, self.runtime)
        return rename.rename_product(
            self.runtime, mentioned(old), new, bucket=bucket_of, follows=follows
        )

    def withdraw(
        self,
        kind: Literal["product", "warehouse", "store"],
        name: str,
        *,
        take_back: bool = False,
        force: bool = False,
        dry_run: bool = False,
    ) -> WithdrawReport:
        """Offer a product, a warehouse or a store no more, or with ``take_back`` again; ``dry_run`` only tells.

        What is there of it goes on. Raises UnknownSku, UnknownWarehouse, UnknownStore, and StillNeeded where live
        items or carts depend on it, unless ``force`` is given.
        """
        return withdrawing.withdraw(
            self.runtime,
            kind,
            mentioned(name),
            take_back=take_back,
            force=force,
            dry_run=dry_run,
            follows=partial(recompute_if_said, self.runtime),
        )
