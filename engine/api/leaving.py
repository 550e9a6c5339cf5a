"""The verbs of what leaves the shop: products renamed, what is withdrawn, orders archived and forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Literal

from engine.api.base import Base
from engine.errors import InputError
from engine.exchange.messages import bucket_of
from engine.operations import archive, forget
from engine.options.effective import recompute_if_said
from engine.requests import mentioned
from engine.results import ArchiveReport, ForgetReport, RenameReport, WithdrawReport
from engine.runtime import Progress, no_progress
from engine.topology import rename
from engine.topology import withdraw as withdrawing


def _by_age(references: Sequence[str], older_than: str | None) -> bool:
    if isinstance(references, str):
        raise InputError("references are a list, and this is a text", remedy=f"Write [{references!r}].")
    if bool(references) == (older_than is not None):
        raise InputError(
            "orders are named or chosen by age, one of the two",
            remedy="Give their references, or an age such as '90 days'.",
        )
    return older_than is not None


class Leaving(Base):
    """Renames products, withdraws what is not offered any more, archives and forgets closed orders."""

    def archive_orders(
        self,
        references: Sequence[str] = (),
        *,
        older_than: str | None = None,
        dry_run: bool = False,
        progress: Progress = no_progress,
    ) -> ArchiveReport:
        """Move closed orders into the archive: those named, all or none, or those closed for longer than an age.

        Raises UnknownOrder, OrderNotClosed, and InputError for no age, or where both or none of the two is given.
        """
        with self._span("archive_orders"):
            if _by_age(references, older_than):
                return archive.archive_old(self.runtime, older_than or "", dry_run=dry_run, progress=progress)
            return archive.archive_named(self.runtime, list(map(mentioned, references)), dry_run=dry_run)

    def forget_orders(
        self,
        references: Sequence[str] = (),
        *,
        older_than: str | None = None,
        dry_run: bool = False,
        progress: Progress = no_progress,
    ) -> ForgetReport:
        """Make the personal data of closed orders anonymous, by the rules: of those named, all or none, or of those
        closed for longer than an age; archived ones too.

        Raises UnknownOrder, OrderNotClosed, and InputError for no age, or where both or none of the two is given.
        """
        with self._span("forget_orders"):
            if _by_age(references, older_than):
                return forget.forget_old(self.runtime, older_than or "", dry_run=dry_run, progress=progress)
            return forget.forget_named(self.runtime, list(map(mentioned, references)), dry_run=dry_run)

    def rename_product(self, old: str, new: str) -> RenameReport:
        """Give a concrete product another sku; the one it had still means it, in orders, files and questions.

        Done again it changes nothing, and renaming it back is well. Raises UnknownSku, NameTaken where the new sku
        means another product, and InputError for what can be no sku.
        """
        follows = partial(recompute_if_said, self.runtime)
        return rename.rename_product(self.runtime, mentioned(old), new, bucket=bucket_of, follows=follows)

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
