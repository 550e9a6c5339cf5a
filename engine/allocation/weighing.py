"""What each strategy minds about a warehouse, for an order: weights that add up, the less the better. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

from engine.allocation.choosing import Candidate
from engine.versions.names import House
from rules.allocation import (
    ANYWHERE,
    CHEAPEST,
    DEFAULT,
    EXTERNAL_FIRST,
    FEWEST,
    NEAREST,
    OWN_FIRST,
    PLUGIN,
    PRIORITY,
    Allocation,
    Choice,
    value_at,
)

EARTH_KM = 6371.0088
"""The mean radius of the earth."""

FARTHEST_KM = 20_038.0
"""A little more than the way to the other side of the earth: as far as a warehouse without a place is."""

_LAST = 1_000_001
"""The priority of a warehouse without one: behind all others."""

_UNKNOWN_COST = 1_000_000_001.0
"""What a parcel costs of which no table tells: more than any table can tell."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where an order goes: in degrees, and by the name that cost tables have. None: it does not say."""

    store: str
    latitude: float | None = None
    longitude: float | None = None
    name: str | None = None


def destination_of(
    rules: Allocation, choice: Choice, store: str, document: Mapping[str, object]
) -> Destination:
    """Return where an order goes, as far as the strategies ask for it."""
    latitude = longitude = None
    name = store
    if NEAREST in choice.strategies:
        latitude = _degrees(value_at(document, rules.latitude), 90)
        longitude = _degrees(value_at(document, rules.longitude), 180)
    if CHEAPEST in choice.strategies:
        told = value_at(document, rules.destination)
        name = told if isinstance(told, str) and told else store
    return Destination(store, latitude, longitude, name)


def _degrees(told: object, most: int) -> float | None:
    if isinstance(told, bool) or told is None:
        return None
    try:
        degrees = float(told)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return degrees if -most <= degrees <= most else None


def weighed(
    rules: Allocation,
    choice: Choice,
    houses: Sequence[House],
    destination: Destination,
    ranks: Mapping[str, Mapping[str, float]],
) -> list[Candidate]:
    """Return the warehouses as candidates, the most promising first.

    ``ranks`` are what plugins answered, by strategy and warehouse; one that is not named is behind all others.
    """
    found = []
    for house in houses:
        weights = [_weigh(name, rules, choice, house, destination, ranks) for name in choice.strategies]
        parcel, piece = tuple(one for one, _ in weights), tuple(one for _, one in weights)
        found.append(Candidate(house.id, house.name, parcel, piece))
    found.sort(key=lambda one: (tuple(map(sum, zip(one.parcel, one.piece, strict=True))), one.name))
    return found


def _weigh(
    strategy: str,
    rules: Allocation,
    choice: Choice,
    house: House,
    to: Destination,
    ranks: Mapping[str, Mapping[str, float]],
) -> tuple[float, float]:
    """Return what a strategy minds about a parcel from a warehouse, and about each piece in it."""
    if strategy.startswith(PLUGIN):
        return ranks[strategy].get(house.name, _UNKNOWN_COST), 0.0
    return _STRATEGIES[strategy](rules, choice, house, to)


def _nearest(_rules: Allocation, _choice: Choice, house: House, to: Destination) -> tuple[float, float]:
    if to.latitude is None or to.longitude is None:
        return 0.0, 0.0
    if house.latitude is None or house.longitude is None:
        return FARTHEST_KM, 0.0
    here = house.latitude / 1_000_000, house.longitude / 1_000_000
    return distance_km(here, (to.latitude, to.longitude)), 0.0


def _cheapest(rules: Allocation, _choice: Choice, house: House, to: Destination) -> tuple[float, float]:
    table = rules.costs.get(house.name, {})
    cost = table.get(to.name or to.store, table.get(ANYWHERE))
    return (_UNKNOWN_COST if cost is None else cost), 0.0


_Weigh = Callable[[Allocation, Choice, House, Destination], tuple[float, float]]

_STRATEGIES: Mapping[str, _Weigh] = {
    FEWEST: lambda _rules, _choice, _house, _to: (1.0, 0.0),
    PRIORITY: lambda _rules, _choice, house, _to: (
        0.0,
        float(_LAST if house.priority is None else house.priority),
    ),
    NEAREST: _nearest,
    CHEAPEST: _cheapest,
    DEFAULT: lambda _rules, choice, house, _to: (0.0, 0.0 if house.name == choice.default else 1.0),
    OWN_FIRST: lambda _rules, _choice, house, _to: (0.0, 1.0 if house.external else 0.0),
    EXTERNAL_FIRST: lambda _rules, _choice, house, _to: (0.0, 0.0 if house.external else 1.0),
}


def distance_km(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the way between two places on the earth, each as latitude and longitude in degrees, rounded to
    metres.
    """
    (north, east), (north_2, east_2) = one, other
    high, wide = radians(north_2 - north), radians(east_2 - east)
    half = sin(high / 2) ** 2 + cos(radians(north)) * cos(radians(north_2)) * sin(wide / 2) ** 2
    return round(2 * EARTH_KM * asin(min(1.0, sqrt(half))), 3)
