"""What is wrong with an expression: from what the language's library says to a place, a sentence and a remedy."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rules.guards.schema import VARIABLES, names
from rules.suggest import did_you_mean

FUNCTIONS = (
    "all", "bool", "contains", "double", "duration", "endsWith", "exists", "exists_one", "filter",
    "getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear", "getFullYear", "getHours", "getMilliseconds",
    "getMinutes", "getMonth", "getSeconds", "has", "int", "map", "matches", "size", "startsWith", "string",
    "timestamp", "type",
)  # fmt: skip
"""The functions and macros that guards may use."""

OPERATORS = {
    "_==_": "==", "_!=_": "!=", "_<_": "<", "_<=_": "<=", "_>_": ">", "_>=_": ">=", "_&&_": "&&", "_||_": "||",
    "!_": "!", "_+_": "+", "_-_": "-", "-_": "-", "_*_": "*", "_/_": "/", "_%_": "%", "@in": "in",
    "_?_:_": "? :", "_[_]": "[ ]",
}  # fmt: skip
"""How the operators are written that the library calls by these names."""

_ERROR = re.compile(r"ERROR: <input>:(\d+):(\d+): (.*?)(?=\n \||\nERROR:|\Z)", re.DOTALL)
_NO_FIELD = re.compile(r"undefined field '([^']*)' not found in struct '(?:\w+\.)?([^']*)'")
_NO_NAME = re.compile(r"undeclared reference to '([^']*)'")
_NO_OVERLOAD = re.compile(r"found no matching overload for '([^']*)' applied to '([^']*)'")
_SYNTAX = re.compile(r"Syntax error: (.*?)(?: expecting .*)?\Z", re.DOTALL)
_WRAPPED = re.compile(r"wrapper\((\w+)\)")
_READ_MORE = "docs/guards.md describes the language."


@dataclass(frozen=True, slots=True)
class ExpressionProblem:
    """One thing that is wrong with an expression; line and column are counted from 1."""

    line: int
    column: int
    message: str
    remedy: str

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.message}. {self.remedy}"


class GuardInvalid(ValueError):
    """An expression is no guard; ``problems`` has everything that is wrong with it."""

    def __init__(self, problems: list[ExpressionProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, problems)))


def at(text: str, offset: int, message: str, remedy: str) -> ExpressionProblem:
    """Return a problem at an offset of the text."""
    before = text[:offset]
    return ExpressionProblem(before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1, message, remedy)


def explained(text: str, error: str) -> list[ExpressionProblem]:
    """Return what the library said of a text, as problems."""
    found = [_problem(text, int(line), int(column), said) for line, column, said in _ERROR.findall(error)]
    return found or [ExpressionProblem(1, 1, f"the expression is refused: {_plain(error)}", _READ_MORE)]


def _plain(error: str) -> str:
    said = error.split("\n", 1)[0].partition(": ")
    return (said[2] if said[0].isupper() else error.split("\n", 1)[0]).replace(" [INVALID_ARGUMENT]", "")


def _problem(text: str, line: int, column: int, said: str) -> ExpressionProblem:
    if match := _NO_FIELD.search(said):
        name, variable = match.groups()
        known = list(VARIABLES.get(variable, ()))
        remedy = did_you_mean(name, known) or f"Its fields are {', '.join(known)}."
        return ExpressionProblem(line, column + 1, f'"{variable}" has no field "{name}"', remedy)
    if match := _NO_NAME.search(said):
        return _unknown(text, line, column, match[1])
    if match := _NO_OVERLOAD.search(said):
        told = _no_overload(match[1], match[2], _row(text, line), column)
        return ExpressionProblem(line, column, *told)
    if match := _SYNTAX.search(said):
        what = match[1].replace("<EOF>", "the end").replace("mismatched input", "unexpected").strip()
        single = "token recognition error at: '= " in said
        remedy = "Equality is written ==." if single else _READ_MORE
        return ExpressionProblem(line, column, f"this cannot be read: {what}", remedy)
    return ExpressionProblem(line, column, " ".join(said.split()), _READ_MORE)


def _unknown(text: str, line: int, column: int, name: str) -> ExpressionProblem:
    first = name.split(".", maxsplit=1)[0]
    row = _row(text, line)
    # The library points behind the name: at its first dot or bracket.
    start = row.rfind(first, 0, column - 1 + len(first))
    place = column if start < 0 else start + 1
    if row[place - 1 + len(first) :].lstrip().startswith("("):
        remedy = did_you_mean(first, FUNCTIONS) or f"The functions are {', '.join(FUNCTIONS)}."
        return ExpressionProblem(line, place, f'there is no function "{first}"', remedy)
    known = names()
    remedy = did_you_mean(first, known) or _of_fields(first) or f"The names are {', '.join(known)}."
    return ExpressionProblem(line, place, f'there is no "{first}"', remedy)


def _of_fields(name: str) -> str:
    """Return where a name is a field that is written without its variable."""
    owners = [f"{variable}.{name}" for variable, fields in VARIABLES.items() if name in fields]
    return f'Did you mean "{owners[0]}"?' if owners else ""


def _row(text: str, line: int) -> str:
    rows = text.splitlines()
    return rows[line - 1] if line <= len(rows) else ""


def _no_overload(name: str, types: str, row: str, column: int) -> tuple[str, str]:
    shown = _WRAPPED.sub(r"\1", types[1:-1]).replace("google.protobuf.Struct", "map")
    what = OPERATORS.get(name)
    message = f'"{what}" cannot be used with {shown}' if what else f'"{name}" cannot be called with {shown}'
    kinds = set(shown.replace(" ", "").split(","))
    if {"double", "int"} <= kinds:
        remedy = _of_numbers(what or name, shown.replace(" ", "").split(","), row, column)
    elif "string" in kinds and kinds & {"double", "int"}:
        remedy = "Text is compared with text: write numbers without quotes, texts with them."
    elif what in ("&&", "||", "!", "? :"):
        remedy = "Only conditions can be joined: compare the value with something."
    else:
        remedy = f"Compare values of one type. {_READ_MORE}"
    return message, remedy


_INT_BEFORE, _INT_BEHIND = re.compile(r"(?<![\w.])(\d+)\s*\Z"), re.compile(r"\s*(-?\d+)(?![\w.])")
_DOUBLE_BEFORE = re.compile(r"(?<![\w.])(\d+\.\d+)\s*\Z")
_DOUBLE_BEHIND = re.compile(r"\s*(-?\d+\.\d+)(?![\w.])")


def _of_numbers(operator: str, kinds: list[str], row: str, column: int) -> str:
    """Return how to mend an operator between an int and a double, by what is written on both sides of it."""
    if operator == "%":
        return "A remainder is asked of ints: int(x) turns a double into one, as in int(item.quantity) % 2."
    before, behind = row[: max(column - 1, 0)], row[column - 1 + len(operator) :]
    if found := _written(kinds, "int", _INT_BEFORE.search(before), _INT_BEHIND.match(behind)):
        return f"The other side is a double, as quantities and amounts are: write {found}.0, not {found}."
    if found := _written(kinds, "double", _DOUBLE_BEFORE.search(before), _DOUBLE_BEHIND.match(behind)):
        whole, _, fraction = found.partition(".")
        if not fraction.strip("0"):
            return f"The other side is an int: write {whole}, not {found}."
        return (
            f"The other side is an int, which is never {found}: compare it with an int, or write double(x)."
        )
    return "One side is an int, the other one a double: double(x) turns an int into a double."


def _written(
    kinds: list[str], kind: str, before: re.Match[str] | None, behind: re.Match[str] | None
) -> str | None:
    """Return the number that is written on the side of the kind."""
    side = {0: before, 1: behind}.get(kinds.index(kind) if kind in kinds else 2)
    return None if side is None else side[1]
