"""What is wrong with an amendment: gathered with the place in its JSON, and told all at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple, NoReturn

from engine.errors import (
    AboveMaximum,
    AmendmentRefused,
    BelowMinimum,
    EarmarkError,
    ItemLocked,
    NotAmendable,
    NotAvailable,
    NotOrderable,
    ProductWithdrawn,
    QuantityInvalid,
    QuantityTooFine,
    StoreClosed,
    UnknownItem,
    UnknownSku,
    UnknownStore,
    UnknownWarehouse,
    WarehouseNotForStore,
)
from engine.nouns import count

_KINDS: tuple[type[EarmarkError], ...] = (
    AboveMaximum, BelowMinimum, ItemLocked, NotAmendable, NotAvailable, NotOrderable, ProductWithdrawn,
    QuantityInvalid, QuantityTooFine, StoreClosed, UnknownItem, UnknownSku, UnknownStore, UnknownWarehouse,
    WarehouseNotForStore,
)  # fmt: skip
_BY_CODE = {kind.code: kind for kind in _KINDS}


class Problem(NamedTuple):
    """Something that is wrong at a place of the amendment, such as ``lines[0].quantity``; "" is all of it."""

    path: str
    code: str
    message: str
    remedy: str = ""

    @property
    def text(self) -> str:
        """The line about it."""
        return f"{self.path}: {self.message}" if self.path else self.message


class Problems:
    """What was found so far. ``parameters`` are further ones of the error that is raised."""

    def __init__(self, found: Iterable[Problem] = ()) -> None:
        self.found = list(found)
        self.parameters: dict[str, Any] = {}

    def __bool__(self) -> bool:
        return bool(self.found)

    def add(self, path: str, code: str, message: str, remedy: str = "") -> None:
        """Note a problem."""
        self.found.append(Problem(path, str(code), message, remedy))

    def only(self, code: str) -> bool:
        """Return whether there are problems, all of them with the code."""
        return bool(self.found) and all(problem.code == code for problem in self.found)

    def refuse(self, reference: str) -> NoReturn:
        """Raise all of it: the error that the problems have in common, else AmendmentRefused."""
        codes = {problem.code for problem in self.found}
        kind = _BY_CODE.get(codes.pop(), AmendmentRefused) if len(codes) == 1 else AmendmentRefused
        remedies = list(dict.fromkeys(problem.remedy for problem in self.found if problem.remedy))
        shown = [{**problem._asdict(), "remedy": problem.remedy} for problem in self.found]
        if len(self.found) == 1:
            message, listed = f"the order {reference!r} cannot be amended: {self.found[0].text}", []
        else:
            message = f"the order {reference!r} cannot be amended: {count(len(self.found), 'problem')}"
            listed = [problem.text for problem in self.found]
        remedy = " ".join(remedies) or None
        raise kind(message, remedy=remedy, listed=listed, **self.parameters, problems=shown)
