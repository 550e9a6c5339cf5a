"""Which process an order gets that names none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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


def select_process(rules: EngineRules, order: Mapping[str, Any], deployed: Sequence[str]) -> str | None:
    """Return the process of the first rule that the order fits, or None when it fits none.

    ``order`` is the order's JSON object, ``deployed`` the names of the deployed processes. Raises
    ProcessNotDeployed when the rule's process is not among them: a later rule is never taken in its place.
    """
    for number, selection in enumerate(rules.process_selection, start=1):
        if _fits(selection, order):
            if selection.process not in deployed:
                raise ProcessNotDeployed(number, selection.process, deployed)
            return selection.process
    return None


def _fits(selection: ProcessSelection, order: Mapping[str, Any]) -> bool:
    if selection.store is not None and order.get("store") != selection.store:
        return False
    if selection.payment_method is not None and _payment_method(order) != selection.payment_method:
        return False
    return all(_equal(value, _field(order, name)) for name, value in selection.match.items())


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
