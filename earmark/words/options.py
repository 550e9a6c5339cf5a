"""Rules and inventory options as people and programs read them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rules import EngineRules


def shown_value(value: Any) -> str:
    """Return the value of an option in words."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "nothing"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def rules_as_json(rules: EngineRules) -> dict[str, Any]:
    """Return all rules with their defaults; of options only what is said."""
    from rules.options.model import KINDS, said

    told = rules.model_dump(mode="json", exclude={"options"})
    if rules.options is None:
        return {**told, "options": None}
    options: dict[str, Any] = {"system": said(rules.options.system)}
    for section in KINDS:
        options[section] = {name: said(own) for name, own in getattr(rules.options, section).items()}
    return {**told, "options": options}


def as_yaml(value: Any) -> Iterator[str]:
    """Yield the lines of a JSON value as YAML that the rules can be read from."""
    import yaml

    text = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, default_flow_style=None, width=100)
    yield from text.splitlines()
