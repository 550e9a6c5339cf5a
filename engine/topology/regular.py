"""Products that stand one to a line, as in most long files: read without the YAML library, ten times as fast.

``- {sku: "001", category: tea, concretes: [{sku: "001_1"}, {sku: "001_2", unit: kg}]}`` can mean one thing only.
Whatever is written in another way, or is wrong, is left to the library, with all of the list that it stands in:
so a line means the same, and the same is told of it, by whichever way it is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

import yaml

from engine.topology.products import NOT_TOLD

LONGEST_NAME = 255
"""The longest name, in characters."""

# What may stand in a comment: no line break of YAML's, and nothing that YAML refuses. In quotes the same, but for
# the quote itself, and the backslash where it means something.
_TAME = r"\x20-\x7e\xa0-\u2027\u202a-\ud7ff"
_NAME = (
    r"(?:\"[\x20\x21\x23-\x5b\x5d-\x7e\xa0-\u2027\u202a-\ud7ff]*+\""
    r"|'[\x20-\x26\x28-\x7e\xa0-\u2027\u202a-\ud7ff]*+'"
    r"|[A-Za-z0-9_][A-Za-z0-9_./-]*+)"
)
_UNIT = rf"(?:, *unit: +({_NAME}) *)?"
_CATEGORY = rf"(?:, *category: +({_NAME}) *)?"
_CONCRETE = rf"\{{ *sku: +({_NAME}) *{_UNIT}\}}"
_CONCRETES = re.sub(r"\((?!\?)", "(?:", rf"{_CONCRETE}(?: *, *{_CONCRETE})*+")
_END = rf"[ \t]*+(?:(?<=[ \t])#[\t{_TAME}]*+)?(?:\r?\n|\Z)"
_ENTRY = rf"-[ ]+\{{ *sku: +({_NAME}) *{_UNIT}{_CATEGORY}, *concretes: +\[ *({_CONCRETES}) *\] *\}}{_END}"
_NOTHING = rf"([ \t]*+(?:#[\t{_TAME}]*+)?(?:\r?\n|\Z))"

_BEGIN = re.compile(r"^products:[ \t]*(?:(?<=[ \t])#[^\r\n]*)?\r?\n", re.MULTILINE)
_INDENT = re.compile(r"(?: *(?:#[^\r\n]*)?\r?\n)*( *)-")
_INNER = re.compile(_CONCRETE)


class Line(NamedTuple):
    """A product as it stands on its line (counted from 1): its concrete skus, each with what is told of its unit.

    ``units`` is None where no unit is told, ``category`` is NOT_TOLD where none is.
    """

    line: int
    sku: str
    concretes: list[str]
    units: list[str] | None
    category: str


class _NotRegular(Exception):
    # The list is to be read by the library. It never leaves this module.
    pass


def without_regular(text: str, take: Callable[[Line], None]) -> tuple[str, int] | None:
    """Hand over the products of the text when each stands on a line of its own, and return the text without them.

    Their lines stay, empty; the number is that of the line with the key ``products``, where the library has to
    find it. None when the products must be read by the library; some may have been handed over by then.
    """
    begin = _BEGIN.search(text)
    indent = begin and _INDENT.match(text, begin.end())
    if not begin or not indent:
        return None
    line = first = text.count("\n", 0, begin.start()) + 1
    entry, end = re.compile(rf" {{{len(indent[1])}}}{_ENTRY}|{_NOTHING}"), begin.end()
    try:
        while end < len(text) and (found := entry.match(text, end)):
            line, end = line + 1, found.end()
            if found[5] is None:
                take(_line(line, *found.group(1, 2, 3, 4)))
    except _NotRegular:
        return None
    if text[end : end + 1] in (" ", "\t", "-"):
        return None  # the list goes on in another way
    return text[: begin.end()] + "\n" * (line - first) + text[end:], first


def _line(line: int, sku: str, unit: str | None, category: str | None, inner: str) -> Line:
    found = _INNER.findall(inner)
    concretes = [_name(name) for name, _ in found]
    told = _name(category) if category else NOT_TOLD
    if unit is None and not any(own for _, own in found):
        return Line(line, _name(sku), concretes, None, told)
    common = _name(unit) if unit else NOT_TOLD
    return Line(line, _name(sku), concretes, [_name(own) if own else common for _, own in found], told)


def _name(written: str) -> str:
    """Return the name that is written. Raises _NotRegular where YAML, or a topology, may see something else."""
    if written[0] in "\"'":
        name = written[1:-1]
        if not is_name(name):
            raise _NotRegular
        return name
    if len(written) > LONGEST_NAME or kind_of(written) != "str":
        raise _NotRegular
    return written


def is_name(value: object) -> bool:
    """Whether a value can be a name: a text that is neither empty nor too long, without blanks around it."""
    return (
        type(value) is str and 0 < len(value) <= LONGEST_NAME and value == value.strip() and "\0" not in value
    )


def kind_of(text: str) -> str:
    """Return what YAML 1.1 takes an unquoted value for: ``str``, ``int``, ``bool``, ``timestamp`` and so on."""
    for tag, pattern in yaml.SafeLoader.yaml_implicit_resolvers.get(text[:1], ()):
        if pattern.match(text):
            return str(tag).rpartition(":")[2]
    return "str"
