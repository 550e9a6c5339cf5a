"""What the options of products forbid an order or a cart, product by product: not at all, too little, too much."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from engine.codes import Code
from engine.errors import AboveMaximum, BelowMinimum, NotOrderable
from engine.holds.wanted import Pair, Wanted
from engine.quantity import format_quantity
from rules.options.effects import Selling, breach, terms_of
from rules.options.values import OptionValues


class Forbidden(NamedTuple):
    """Why a product cannot be had in such a quantity."""

    code: Code
    message: str


def forbidden(values: OptionValues, quantity: int) -> Forbidden | None:
    """Return what the options forbid of so much of a product, in millionths; None where they forbid nothing.

    0 asks whether there could be any.
    """
    if terms_of(values).selling is Selling.NOT_AT_ALL:
        why = (
            "its maximum is 0"
            if values.inventory_status in values.orderable_statuses
            else f"its inventory status is {values.inventory_status}"
        )
        return Forbidden(Code.NOT_ORDERABLE, f"not available to order: {why}")
    broken = breach(values, quantity) if quantity else None
    if broken == "minimum":
        least = format_quantity(int(values.minimum_quantity_to_order or 0))
        return Forbidden(Code.BELOW_MINIMUM, f"at least {least} to order, {format_quantity(quantity)} asked")
    if broken == "maximum":
        most = format_quantity(int(values.maximum_quantity_to_order or 0))
        return Forbidden(Code.ABOVE_MAXIMUM, f"at most {most} to order, {format_quantity(quantity)} asked")
    return None


_ERRORS: Mapping[Code, type[NotOrderable]] = {
    Code.NOT_ORDERABLE: NotOrderable,
    Code.BELOW_MINIMUM: BelowMinimum,
    Code.ABOVE_MAXIMUM: AboveMaximum,
}


def limits_broken(asked: Wanted, options: Mapping[Pair, OptionValues]) -> NotOrderable | None:
    """Return the refusal of what asks for what options forbid, with every such product; None when there is none.

    ``options`` are those of the (product, store) that have any.
    """
    if not options:
        return None
    found = list(_broken(asked, options))
    if not found:
        return None
    told = "; ".join(f"{sku}: {why.message}" for sku, _, why in found)
    return _ERRORS[found[0][2].code](
        f"the {asked.kind} {asked.request.reference!r} cannot be had in {asked.request.store}: {told}",
        store=asked.request.store,
        skus=[sku for sku, _, _ in found],
        lines=[
            {"sku": sku, "code": str(why.code), "message": why.message, "asked": format_quantity(need)}
            for sku, need, why in found
        ],
    )


def _broken(asked: Wanted, options: Mapping[Pair, OptionValues]) -> Iterator[tuple[str, int, Forbidden]]:
    for pair, need in asked.needs.items():
        values = options.get(pair)
        why = None if values is None else forbidden(values, need)
        if why is not None:
            yield asked.skus[pair[0]], need, why
