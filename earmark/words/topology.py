"""What applying a topology would change and mean, in words: a line for each thing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from earmark.words.text import count
from engine.results import BeforeAfter, Dependence, StoreEffect, TopologyChange, Unnamed, WithdrawReport
from engine.results.topology import TopologyValue

_EFFECTS = {
    "sells_out": "sells out: {0} can be sold now, none then",
    "becomes_sellable": "can be sold again: {1}",
    "becomes_short": "is promised above its stock by {1}",
}

_MOST_PRODUCTS = 3
"""How many products of a store are shown for each effect."""


def change_lines(changes: Sequence[TopologyChange], most: int) -> Iterator[str]:
    """Yield a line for each change, with ``+`` before what is new; of products no more than ``most``."""
    shown = 0
    for change in changes:
        if change.what in ("product", "abstract product"):
            shown += 1
            if shown > most:
                continue
        yield change_line(change)
    if shown > most:
        yield f"~ and {count(shown - most, 'more change')} of products; --json tells all of them"


def change_line(change: TopologyChange) -> str:
    """Return a change as one line."""
    thing = "the topology" if change.what == "topology" else f"{change.what} '{change.name}'"
    if change.kind == "added":
        return f"+ {thing}" + (f" of '{change.new}'" if change.new else "")
    if isinstance(change.old, tuple) and isinstance(change.new, tuple):
        return f"~ {thing}: {change.field} {_lists(change.old, change.new)}"
    return f"~ {thing}: {change.field} {_said(change.old)} -> {_said(change.new)}"


def _lists(old: tuple[str, ...], new: tuple[str, ...]) -> str:
    gone = [f"-'{name}'" for name in old if name not in new]
    come = [f"+'{name}'" for name in new if name not in old]
    return ", ".join([*gone, *come])


def _said(value: TopologyValue) -> str:
    if isinstance(value, tuple):
        return ", ".join(f"'{name}'" for name in value) or "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    return "none" if value is None else f"'{value}'" if isinstance(value, str) else str(value)


def effect_lines(stores: Iterable[StoreEffect]) -> Iterator[str]:
    """Yield what becomes of each store's numbers, and the first products of which something becomes."""
    for effect in stores:
        amounts = ((name, getattr(effect, name)) for name in ("stock", "reserved", "held", "available"))
        told = [f"{name} {_both(pair)}" for name, pair in amounts]
        yield f"store '{effect.store}': {', '.join(told)}"
        yield (
            f"  products that can be sold {_both(effect.sellable)}, promised above their stock "
            f"{_both(effect.short)}"
        )
        yield from _products(effect)


def _products(effect: StoreEffect) -> Iterator[str]:
    for kind, words in _EFFECTS.items():
        listed = [one for one in effect.products if one.effect == kind][:_MOST_PRODUCTS]
        for one in listed:
            yield f"  '{one.sku}' {words.format(f'{one.before:f}', f'{one.after:f}')}"
        more = int(getattr(effect, kind)) - len(listed)
        if listed and more > 0:
            yield f"  and {count(more, 'more product')}"


def _both(pair: BeforeAfter) -> str:
    before, after = (str(one) if isinstance(one, int) else f"{one:f}" for one in (pair.before, pair.after))
    return before if before == after else f"{before} -> {after}"


_RESTING = {
    "warehouse": "'{store}' no longer sells from '{name}', named by {who}",
    "store": "'{name}' is of another database then, with {who} here",
    "closing": "'{name}' takes no orders then, and has {who}, which go on",
    "product": "'{store}' has {who} of '{name}', which go on",
}


def dependence_lines(depends: Iterable[Dependence]) -> Iterator[str]:
    """Yield who rests on what goes away; where nobody does, nothing is told."""
    for one in depends:
        promised = f"{one.reserved:f} reserved and {one.held:f} held"
        if one.what == "sharing":
            if one.reserved or one.held:
                yield f"'{one.store}' no longer heeds what '{one.name}' promises: {promised}"
        elif one.items or one.carts:
            who = _RESTING[one.what].format(store=one.store, name=one.name, who=_who(one))
            named = [*one.orders, *one.cart_references]
            yield f"{who}: {promised}" + (f" ({', '.join(named)})" if named else "")


def _who(one: Dependence) -> str:
    items = count(one.items, "live item") if one.items else ""
    carts = count(one.carts, "cart") if one.carts else ""
    return " and ".join(filter(None, (items, carts)))


def withdrawn_lines(report: WithdrawReport) -> Iterator[tuple[str, bool]]:
    """Yield what became of what was to be withdrawn, and of each line whether it tells of what is alive."""
    for text in dependence_lines(report.depends):
        yield f"! {text}", True
    if report.short:
        yield (
            f"! {count(report.short, 'product')}, store by store, promised above what is left in stock then",
            True,
        )
    if report.stock:
        yield f"in stock: {report.stock:f}", False
    for told in report.mentions:
        yield f"named by {told}", False
    yield f"{report.what} '{report.name}': {_became(report)}", False


def _became(report: WithdrawReport) -> str:
    state = "withdrawn" if report.withdrawn else "offered"
    if not report.changed:
        return f"{state} already"
    if report.dry_run:
        held = "; it is still needed, so only with --force" if report.needed else ""
        return f"would be {state}{held}"
    return state


def unnamed_line(unnamed: Unnamed) -> str | None:
    """Return what is stored, not named and stays; None where everything is named."""
    told = [
        count(len(unnamed.warehouses), "warehouse") if unnamed.warehouses else "",
        count(len(unnamed.stores), "store") if unnamed.stores else "",
        count(unnamed.products, "concrete product") if unnamed.products else "",
    ]
    named = ", ".join(filter(None, told))
    return f"not in the file, and stays as it is: {named}" if named else None
