"""Which process an order gets that names none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar

from rules.models import EngineRules, ProcessSelection
from rules.suggest import did_you_mean


class ProcessNotDeployed(LookupError):
    """The rule an order fits names a process that is not deployed."""

    code: ClassVar[str] = "process_not_found"

    def __init__(self, number: int, process: str, deployed: Sequence[str]) -> None:
        guess = did_you_mean(process, deployed)
        text = f"rule {number} of process_selection names the process {process!r}, which is not deployed."
        self.message = f"{text} {guess}".rstrip()
        self.remedy = "Deploy the process, or correct the rule."
        super().__init__(self.message)


@dataclass(frozen=True, slots=True)
class Considered:
    """A rule that was looked at for an order: its number from 1, its process, and why the order does not fit.

    ``unfit`` is None for the rule that the order fits.
    """

    number: int
    process: str
    unfit: str | None


def select_process(
    rules: EngineRules, order: Mapping[str, Any], deployed: Sequence[str], now: datetime | None = None
) -> str | None:
    """Return the process of the first rule that the order fits, or None when it fits none.

    ``order`` is the order's JSON object, ``deployed`` the names of the deployed processes, ``now`` the time that
    rules with a time are compared with, else the machine's. Raises ProcessNotDeployed when the rule's process is
    not among them: a later rule is never taken in its place.
    """
    looked_at = considered(rules, order, now)
    if not looked_at or looked_at[-1].unfit is not None:
        return None
    found = looked_at[-1]
    if found.process not in deployed:
        raise ProcessNotDeployed(found.number, found.process, deployed)
    return found.process


def considered(rules: EngineRules, order: Mapping[str, Any], now: datetime | None = None) -> list[Considered]:
    """Return the rules that are looked at for an order, up to the first that it fits, and why not the others."""
    at, found = now or datetime.now(UTC), []
    for number, selection in enumerate(rules.process_selection, start=1):
        found.append(Considered(number, selection.process, _unfit(selection, order, at)))
        if found[-1].unfit is None:
            break
    return found


def _unfit(selection: ProcessSelection, order: Mapping[str, Any], now: datetime) -> str | None:
    if selection.since is not None and now < moment(selection.since):
        return f"it counts from {selection.since}"
    if selection.until is not None and now >= moment(selection.until):
        return f"it counted until {selection.until}"
    if selection.store is not None and order.get("store") != selection.store:
        return f"its store is {selection.store!r}, the order's {order.get('store')!r}"
    if selection.payment_method is not None and _payment_method(order) != selection.payment_method:
        return f"its payment method is {selection.payment_method!r}, the order's {_payment_method(order)!r}"
    for name, value in selection.match.items():
        if not _equal(value, _field(order, name)):
            return f"it wants {name} to be {value!r}, the order has {_field(order, name)!r}"
    return None if selection.when is None else _condition(selection.when, order, now)


def _condition(text: str, order: Mapping[str, Any], now: datetime) -> str | None:
    """Return why the condition does not hold: it is false, or cannot be told, which never lets an order pass."""
    from rules.guards.ordered import outcome

    told = outcome(text, order, now)
    if told is True:
        return None
    return f"{text!r} is false" if told is False else f"{text!r} cannot be told: {told}"


def moment(text: str) -> datetime:
    """Return the time that a text says. Raises ValueError for none, and for one without an offset."""
    found = datetime.fromisoformat(text)
    if found.utcoffset() is None:
        raise ValueError("it has no offset")
    return found


def _payment_method(order: Mapping[str, Any]) -> Any:
    own = order.get("payment_method")
    return _field(order, "payment.method") if own is None else own


def _field(order: Mapping[str, Any], name: str) -> Any:
    value: Any = order
    for part in name.split("."):
        if not isinstance(value, Mapping) or part not in value:
            return None
        value = value[part]
    return value


def _equal(expected: Any, actual: Any) -> bool:
    """Compare as JSON does: 1, 1.0 and Decimal("1") are equal, but 1 is not true and "1" is no number."""
    if isinstance(expected, list):
        return (
            isinstance(actual, list | tuple)
            and len(expected) == len(actual)
            and all(_equal(one, other) for one, other in zip(expected, actual, strict=True))
        )
    if isinstance(expected, Mapping):
        return (
            isinstance(actual, Mapping)
            and expected.keys() == actual.keys()
            and all(_equal(value, actual[key]) for key, value in expected.items())
        )
    if _is_number(expected) and _is_number(actual):
        # By their decimal text: the order's 0.1 is a Decimal, the rule's is a float.
        return Decimal(str(expected)) == Decimal(str(actual))
    return type(expected) is type(actual) and bool(expected == actual)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)
