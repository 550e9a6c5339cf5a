"""Random processes for the model, and random small changes to them."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from tests.helpers.model import Spec

CONDITIONS = ("odd", "large")
EVENTS = ("go", "go", "cmd", "x", "stock-update", "t1", "t1", "t2", None, None)


@st.composite
def specs(draw: st.DrawFn) -> Spec:
    count = draw(st.integers(2, 5))
    names = [f"s{number}" for number in range(count)]
    flags = draw(st.lists(st.booleans(), min_size=count, max_size=count))
    automatic = draw(st.sampled_from(["on", "onc"]))
    moves = []
    for _ in range(draw(st.integers(3, 12))):
        source = draw(st.integers(0, count - 1))
        event = draw(st.sampled_from((*EVENTS, automatic, automatic)))
        # Automatic steps only lead onwards, so that no chain goes round in circles.
        lowest = source + 1 if event == automatic else 0
        if lowest < count:
            target = draw(st.integers(lowest, count - 1))
            condition = draw(st.sampled_from([None, None, *CONDITIONS]))
            moves.append((names[source], names[target], event, condition))
    own = draw(st.booleans())
    # Mostly something can be amended, and has somewhere to go.
    free = [name for name, reserved in zip(names[1:], flags[1:], strict=True) if not reserved]
    takes = draw(st.sampled_from([*free, *free, None]))
    amendable = frozenset(names) - draw(st.frozensets(st.sampled_from(names), max_size=2)) - {takes}
    return Spec(dict(zip(names, flags, strict=True)), tuple(moves), own, amendable, takes)


def changed(spec: Spec, data: st.DataObject) -> Spec:
    """The process with a small change: another flag, a renamed state, a further timeout or automatic step."""
    names = list(spec.states)
    state = data.draw(st.sampled_from(names))
    kind = data.draw(st.sampled_from(["flag", "rename", "timeout", "automatic", "drop"]))
    if kind == "flag":
        return replace(spec, states={name: flag != (name == state) for name, flag in spec.states.items()})
    if kind == "rename":
        new = {name: name for name in names} | {state: ("r" if state[0] == "s" else "s") + state[1:]}
        moves = tuple((new[source], new[target], *told) for source, target, *told in spec.moves)
        states = {new[name]: flag for name, flag in spec.states.items()}
        amendable = frozenset(new[name] for name in spec.amendable)
        takes = None if spec.takes is None else new[spec.takes]
        return replace(spec, states=states, moves=moves, amendable=amendable, takes=takes)
    if kind == "drop" and len(spec.moves) > 1:
        gone = data.draw(st.integers(0, len(spec.moves) - 1))
        return replace(spec, moves=(*spec.moves[:gone], *spec.moves[gone + 1 :]))
    if kind == "automatic" and state != names[-1]:
        # Automatic steps only lead onwards, so that no chain goes round in circles.
        later = names[names.index(state) + 1 :]
        known = [event for _, _, event, _ in spec.moves if event is not None and event.startswith("on")]
        move = (state, data.draw(st.sampled_from(later)), next(iter(known), "onc"), None)
        return replace(spec, moves=(*spec.moves, move))
    move = (state, data.draw(st.sampled_from(names)), data.draw(st.sampled_from(["t1", "t2"])), None)
    return replace(spec, moves=(*spec.moves, move))
