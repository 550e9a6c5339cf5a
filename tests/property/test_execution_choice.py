"""Legality and choice agree with each other and with a model written down independently."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.definition import (
    Dialect,
    Event,
    Process,
    State,
    Transition,
    canonical_json,
    process_from_canonical,
)
from engine.moving.decide import choose, conditions_of
from engine.versions.legality import Legality

CONDITIONS = ("red", "green", "blue", None)


@st.composite
def processes(draw: st.DrawFn) -> Process:
    states = [State(index, f"state {index}", "Main") for index in range(draw(st.integers(1, 5)))]
    events = [Event(index, f"event {index}", "Main") for index in range(draw(st.integers(0, 3)))]
    place = st.integers(0, len(states) - 1)
    event = st.one_of(st.none(), st.integers(0, len(events) - 1)) if events else st.none()
    drawn = draw(st.lists(st.tuples(place, place, event, st.sampled_from(CONDITIONS)), max_size=14))
    return Process(
        name="Main",
        dialect=draw(st.sampled_from(Dialect)),
        initial=draw(place),
        processes=("Main",),
        states=tuple(states),
        events=tuple(events),
        transitions=tuple(Transition(n, *ends, False, "Main") for n, ends in enumerate(drawn)),
        version="",
    )


def naive(process: Process, state: int, event: int | None, truths: dict[str, bool]) -> int | None:
    """The target as a reader of the documentation would work it out, one transition after the other."""
    winner = fallback = None
    for transition in process.transitions:
        if (transition.source, transition.event) != (state, event):
            continue
        if transition.condition is None:
            fallback = transition.target if fallback is None else fallback
        elif truths[transition.condition] and (winner is None or process.dialect is Dialect.EXISTING):
            winner = transition.target
    return fallback if winner is None else winner


TRUTHS = st.fixed_dictionaries({name: st.booleans() for name in CONDITIONS if name})


@settings(max_examples=300)
@given(processes(), TRUTHS)
def test_the_choice_is_the_one_the_documentation_describes(process, truths):
    for state in process.states:
        for event in (None, *(event.index for event in process.events)):
            chosen = choose(process, state.index, event, truths)
            assert (None if chosen is None else chosen.target) == naive(process, state.index, event, truths)


@settings(max_examples=300)
@given(processes(), TRUTHS)
def test_what_is_chosen_is_legal_and_what_is_legal_can_be_chosen_among(process, truths):
    legality = Legality(process)
    for state in process.states:
        for event in process.events:
            candidates = process.candidates(state.index, event.index)
            assert legality.allows(state.index, event.index) == bool(candidates)
            assert legality.targets(state.index, event.index) == {t.target for t in candidates}
            chosen = choose(process, state.index, event.index, truths)
            if chosen is not None:
                assert chosen in candidates
                assert chosen.target in legality.targets(state.index, event.index)
                assert chosen.condition is None or truths[chosen.condition]


@settings(max_examples=200)
@given(processes(), TRUTHS)
def test_only_the_conditions_that_are_named_decide(process, truths):
    for state in process.states:
        for event in (None, *(event.index for event in process.events)):
            needed = conditions_of(process, state.index, event)
            assert len(needed) == len(set(needed))
            known = {name: truths[name] for name in needed}
            assert choose(process, state.index, event, known) == choose(process, state.index, event, truths)


@settings(max_examples=200)
@given(processes(), TRUTHS)
def test_a_stored_process_decides_as_the_loaded_one(process, truths):
    stored = process_from_canonical(canonical_json(process))
    for state in process.states:
        for event in (None, *(event.index for event in process.events)):
            assert choose(stored, state.index, event, truths) == choose(process, state.index, event, truths)
