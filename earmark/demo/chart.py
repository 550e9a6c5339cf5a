"""The chart of the report: what the stock is made of, over the days of the story, as inline SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

WIDTH, HEIGHT = 1040, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 14, 34, 40


@dataclass(frozen=True, slots=True)
class Moment:
    """A point of the chart, in units: stock of open warehouses, what of it is reserved and held, a label."""

    at: datetime
    label: str
    stock: float
    reserved: float
    held: float


@dataclass(frozen=True, slots=True)
class Mark:
    """A labelled moment of the chart: its place, its label, and the height at which the label stands."""

    x: float
    y: float
    label: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Chart:
    """The geometry of the chart: one polygon per band (name, points), grid lines and marks."""

    width: int
    height: int
    bands: tuple[tuple[str, str], ...]
    grid: tuple[tuple[float, str], ...]
    days: tuple[tuple[float, str], ...]
    marks: tuple[Mark, ...]
    left: int = _LEFT
    right: int = WIDTH - _RIGHT
    top: int = _TOP
    floor: int = HEIGHT - _BOTTOM


def draw(moments: Sequence[Moment]) -> Chart:
    """Return the chart of at least two moments in order of time."""
    first, last = moments[0].at, moments[-1].at
    span = (last - first).total_seconds() or 1.0
    ceiling = max(_rounded_up(max(m.stock for m in moments)), 1)

    def x(at: datetime) -> float:
        return round(_LEFT + (WIDTH - _LEFT - _RIGHT) * (at - first).total_seconds() / span, 1)

    def y(units: float) -> float:
        return round(HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * units / ceiling, 1)

    levels = [[0.0, m.reserved, m.reserved + m.held, max(m.stock, m.reserved + m.held)] for m in moments]
    xs = [x(moment.at) for moment in moments]
    bands = tuple(
        (name, _band(xs, [y(row[n]) for row in levels], [y(row[n + 1]) for row in levels]))
        for n, name in enumerate(("reserved", "held", "free"))
    )
    grid = tuple((y(ceiling * n / 4), f"{ceiling * n // 4:,}") for n in range(5))
    days = (last - first).days
    named = tuple((x(first) + (x(last) - x(first)) * d / max(days, 1), str(d)) for d in range(0, days + 1, 2))
    return Chart(WIDTH, HEIGHT, bands, grid, named, tuple(_marks(moments, xs)))


def _marks(moments: Sequence[Moment], xs: Sequence[float]) -> list[Mark]:
    marks: list[Mark] = []
    for moment, place in zip(moments, xs, strict=True):
        if moment.label:
            anchor = "start" if place < WIDTH * 0.75 else "end"
            marks.append(Mark(place, _TOP - 12, moment.label, anchor))
    return marks


def _band(xs: Sequence[float], low: Sequence[float], high: Sequence[float]) -> str:
    """Amounts stay as they are until the next moment, so every edge is a flight of stairs."""
    there = _stairs(xs, high)
    back = reversed(_stairs(xs, low))
    return " ".join(f"{x},{y}" for x, y in (*there, *back))


def _stairs(xs: Sequence[float], ys: Sequence[float]) -> list[tuple[float, float]]:
    points = [(xs[0], ys[0])]
    for place, before, after in zip(xs[1:], ys, ys[1:], strict=False):
        points += [(place, before), (place, after)]
    return points


def _rounded_up(value: float) -> int:
    """Return the smallest ceiling above the value whose quarters are round."""
    power = 10
    while True:
        for tenths in (10, 15, 20, 25, 30, 40, 50, 60, 80):
            if value <= 4 * power * tenths // 10:
                return 4 * power * tenths // 10
        power *= 10
