"""What is done in a case: the items that are given, and what stands below ``when``."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from engine.definition import Process
from engine.design.testing.cases import Action, Do
from engine.design.testing.node import Node
from engine.design.trying.happened import Happened
from engine.design.trying.terms import Terms, conditions_in
from engine.design.trying.trial import Trial
from engine.design.trying.words import after, before
from engine.quantity import SCALE, format_quantity

VERBS = ("event", "wait", "answer", "conditions", "count", "place")
MORE = {"event": ("items",), "answer": ("items",), "count": ("ago",)}
ITEM_KEYS = ("state", "quantity", "sku", "hold", "answers")
GIVEN_KEYS = ("items", "item", *ITEM_KEYS, "stock", "start")
PLACE_KEYS = ("name", "quantity", "sku")


def given_step(node: Node, process: Process, terms: Terms) -> tuple[list[str], list[Action]]:
    """Return the names of the items that are given, and what brings them about."""
    if not isinstance(node.value, dict):
        node.keys(GIVEN_KEYS)
        return ["1"], []
    if node.path and node.path[-1] == "given":
        node.keys(GIVEN_KEYS)
    if node.has("items"):
        own = [key for key in ("item", "state", "quantity", "sku", "hold") if node.has(key)]
        if own:
            node.at(own[0]).problem(f"'{own[0]}' stands beside 'items'", "Put it below one of the items.")
        pairs = list(node.at("items").pairs())
        actions = []
        for name, item in pairs:
            if item.value is not None:
                item.keys(ITEM_KEYS)
            actions.append(_given(name, item, process, terms))
        return [name for name, _ in pairs], actions
    item = node.at("item") if node.has("item") else node
    if item is not node:
        item.keys(ITEM_KEYS)
    return ["1"], [_given("1", item, process, terms)]


def _given(name: str, node: Node, process: Process, terms: Terms) -> Action:
    state = node.at("state").name("state", process.state_by_name) if node.has("state") else None
    quantity = node.at("quantity").quantity() if node.has("quantity") else SCALE
    sku = node.at("sku").name("product in stock", terms.stock) if node.has("sku") else None
    hold = node.at("hold").truth() if node.has("hold") else None
    answers = (
        _answers(node.at("answers"), process) if node.path[-1:] != ("given",) and node.has("answers") else {}
    )

    def do(trial: Trial) -> Happened:
        return trial.place(quantity or SCALE, sku, name=name, state=state, hold=hold, answers=answers)

    where = f"is in {state!r}" if state else "is placed"
    return Action(f"item {name} {where}", do, node.line)


def read_actions(node: Node, process: Process, names: list[str], terms: Terms) -> list[Action]:
    """Return what is done; ``names`` are those of the items, and get those that are placed."""
    found = [_action(entry, process, names, terms) for entry in node.entries()]
    return [action for action in found if action is not None]


def _action(node: Node, process: Process, names: list[str], terms: Terms) -> Action | None:
    if not isinstance(node.value, dict):
        event = node.name("event", process.event_by_name)
        return None if event is None else _fire(node, event, [])
    verbs = [verb for verb in VERBS if verb in node.value]
    if len(verbs) != 1:
        node.keys((*VERBS, *sum(MORE.values(), ())))
        told = f"does {len(verbs)} things" if verbs else "does nothing"
        remedy = f"Write one of {', '.join(VERBS)}; several things are a list, each with a '-' before it."
        node.problem(f"what is done {told} at once" if verbs else f"this {told}", remedy)
        return None
    node.keys((verbs[0], *MORE.get(verbs[0], ())))
    readers: Mapping[str, Callable[[Node, Process, list[str], Terms], Action | None]] = {
        "event": _event,
        "wait": _wait,
        "answer": _answer,
        "conditions": _conditions,
        "count": _count,
        "place": _place,
    }
    return readers[verbs[0]](node, process, names, terms)


def _event(node: Node, process: Process, names: list[str], terms: Terms) -> Action | None:
    del terms
    event = node.at("event").name("event", process.event_by_name)
    items = _items(node, names)
    return None if event is None else _fire(node, event, items)


def _fire(node: Node, event: str, items: list[str]) -> Action:
    return Action(f"event {event}", lambda trial: trial.fire(event, items or list(trial.items)), node.line)


def _items(node: Node, names: list[str]) -> list[str]:
    if not node.has("items"):
        return []
    found = [entry.name("item", names) for entry in node.at("items").entries()]
    return [name for name in found if name is not None]


def _wait(node: Node, process: Process, names: list[str], terms: Terms) -> Action | None:
    del process, names, terms
    span = node.at("wait").span()
    if span is None:
        return None
    return Action(f"wait {span}", lambda trial: trial.wait(after(trial.now, span)), node.line)


def _answer(node: Node, process: Process, names: list[str], terms: Terms) -> Action | None:
    del terms
    answers, items = _answers(node.at("answer"), process), _items(node, names)

    def do(trial: Trial) -> Happened:
        for name, value in answers.items():
            trial.answer(name, value, items)
        return Happened()

    told = ", ".join(f"{name} is {str(value).lower()}" for name, value in answers.items())
    return Action(told, do, node.line)


def _answers(node: Node, process: Process) -> dict[str, bool]:
    known, found = conditions_in(process), {}
    for name, part in node.pairs():
        condition, value = Node(part.document, part.path, name).name("condition", known), part.truth()
        if condition is not None and value is not None:
            found[condition] = value
    return found


def _conditions(node: Node, process: Process, names: list[str], terms: Terms) -> Action | None:
    del process, names, terms
    node.at("conditions").truth()
    return Action("conditions run", lambda trial: trial.run_conditions(), node.line)


def _count(node: Node, process: Process, names: list[str], terms: Terms) -> Action | None:
    del process, names, terms
    part = node.at("count")
    pairs = list(part.pairs()) if isinstance(part.value, dict) else [(None, part)]
    amounts = [(sku, one.quantity()) for sku, one in pairs]
    ago = node.at("ago").span() if node.has("ago") else None
    if any(amount is None for _, amount in amounts):
        return None

    def do(trial: Trial) -> Happened:
        done = Happened()
        for sku, amount in amounts:
            made = None if ago is None else before(trial.now, ago)
            more = trial.count(amount or 0, sku, made_at=made)
            done.fired += more.fired
            done.refused += more.refused
        return done

    told = ", ".join(
        f"{format_quantity(amount or 0)}{f' of {sku}' if sku else ''}" for sku, amount in amounts
    )
    return Action(f"count {told}", do, node.line)


def _place(node: Node, process: Process, names: list[str], terms: Terms) -> Action | None:
    del process
    part = node.at("place")
    if not isinstance(part.value, dict):
        quantity, sku, name = part.quantity(), None, None
    else:
        part.keys(PLACE_KEYS)
        quantity = part.at("quantity").quantity() if part.has("quantity") else SCALE
        sku = part.at("sku").name("product in stock", terms.stock) if part.has("sku") else None
        name = part.at("name").text() if part.has("name") else None
    if quantity is None:
        return None
    names.append(name or str(len(names) + 1))
    called = names[-1]
    do: Do = lambda trial: trial.place(quantity, sku, name=called)  # noqa: E731
    return Action(f"place {format_quantity(quantity)}", do, node.line)
