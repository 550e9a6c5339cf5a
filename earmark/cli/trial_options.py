"""Options of ``process try``: answers, stock and spans that are given as NAME=VALUE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from earmark.cli.shell import Shell

if TYPE_CHECKING:
    from engine.design import Terms

AnswerOption = Annotated[
    list[str] | None,
    typer.Option(
        "--answer", metavar="NAME=true|false", help="What a condition says; may be given several times."
    ),
]
TimeoutOption = Annotated[
    list[str] | None,
    typer.Option("--timeout", metavar="EVENT=SPAN", help="How long a timeout takes, such as close='2 days'."),
]


def terms_of(
    shell: Shell,
    answers: Sequence[str],
    stock: Sequence[str],
    *,
    assume: bool | None,
    start: str | None,
) -> Terms:
    """Return the terms of a trial: the rules of the project, and what the options say."""
    from dataclasses import replace

    from earmark.cli.case_files import rules_of

    terms = replace(rules_of(shell), answers=answers_of(answers), assume=assume)
    if start is not None:
        terms = terms.starting(start)
    amounts = [text.rpartition("=") for text in stock]
    return terms.with_stock({sku or "product": amount for sku, _, amount in amounts}) if stock else terms


def answers_of(given: Sequence[str]) -> dict[str, bool]:
    """Return the answers by condition. Raises BadParameter for one that is neither true nor false."""
    values = {"true": True, "false": False}
    found = {}
    for text in given:
        name, sign, value = text.rpartition("=")
        if not sign or not name or value.lower() not in values:
            raise typer.BadParameter(f"--answer {text!r} is not NAME=true or NAME=false")
        found[name] = values[value.lower()]
    return found


def pairs_of(option: str, given: Sequence[str]) -> dict[str, str]:
    """Return what is given as NAME=VALUE, by name. Raises BadParameter."""
    found = {}
    for text in given:
        name, sign, value = text.partition("=")
        if not sign or not name or not value:
            raise typer.BadParameter(f"{option} {text!r} is not NAME=VALUE")
        found[name] = value
    return found
