"""Strategies of plugins: asked for the products of a set at once, answered with any numbers in proportion."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from math import lcm
from typing import Any, NamedTuple

from engine.errors import PluginError, PluginMissing
from engine.hooks import Plugins, SharedStock
from engine.inventory.pools import ChannelGroup
from engine.nouns import count
from engine.plugin_calls import end_if_forked, failure_of, shown
from engine.quantity import to_decimal

_REMEDY = "Mend the plugin, or choose another strategy in the section sharing."


class Question(NamedTuple):
    """A product that is to be divided: its sku, what there is of it, and what is promised by channel group."""

    sku: str
    total: int
    promised: Mapping[int, int]


def weights_of(
    plugins: Plugins, name: str, groups: Sequence[ChannelGroup], asked: Sequence[Question]
) -> list[list[int]]:
    """Return the weights of the channel groups for each product, as whole numbers. Raises PluginError."""
    plugin = plugins.sharing_strategy(name)
    if plugin is None:
        raise PluginMissing(
            f"the sharing strategy {name!r} is not registered", remedy="Load the plugin with it."
        )
    process = os.getpid()
    try:
        answers = list(plugin([_shown(groups, one) for one in asked]))
    except BaseException as error:
        told = failure_of(error, process)
        raise PluginError(f"the sharing strategy {name!r} failed: {told}", remedy=_REMEDY) from error
    end_if_forked(process)
    if len(answers) != len(asked):
        text = f"the sharing strategy {name!r} answers {count(len(asked), 'product')} with {len(answers)}"
        raise PluginError(text, remedy=_REMEDY)
    return [_whole(name, groups, one, answer) for one, answer in zip(asked, answers, strict=True)]


def _shown(groups: Sequence[ChannelGroup], one: Question) -> SharedStock:
    return SharedStock(
        sku=one.sku,
        warehouse_group=groups[0].warehouse_group,
        stock=to_decimal(one.total),
        promised={group.name: to_decimal(one.promised.get(group.id, 0)) for group in groups},
    )


def _whole(name: str, groups: Sequence[ChannelGroup], one: Question, answer: Any) -> list[int]:
    """Return the numbers of an answer as whole ones in the same proportion."""
    try:
        known = {group.name for group in groups}
        if not set(answer) <= known:
            raise ValueError
        parts = [Fraction(Decimal(str(answer.get(group.name, 0)))) for group in groups]
        if min(parts) < 0:
            raise ValueError
    except (AttributeError, TypeError, ValueError, OverflowError, InvalidOperation):
        text = f"the sharing strategy {name!r} answers {shown(answer)} for {one.sku!r}"
        remedy = (
            "It answers a mapping for each product: names of its channel groups with numbers of 0 or more."
        )
        raise PluginError(text, remedy=remedy) from None
    common = lcm(*(part.denominator for part in parts))
    return [int(part * common) for part in parts]
