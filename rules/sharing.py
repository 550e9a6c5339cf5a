"""The rule section ``sharing``: which warehouses are pooled, which stores sell from them, how they are divided."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fractions import Fraction
from math import gcd
from pathlib import Path
from typing import Annotated, NamedTuple

from pydantic import Field, PrivateAttr

from rules.base import Rules
from rules.errors import RuleProblem

KeyPath = tuple[str | int, ...]
"""The way to a value below ``sharing``."""

PLUGIN = "plugin:"
"""How a strategy begins that a plugin decides; its name follows."""

FIXED = "fixed_share"
STRATEGIES = ("equal", "weight", "demand", FIXED)

Name = Annotated[str, Field(min_length=1, max_length=255)]
_Names = Annotated[tuple[Name, ...], Field(strict=False)]
_Part = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]
_Threshold = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class SharingProblem(NamedTuple):
    """Something that is wrong: where below ``sharing``, what, and what to do about it."""

    path: KeyPath
    message: str
    remedy: str


class Sharing(Rules):
    """Warehouses that are shared between groups of sales channels. Sales channels are stores."""

    warehouse_groups: dict[Name, _Names] = Field(default_factory=dict)
    """Groups of warehouses: what they have is added up. A warehouse is in one group."""

    channel_groups: dict[Name, _Names] = Field(default_factory=dict)
    """Groups of sales channels (stores) that show one number and sell from it. A store is in one group."""

    links: dict[Name, _Names] = Field(default_factory=dict)
    """Which channel groups a warehouse group is divided between, in the order in which they get what is left
    over. A channel group is linked to one warehouse group."""

    strategy: Annotated[str, Field(min_length=1)] = "equal"
    """How a warehouse group is divided: "equal", "weight" (see weights), "demand" (what was ordered lately),
    "fixed_share" (see shares), or "plugin:NAME"."""

    weights: dict[Name, _Part] = Field(default_factory=dict)
    """For the strategy "weight": numbers per channel group, 1 where none is given. One of weight 2 gets twice
    what one of weight 1 gets."""

    shares: dict[Name, _Part] = Field(default_factory=dict)
    """For the strategy "fixed_share": per cent per channel group. Those of one link add up to 100."""

    threshold: _Threshold = 0.2
    """A product is divided anew once a channel group can sell no more of it than this part of what it could sell
    when it was last divided: 0.2 is a fifth. 1: with every order."""

    thresholds: dict[Name, _Threshold] = Field(default_factory=dict)
    """Other thresholds, per channel group."""

    demand_days: Annotated[int, Field(ge=1, le=3650)] = 30
    """For the strategy "demand": orders of so many days count."""

    _file: Path | None = PrivateAttr(default=None)
    _lines: Mapping[KeyPath, int] = PrivateAttr(default_factory=dict)

    def problem(self, found: SharingProblem) -> RuleProblem:
        """Return the problem with its place: the line of the part, or of the nearest thing around it."""
        ways = (found.path[:length] for length in range(len(found.path), -1, -1))
        line = next((self._lines[way] for way in ways if way in self._lines), 0)
        return RuleProblem(self._file or Path("sharing"), line, found.message, found.remedy)

    def put_lines(self, file: Path, lines: Mapping[KeyPath, int]) -> None:
        """Note on which line of which file each part stands."""
        self._file, self._lines = file, lines

    @property
    def kind(self) -> str:
        """The strategy, however its words are joined."""
        return (
            self.strategy
            if self.strategy.startswith(PLUGIN)
            else self.strategy.replace(" ", "_").replace("-", "_")
        )

    def group_of_channels(self, group: str) -> str | None:
        """Return the warehouse group that a channel group is linked to."""
        return next((pool for pool, groups in self.links.items() if group in groups), None)

    def parts(self) -> dict[str, int]:
        """Return the part of each linked channel group as whole numbers in proportion; six decimals count."""
        given: Mapping[str, float] = {FIXED: self.shares, "weight": self.weights}.get(self.kind, {})
        parts: dict[str, int] = {}
        for groups in self.links.values():
            millionths = [round(Fraction(str(given.get(name, 1.0))) * 1_000_000) for name in groups]
            common = gcd(*millionths) or 1
            parts.update((name, part // common) for name, part in zip(groups, millionths, strict=True))
        return parts

    def threshold_of(self, group: str) -> int:
        """Return the threshold of a channel group, in millionths."""
        return int(Fraction(str(self.thresholds.get(group, self.threshold))) * 1_000_000)

    def text(self) -> str:
        """Return what the section says as one line of JSON, by which two are compared."""
        return json.dumps(self.model_dump(mode="json"), ensure_ascii=False, separators=(",", ":"))
