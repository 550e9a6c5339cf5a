"""Choosing the warehouses of an order: a bounded comparison of ways to ship it. Pure: numbers in, a plan out.

What a strategy minds is told by weights of each warehouse: of a parcel from there, and of each piece in it. What a
plan comes to is the sum; plans are compared by the first strategy, then by the next one. All warehouses alone are
looked at, then pairs, and so on, until so many plans are compared as may be: never all orders of all warehouses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from types import MappingProxyType
from typing import NamedTuple

from engine.quantity import SCALE

Place = tuple[int, int]
"""(product id, warehouse id)"""

Weights = tuple[float, ...]
"""What each strategy of the chain minds, in the order of the chain; the less the better."""


class Line(NamedTuple):
    """A line that is to be shipped: quantities are in millionths, of which ``step`` is the smallest part.

    It does not come from the warehouses that are ``excluded``, which have rejected it.
    """

    product: int
    quantity: int
    step: int = 1
    excluded: frozenset[int] = frozenset()


class Candidate(NamedTuple):
    """A warehouse that may ship: what each strategy minds about a parcel from there, and about each piece in it."""

    id: int
    name: str
    parcel: Weights
    piece: Weights


class Pick(NamedTuple):
    """So much of a line, in millionths, from a warehouse; None where no warehouse was found."""

    warehouse: int | None
    quantity: int


@dataclass(frozen=True, slots=True)
class Limits:
    """How far the comparison goes: see the section ``allocation`` of the rules."""

    split_lines: bool = True
    most_warehouses: int = 4
    most_compared: int = 200
    fewest_first: bool = True


class Plan(NamedTuple):
    """A way to ship: what no warehouse was found for, what the strategies mind, and the picks of each line."""

    short: int
    weights: Weights
    names: tuple[str, ...]
    picks: tuple[tuple[Pick, ...], ...]

    @property
    def better(self) -> tuple[int, Weights, tuple[str, ...]]:
        """By what plans are compared: the least first; warehouses by name where nothing else differs."""
        return self.short, self.weights, self.names


class Chosen(NamedTuple):
    """The best plan, the best of other warehouses if there is one, and how many were compared; whether all were."""

    plan: Plan
    other: Plan | None
    compared: int
    complete: bool


class Supply:
    """What warehouses have left of products, in millionths; ``endless`` are those that never run out of one."""

    def __init__(
        self, left: Mapping[Place, int], endless: frozenset[Place] | set[Place] = frozenset()
    ) -> None:
        self.left, self.endless = left, endless

    def of(self, line: Line, warehouse: int, taken: Mapping[Place, int]) -> int:
        """Return how much of a line a warehouse can ship beside what is taken from it already."""
        place = (line.product, warehouse)
        if warehouse in line.excluded:
            return 0
        if place in self.endless:
            return line.quantity
        return self.left.get(place, 0) - taken.get(place, 0)


def choose(
    lines: Sequence[Line],
    candidates: Sequence[Candidate],
    supply: Supply,
    limits: Limits,
    used: frozenset[int] = frozenset(),
) -> Chosen:
    """Return the best way to ship the lines; from the warehouses of ``used`` something comes already.

    ``candidates`` are in the order in which they promise to be good, by their weights.
    """
    filling = _Filling(lines, supply, limits, used)
    alone = filling.alone(candidates)
    if alone and limits.fewest_first:
        return Chosen(alone[0], alone[1] if len(alone) > 1 else None, len(candidates), True)
    able = [one for one in candidates if any(supply.of(line, one.id, _NOTHING) > 0 for line in lines)]
    best = _Best()
    for plan in alone:
        best.take(plan)
    compared = len(able)
    for plan in filling.together(able):
        best.take(plan)
        if not any(
            any(one.parcel) for one in able
        ):  # no parcel costs anything: each line has its best warehouse
            return Chosen(plan, best.other, compared, True)
    for group in _groups(able, limits):
        if compared >= limits.most_compared + len(able):
            return Chosen(best.plan or filling.nothing(), best.other, compared, False)
        if best.cannot_be_beaten_by(able, len(group), used, limits):
            break
        compared += 1
        if best.complete and not filling.covered_by(group):
            continue
        if (plan_of := filling.plan(group)) is not None:
            best.take(plan_of)
    return Chosen(best.plan or filling.nothing(), best.other, compared, True)


_NOTHING: Mapping[Place, int] = MappingProxyType({})


@dataclass(slots=True)
class _Best:
    """The best plan so far, and the best one of other warehouses."""

    plan: Plan | None = None
    other: Plan | None = None

    @property
    def complete(self) -> bool:
        """Whether it ships everything."""
        return self.plan is not None and not self.plan.short

    def take(self, plan: Plan) -> None:
        """Compare another plan."""
        best, other = self.plan, self.other
        if best is None or plan.better < best.better:
            self.plan, self.other = plan, other if best is None or best.names == plan.names else best
        elif plan.names != best.names and (other is None or plan.better < other.better):
            self.other = plan

    def cannot_be_beaten_by(
        self, able: Sequence[Candidate], size: int, used: frozenset[int], limits: Limits
    ) -> bool:
        """Return whether no group of that size, or of a larger one, can be better by the first strategy."""
        if self.plan is None or self.plan.short:
            return False
        if limits.fewest_first:
            return size > len(self.plan.names)
        least = sorted(one.parcel[0] for one in able if one.id not in used)[:size]
        return bool(self.plan.weights) and sum(least) >= self.plan.weights[0] > 0


def _groups(able: Sequence[Candidate], limits: Limits) -> Iterator[tuple[Candidate, ...]]:
    """Yield the groups of warehouses to be looked at, the most promising of each size first."""
    for size in range(1, min(limits.most_warehouses, len(able)) + 1):
        yield from combinations(able, size)


class _Filling:
    """Ships lines from groups of warehouses."""

    def __init__(self, lines: Sequence[Line], supply: Supply, limits: Limits, used: frozenset[int]) -> None:
        self._lines, self._supply, self._limits, self._used = lines, supply, limits, used
        self._needs: dict[int, int] = {}
        for line in lines:
            self._needs[line.product] = self._needs.get(line.product, 0) + line.quantity
        self._total = sum(self._needs.values())

    def nothing(self) -> Plan:
        """Return the plan that ships nothing."""
        short = sum(line.quantity for line in self._lines)
        return Plan(short, (), (), tuple((Pick(None, line.quantity),) for line in self._lines))

    def plan(self, group: Sequence[Candidate]) -> Plan | None:
        """Return how the group ships the lines; None where it takes more warehouses than may be."""
        taken: dict[Place, int] = {}
        picks = tuple(self._line(line, group, taken) for line in self._lines)
        pieces: dict[int, int] = {}
        short = 0
        for line in picks:
            for pick in line:
                if pick.warehouse is None:
                    short += pick.quantity
                else:
                    pieces[pick.warehouse] = pieces.get(pick.warehouse, 0) + pick.quantity
        if len(self._used | pieces.keys()) > max(self._limits.most_warehouses, len(self._used)):
            return None
        shipping = [one for one in group if one.id in pieces]
        weights = _sum([self._weights(one, pieces[one.id]) for one in shipping])
        return Plan(short, weights, tuple(sorted(one.name for one in shipping)), picks)

    def alone(self, candidates: Sequence[Candidate]) -> list[Plan]:
        """Return the best two plans of those in which a single warehouse ships all of it.

        For all of them it is the same quantity, so their order is the one of the candidates, unless a parcel goes
        from one of them anyway.
        """
        needs, left, endless = list(self._needs.items()), self._supply.left, self._supply.endless
        excluded = frozenset().union(*(line.excluded for line in self._lines))
        if self._used:
            may = len(self._used) < self._limits.most_warehouses
            candidates = [one for one in candidates if may or one.id in self._used]
        found: list[Plan] = []
        for one in candidates:
            house = one.id
            for product, need in needs:
                if left.get((product, house), 0) < need and (product, house) not in endless:
                    break
            else:
                if house in excluded:
                    continue
                weights = _sum([self._weights(one, self._total)])
                picks = tuple((Pick(house, line.quantity),) for line in self._lines)
                found.append(Plan(0, weights, (one.name,), picks))
                if len(found) == 2 and not self._used:
                    return found
        return sorted(found, key=lambda plan: plan.better)[:2]

    def together(self, able: Sequence[Candidate]) -> Iterator[Plan]:
        """Yield how all of them ship the lines, each line from the first that has it; nothing if that are too
        many.
        """
        plan = self.plan(able) if able else None
        if plan is not None:
            yield plan

    def covered_by(self, group: Sequence[Candidate]) -> bool:
        """Return whether the group may have everything."""
        left, endless = self._supply.left, self._supply.endless
        for product, need in self._needs.items():
            there = [left.get((product, one.id), 0) for one in group]
            if (sum(there) if self._limits.split_lines else max(there)) < need and not any(
                (product, one.id) in endless for one in group
            ):
                return False
        return True

    def _weights(self, one: Candidate, quantity: int) -> Weights:
        """Return what it comes to from one warehouse; of a parcel that goes anyway only the pieces count."""
        pieces, sunk = quantity / SCALE, one.id in self._used
        return tuple(
            (0 if sunk else parcel) + piece * pieces
            for parcel, piece in zip(one.parcel, one.piece, strict=True)
        )

    def _line(self, line: Line, group: Sequence[Candidate], taken: dict[Place, int]) -> tuple[Pick, ...]:
        for one in group:
            if self._supply.of(line, one.id, taken) >= line.quantity:
                _take(taken, line.product, one.id, line.quantity)
                return (Pick(one.id, line.quantity),)
        return (
            tuple(self._split(line, group, taken))
            if self._limits.split_lines
            else (Pick(None, line.quantity),)
        )

    def _split(self, line: Line, group: Sequence[Candidate], taken: dict[Place, int]) -> Iterator[Pick]:
        rest = line.quantity
        for one in group:
            there = min(self._supply.of(line, one.id, taken), rest) // line.step * line.step
            if there > 0:
                _take(taken, line.product, one.id, there)
                rest -= there
                yield Pick(one.id, there)
            if not rest:
                return
        yield Pick(None, rest)


def _take(taken: dict[Place, int], product: int, warehouse: int, quantity: int) -> None:
    taken[product, warehouse] = taken.get((product, warehouse), 0) + quantity


def _sum(weights: Sequence[Weights]) -> Weights:
    """Return the sums; as exact as they are compared, so that the order of adding does not matter."""
    return tuple(round(sum(column), 6) for column in zip(*weights, strict=True))
