"""How the stock of a warehouse group is divided between channel groups: pure, exact and without a database.

Quantities are whole numbers of the smallest part that is stored, millionths of a sales unit. ``step`` is the
smallest quantity of the product, in the same: a million for whole pieces.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

SALES_UNIT = 1_000_000
"""A sales unit in millionths of it."""

NEVER = -1
"""The trigger level of a channel group that had nothing to sell: no sale can pass it."""


class Part(NamedTuple):
    """A channel group at the time of dividing: what it has promised, and its weight or share (0 or more)."""

    promised: int
    weight: int = 1


def divide(total: int, weights: Sequence[int], step: int = 1) -> list[int]:
    """Divide a total in proportion to weights, by largest remainders; of equal ones the earlier gets more.

    The sum is always exact: what is no whole number of steps goes to the largest part. Where no weight is above
    zero all are equal. A larger weight never gets less than a smaller one. A total below zero is none.

    No part is a step or more beside its exact value. The price of that, as with every such way: of unlike weights
    one can get a step less of a larger total. Equal ones never do.
    """
    if not weights:
        return []
    whole, rest = divmod(max(total, 0), step)
    known = [max(weight, 0) for weight in weights]
    among = sum(known)
    if not among:
        known, among = [1] * len(known), len(known)
    given = [divmod(whole * weight, among) for weight in known]
    parts = [part for part, _ in given]
    for place in sorted(range(len(parts)), key=lambda place: -given[place][1])[: whole - sum(parts)]:
        parts[place] += 1
    amounts = [part * step for part in parts]
    if rest:
        amounts[max(range(len(parts)), key=lambda place: (parts[place], known[place], -place))] += rest
    return amounts


def whole_step(amounts: Iterable[int]) -> int:
    """Return the largest step, of at most one sales unit, of which all amounts are multiples: 1, 10, 100 ..."""
    step = SALES_UNIT
    for amount in amounts:
        while amount % step:
            step //= 10
    return step


def balance(total: int, parts: Sequence[Part], *, fixed: bool = False, step: int = 1) -> list[int]:
    """Return the allotment of each channel group: what it may promise in all. They add up to the total.

    Each gets what it has promised, and a part of what is left by its weight. With ``fixed`` the whole is divided,
    so that what a group has promised is of its own share; what one has promised beyond it is taken off the others.
    Where more is promised than there is, all of it is divided in proportion to the promises. A total or a promise
    below zero is none.
    """
    total = max(total, 0)
    promised = [max(part.promised, 0) for part in parts]
    weights = [part.weight for part in parts]
    left = total - sum(promised)
    if left < 0:
        return divide(total, promised, step)
    if fixed:
        return _fixed(total, promised, weights, step)
    return [own + more for own, more in zip(promised, divide(left, weights, step), strict=True)]


def _fixed(total: int, promised: Sequence[int], weights: Sequence[int], step: int) -> list[int]:
    """Divide the whole; whoever has promised more than its share keeps that, and the others divide the rest."""
    amounts, among = list(promised), list(range(len(promised)))
    while True:
        rest = total - sum(promised) + sum(promised[place] for place in among)
        shares = dict(zip(among, divide(rest, [weights[place] for place in among], step), strict=True))
        below = [place for place in among if shares[place] >= promised[place]]
        if len(below) == len(among):
            for place, share in shares.items():
                amounts[place] = share
            return amounts
        among = below  # never empty: all shares together are at least all promises


def trigger_level(balanced: int, threshold: int) -> int:
    """Return at which rest a channel group is divided anew that could sell so much; the threshold is in millionths.

    One that could sell nothing has no such rest (``NEVER``): it sells nothing, so it says nothing.
    """
    return balanced * threshold // 1_000_000 if balanced > 0 else NEVER


def is_due(left: int, level: int) -> bool:
    """Return whether what a channel group can still sell has come down to its trigger level, or below zero."""
    return left < 0 or left <= level
