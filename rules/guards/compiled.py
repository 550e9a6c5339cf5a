"""A guard: an expression that was checked once and can be asked about any number of items."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from cel_expr_python import cel

from rules.guards.checks import LONGEST_TEXT, problems_of, too_long
from rules.guards.failures import told
from rules.guards.messages import PACKAGE, STRUCT, Paths, paths_of, pool
from rules.guards.problems import ExpressionProblem, GuardInvalid, explained
from rules.guards.schema import DATA_VARIABLES, NOW, VARIABLES
from rules.guards.tree import Node, decoded
from rules.guards.wire import checked

Outcome = bool | str
"""What a guard says of an item: true, false, or why it could say neither."""

_KEPT = 2000


class Guard:
    """An expression over the variables of the schema; made by ``compile_guard``.

    ``tree`` is the checked expression. ``uses`` are the dotted names of the fields it asks for; ``paths`` tells,
    for each JSON object among them, what of it.
    """

    __slots__ = ("_ask", "paths", "text", "tree", "uses", "variables")

    def __init__(self, text: str, expression: Any, tree: Node) -> None:
        self.text = text
        self.tree = tree
        self._ask = expression.eval
        chains: dict[str, list[tuple[str, ...]]] = {}
        fields: set[str] = set()
        for node in tree.walk():
            if node.kind == "json":
                chains.setdefault(node.value[0], []).append(node.value[1])
            elif node.kind == "field":
                fields.add(node.value)
        self.paths: Mapping[str, Paths | None] = {name: paths_of(found) for name, found in chains.items()}
        self.uses = frozenset(fields | chains.keys())
        self.variables = frozenset(name.partition(".")[0] for name in self.uses)

    def __repr__(self) -> str:
        return f"<guard {self.text!r}>"

    def outcome(self, values: Mapping[str, Any]) -> Outcome:
        """Return what the guard says; ``values`` has a value for each name among ``variables``.

        Only a real true or false is one: an error, null, or a value of another type is told as text.
        """
        try:
            answer = self._ask(data=values)
        except RuntimeError as error:
            return told(str(error))
        value = answer.value()
        if value is True or value is False:
            return value
        if answer.type().name() == "ERROR":
            return told(str(value))
        return f"its value is {'null' if value is None else value!r}, neither true nor false"


@lru_cache(maxsize=_KEPT)
def compile_guard(text: str) -> Guard:
    """Return the guard that a text says. Raises GuardInvalid with everything that is wrong with it."""
    expression, tree = _checked(text)
    problems = problems_of(text, tree, expression.return_type().name(), _constant)
    if problems:
        raise GuardInvalid(problems)
    return Guard(text, expression, tree)


def _checked(text: str) -> tuple[Any, Node]:
    if len(text) > LONGEST_TEXT:
        raise GuardInvalid([too_long(text)])
    if not text.strip():
        remedy = "Write a condition, such as item.quantity > 1.0."
        raise GuardInvalid([ExpressionProblem(1, 1, "the expression is empty", remedy)])
    try:
        expression = environment().compile(text)
    except (RuntimeError, ValueError, UnicodeError) as error:
        raise GuardInvalid(explained(text, str(error))) from None
    return expression, decoded(checked(expression.serialize()))


@lru_cache(maxsize=1)
def environment() -> Any:
    """Return the environment with the schema's variables."""
    known = {name: cel.Type(f"{PACKAGE}.{name}") for name in VARIABLES}
    known |= dict.fromkeys(DATA_VARIABLES, cel.Type(STRUCT))
    return cel.NewEnv(descriptor_pool=pool(), variables={**known, NOW: cel.Type.TIMESTAMP})


def _constant(text: str) -> str:
    """Return what is wrong with an expression without variables; nothing when it has a value."""
    try:
        answer = environment().compile(text).eval(data={})
    except (RuntimeError, ValueError) as error:
        return told(str(error))
    return told(str(answer.value())) if answer.type().name() == "ERROR" else ""
