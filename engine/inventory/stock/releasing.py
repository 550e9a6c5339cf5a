"""What an import asks of whoever moves the items that its counts no longer contain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from engine.inventory.ledger import Ledger
from engine.results import ImportReport
from engine.storage.database import Reader, Work


class Release(Protocol):
    """Moves the items that a chunk's counts no longer contain; from ``prepare`` on in this order for each chunk."""

    def waiting(self) -> bool:
        """Return whether there are items that a count might release."""

    def shipped_states(self, reader: Reader) -> Sequence[int]:
        """Return the ids of the states from which a count releases: their items have left the shelf."""

    def products(self, import_id: int, after: int, last: int) -> list[int]:
        """Return the products above ``after`` up to ``last`` that wait in the import and have such items."""

    def prepare(self, product_ids: Sequence[int], import_id: int) -> None:
        """Do what must happen with no transaction open: commands and conditions of the items to move."""

    def select(self, work: Work, product_ids: Sequence[int], import_id: int) -> None:
        """Lock the items to move, first of all in the chunk's transaction."""

    def apply(
        self, work: Work, ledger: Ledger, product_ids: Sequence[int], import_id: int
    ) -> Mapping[int, int]:
        """Move the items, after the stock was overwritten. Posts to the ledger, does not settle it.

        Return how much of which products was released, in millionths.
        """

    def counted(self) -> tuple[int, int]:
        """Return how many items of the chunk at work were released, and how many were kept."""

    def follow(self) -> None:
        """Take the automatic steps of the states reached, once the chunk is committed."""

    def foreseen(self) -> None:
        """Keep what the chunk came to, which is undone: nothing was prepared, and nothing follows."""

    def tell(self, report: ImportReport) -> None:
        """Add what was released, kept and refused to the report of the import."""


class NothingReleased:
    """A release that moves no item: of an import that is no count."""

    def waiting(self) -> bool:
        """Return that no item waits for it."""
        return False

    def shipped_states(self, reader: Reader) -> Sequence[int]:
        """Return no state."""
        return ()

    def products(self, import_id: int, after: int, last: int) -> list[int]:
        """Return no product."""
        return []

    def prepare(self, product_ids: Sequence[int], import_id: int) -> None:
        """Prepare nothing."""

    def select(self, work: Work, product_ids: Sequence[int], import_id: int) -> None:
        """Lock no item."""

    def apply(
        self, work: Work, ledger: Ledger, product_ids: Sequence[int], import_id: int
    ) -> Mapping[int, int]:
        """Move no item."""
        return {}

    def counted(self) -> tuple[int, int]:
        """Return that no item was released, or kept."""
        return 0, 0

    def follow(self) -> None:
        """Follow nothing."""

    def foreseen(self) -> None:
        """Keep nothing."""

    def tell(self, report: ImportReport) -> None:
        """Tell nothing."""
