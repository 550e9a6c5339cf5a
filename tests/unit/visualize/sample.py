"""Processes for the tests of the pictures, put together by hand."""

from __future__ import annotations

from engine.definition import Dialect, Event, Process, RegisteredNames, State, Transition


def build(states, events=(), transitions=(), *, name="Orders", initial=0, dialect=Dialect.EXISTING):
    """A process from State and Event values (their index is set here) and (source, target, event, condition,
    happy) tuples by name.
    """
    states = tuple(_renumbered(State, index, state) for index, state in enumerate(states))
    events = tuple(_renumbered(Event, index, event) for index, event in enumerate(events))
    state_index = {state.name: state.index for state in states}
    event_index = {event.name: event.index for event in events}
    ways = []
    for index, (source, target, event, condition, happy) in enumerate(transitions):
        number = None if event is None else event_index[event]
        places = (state_index[source], state_index[target])
        ways.append(Transition(index, *places, number, condition, happy, name))
    processes = tuple(dict.fromkeys((name, *(state.process for state in states))))
    first = initial if states else None
    return Process(name, dialect, first, processes, states, events, tuple(ways), "ab" * 32)


def state(name, process="Orders", **values):
    return State(0, name, process, **values)


def event(name, **values):
    return Event(0, name, "Orders", **values)


def shop():
    """A little shop with one of everything."""
    return build(
        [
            state("new", flags=("can be cancelled",)),
            state("payment pending", reserved=True, display="Waiting for your money"),
            state("paid", reserved=True),
            state("invalid"),
            state("shipped", reserved=True),
            state("delivered"),
            state("return asked", "Return"),
        ],
        [
            event("authorize", on_enter=True, command="Bank/Authorize"),
            event("pay", timeout="14 days", timeout_processor="Calendar/Working"),
            event("ship", manual=True, command="Mail/Shipped"),
            event("stock-update"),
            event("remind", timeout="2 days", manual=True),
        ],
        [
            ("new", "payment pending", "authorize", "Bank/IsFine", True),
            ("new", "invalid", "authorize", None, False),
            ("payment pending", "paid", "pay", "rule:small order", True),
            ("payment pending", "payment pending", "remind", None, False),
            ("paid", "shipped", "ship", None, True),
            ("shipped", "delivered", "stock-update", None, True),
            ("delivered", "return asked", None, "Return/IsAsked", False),
        ],
    )


ALL_REGISTERED = RegisteredNames(
    {"Bank/Authorize": "order", "Mail/Shipped": "item"},
    {"Bank/IsFine", "Return/IsAsked"},
    {"Calendar/Working"},
    {"small order"},
)


def nasty(text):
    """A process whose every name is the text."""
    return build(
        [state(text, text, display=text, flags=(text,)), state(f"{text}2", text)],
        [event(text, command=text, manual=True)],
        [
            (text, f"{text}2", text, text, True),
            (text, text, text, None, False),
            (text, text, None, text, False),
        ],
        name=text,
    )


def _renumbered(kind, index, value):
    values = {field: getattr(value, field) for field in kind.__dataclass_fields__}
    return kind(**{**values, "index": index})
