"""Statements of which a caller wants only some parts.

A part begins with a sign such as ``/*[order]*/`` and ends at the next one; ``/*[]*/`` begins what always stays.
So a statement is whole, and can be read and checked, as it is written.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from engine.storage.statements import Statement, statements

_SIGN = re.compile(r"/\*\[([\w.]*)\]\*/")

_SOURCES = {
    "ord": "order",
    "doc": "document",
    "sto": "store",
    "prd": "product",
    "abp": "abstract",
    "unt": "unit",
    "whs": "warehouse",
    "stk": "stock",
    "avl": "availability",
    "ovr": "over",
}
"""The sources of fields by the names that the statements have for them."""

_NEEDS = {"document": ("order",), "abstract": ("product",), "unit": ("product",), "over": ("availability",)}
_ALIAS = re.compile(rf"\b({'|'.join(_SOURCES)})\.")


@dataclass(frozen=True, slots=True)
class Cut:
    """Which parts of a statement stay (None: all), and what stands in place of others.

    ``params`` are bound beside those of the statement.
    """

    keep: frozenset[str] | None = None
    instead: Mapping[str, str] = field(default_factory=dict)
    params: dict[str, Any] = field(default_factory=dict)

    def of(self, statement: Statement) -> Statement:
        """Return the statement with nothing but these parts."""
        if self.keep is None:
            return statement
        pieces = _SIGN.split(statement.sql)
        kept = [pieces[0]]
        for name, text in zip(pieces[1::2], pieces[2::2], strict=True):
            if name in self.instead:
                kept.append(f" {self.instead[name]} ")
            elif not name or name in self.keep:
                kept.append(text)
        return replace(statement, sql="".join(kept))


WHOLE = Cut()
"""All of a statement."""


def sources_of(sql: str) -> frozenset[str]:
    """Return the sources that an expression reads from, with those that these need."""
    found = {_SOURCES[alias] for alias in _ALIAS.findall(sql)}
    return frozenset(found.union(*(_NEEDS.get(name, ()) for name in found)))


@cache
def field_texts(dialect: str) -> Mapping[str, str]:
    """Return the SQL of every field that the database tells, by its dotted name."""
    pieces = _SIGN.split(statements(dialect)["guard_facts"].sql)
    columns = zip(pieces[1::2], pieces[2::2], strict=True)
    return {name: text.strip().removeprefix(",").strip() for name, text in columns if "." in name}


def facts_cut(dialect: str, fields: Collection[str]) -> Cut:
    """Return the cut of ``guard_facts`` that tells these fields, in the order in which the statement has them."""
    texts = field_texts(dialect)
    return Cut(frozenset(fields).union(*(sources_of(texts[name]) for name in fields)))


def facts_order(dialect: str, fields: Collection[str]) -> list[str]:
    """Return the fields in the order in which ``guard_facts`` tells them."""
    return [name for name in field_texts(dialect) if name in fields]
