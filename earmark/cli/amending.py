"""``earmark order amend``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer

from earmark.cli.given import name_of, opened, text_of
from earmark.cli.order_shown import show_changes, show_order
from earmark.cli.output import Answer, line
from earmark.cli.shell import Shell

if TYPE_CHECKING:
    from rich.console import Console

    from engine.requests.amending import AmendmentRequest
    from engine.results import Amended

_SHAPE = (
    'An amendment is {"lines": [{"line", "quantity"}], "add": [{"sku", "quantity"}], "store", "set", "merge"}, '
    "with one of these at least; docs/amendments.md shows one."
)

_LARGEST = 16 << 20
"""How many bytes an amendment may have."""


def amend(
    shell: Shell,
    reference: Annotated[str, typer.Argument(metavar="REF", help="The order's reference.")],
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="What is to change, as JSON; - is stdin.")],
    key: Annotated[
        str | None,
        typer.Option("--key", metavar="KEY", help="By what it is known: with the same key it is made once."),
    ] = None,
    reason: Annotated[
        str | None, typer.Option("--reason", metavar="TEXT", help="Why; it is written to the history.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell what it would come to; change nothing.")
    ] = False,
) -> Answer:
    """Amend an order: quantities, lines, store and fields, all of it in one transaction or nothing."""
    with opened(file) as stream:
        request = read_amendment(stream, name_of(file), key=key, reason=reason)
    with shell.changing() as engine:
        amended = engine.amend(reference, request, dry_run=dry_run)
    return Answer(amended.as_dict(), lambda out: _show(out, amended))


def _show(out: Console, amended: Amended) -> None:
    if amended.existing:
        line(out, f"order {amended.order.reference} was amended so before:", "bold")
    elif amended.dry_run:
        line(out, f"order {amended.order.reference} would be amended; nothing is changed:", "bold")
    else:
        line(out, f"order {amended.order.reference} is amended:", "bold")
    show_changes(out, amended.amendment)
    show_order(out, amended.order)


def read_amendment(stream: IO[bytes], name: str, *, key: str | None, reason: str | None) -> AmendmentRequest:
    """Return the amendment of the input; key and reason may be given beside it.

    Raises InputError with everything that is wrong with it.
    """
    from pydantic import ValidationError

    from earmark.cli.json_input import decode_json
    from earmark.cli.order_input import kind_of, sentence
    from engine.errors import InputError
    from engine.requests.amending import AmendmentRequest

    text = text_of(stream, name, largest=_LARGEST, has="the amendment has", shape=_SHAPE, nothing="amendment")
    value = decode_json(text, name)
    if not isinstance(value, dict):
        kind = "a JSON array" if isinstance(value, list) else kind_of(value)
        raise InputError(f"{name}: an amendment is a JSON object, not {kind}", remedy=_SHAPE)
    given = {**value, **_chosen(value, "key", key), **_chosen(value, "reason", reason)}
    try:
        return AmendmentRequest.model_validate(given)
    except ValidationError as error:
        told = [_sentence(detail, sentence) for detail in error.errors(include_url=False)]
        raise InputError(f"{name}: {'; '.join(told)}", remedy=_SHAPE) from None


def _chosen(value: Mapping[str, Any], name: str, given: str | None) -> dict[str, str]:
    """Return what is given on the command line, which may not contradict the input."""
    from engine.errors import InputError

    stands = value.get(name)
    if given is None:
        return {}
    if stands is not None and stands != given:
        told = f"the {name} is {stands!r} in the amendment, and {given!r} on the command line"
        raise InputError(told, remedy=f"Give the {name} once.")
    return {name: given}


def _sentence(detail: Any, sentence: Any) -> str:
    if detail["type"] == "extra_forbidden":
        detail = {**detail, "msg": "is none of the fields of an amendment"}
    told: str = sentence(detail, "an amendment")
    return told.removeprefix(": ")
