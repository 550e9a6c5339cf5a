"""Observers: several as one, and none of them can break the work."""

import logging
from contextlib import contextmanager

import pytest

from engine.facts import Published, Refused
from engine.observe import SILENT, Listener, Silent, encloses, observed_by, tell_refusals
from engine.results import MoveReport, Refusal
from tests.helpers.observing import Notes

FACT = Published(1)


class Broken:
    """Raises wherever it can."""

    def tell(self, fact):
        raise RuntimeError("no room")

    def span(self, name, /, **attributes):
        raise RuntimeError("no room")


class BrokenAtTheEnd(Notes):
    @contextmanager
    def span(self, name, /, **attributes):
        yield
        raise RuntimeError("no room")


class Swallowing(Notes):
    @contextmanager
    def span(self, name, /, **attributes):
        try:
            yield
        except ValueError:
            self.facts.append("swallowed")


def test_nobody_is_silent():
    assert observed_by() is SILENT
    assert observed_by(SILENT, Silent()) is SILENT
    SILENT.tell(FACT)
    with SILENT.span("work", items=1):
        pass


def test_all_are_told_and_enclose_the_work():
    first, second = Notes(), Notes()
    both = observed_by(first, SILENT, second)
    both.tell(FACT)
    with both.span("outer"), both.span("inner", items=2):
        pass
    assert first.facts == second.facts == [FACT]
    assert first.spans == second.spans == [("inner", "outer", {"items": 2}), ("outer", None, {})]


def test_combining_what_is_combined_adds_nothing():
    one = observed_by(Notes())
    assert observed_by(one) is one


@pytest.mark.parametrize("broken", [Broken(), BrokenAtTheEnd()])
def test_one_that_raises_is_logged_once_and_keeps_nobody_from_working(broken, caplog):
    notes = Notes()
    both = observed_by(broken, notes)
    with caplog.at_level(logging.ERROR, "earmark.observe"):
        for _ in range(3):
            both.tell(FACT)
            with both.span("work"):
                pass
    assert len(notes.facts) == len(notes.spans) == 3
    assert [type(broken).__name__ in message for message in caplog.messages] == [True]


def test_what_the_work_raises_comes_out_whatever_an_observer_does(caplog):
    swallowing = Swallowing()
    everyone = observed_by(swallowing, Broken(), BrokenAtTheEnd())
    with pytest.raises(ValueError, match="broken"), everyone.span("work"):
        raise ValueError("broken")
    assert swallowing.facts == ["swallowed"]


def test_a_span_that_raises_the_works_own_error_again_is_no_trouble(caplog):
    class Again(Notes):
        def span(self, name, /, **attributes):
            return self

        def __enter__(self):
            return self

        def __exit__(self, _kind, error, _trace):
            if error is not None:
                raise error

    with caplog.at_level(logging.ERROR), pytest.raises(ValueError), observed_by(Again()).span("work"):
        raise ValueError("broken")
    assert caplog.messages == []


def test_a_listener_encloses_nothing():
    assert not encloses(SILENT)
    assert not encloses(observed_by(Listener()))
    assert encloses(observed_by(Listener(), Notes()))
    with observed_by(Listener()).span("work"):
        pass


def test_refusals_are_told_by_kind_and_code_with_the_first_message():
    report = MoveReport(
        blocked=[
            Refusal(1, "item_locked", "one"),
            Refusal(2, "item_locked", "two"),
            Refusal(3, "other", "x"),
        ],
        stuck=[Refusal(4, "automatic_loop", "round")],
    )
    notes = Notes()
    tell_refusals(notes, report, "c")
    assert notes.facts == [
        Refused("blocked", "item_locked", 2, "one", "c"),
        Refused("blocked", "other", 1, "x", "c"),
        Refused("stuck", "automatic_loop", 1, "round", "c"),
    ]
