"""On the days of ``repair_days`` things are suspended and resumed: items, orders, stores, states, versions, all."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from engine.errors import AlreadySuspended, NotSuspended
from engine.requests import Selection
from engine.results import Suspension
from engine.results.suspensions import TimeoutsAfter
from tests.helpers.clock import HOUR
from tests.helpers.model import Spec, Still
from tests.property.days import STORES
from tests.property.repair_days import ShopDays

KINDS = st.sampled_from(["item", "item", "order", "order", "store", "process", "state", "version"])
MODES: st.SearchStrategy[TimeoutsAfter] = st.sampled_from(["move", "move", "fire"])


class StillDays(ShopDays):
    """Orders, operators, and what they let stand still."""

    def _some_thing(self, data: st.DataObject, kind: str) -> object:
        """Something of the kind, named as the model has it."""
        things: dict[str, list[object]] = {
            "item": sorted(self.model.items),
            "order": sorted({item.line[0] for item in self.model.items.values()}),
            "store": list(STORES),
            "process": ["Sale"],
            "state": sorted({state for spec in self.versions.values() for state in spec.states}),
            "version": sorted(self.versions),
        }
        thing = data.draw(st.sampled_from(things[kind]))
        return self.versions[str(thing)] if kind == "version" else thing

    def _asked(self, kind: str, of: object) -> dict[str, Any]:
        """What the verbs are asked for."""
        match kind:
            case "item":
                return {"selection": Selection(items=(of,))}  # type: ignore[arg-type]
            case "order":
                return {"selection": Selection(orders=(str(of),))}
            case "store":
                return {"store": of}
            case "state":
                return {"selection": Selection(process="Sale", state=str(of))}
        version = next((version for version, spec in self.versions.items() if spec is of), None)
        return {"selection": Selection(process="Sale"), "version": version}

    def _known(self, kind: str, of: object) -> Still | None:
        known = (one for one in self.model.still if one.kind == kind)
        return next((one for one in known if one.of is of or (kind != "version" and one.of == of)), None)

    @precondition(lambda self: self.model.items)
    @rule(data=st.data(), kind=KINDS)
    def suspend(self, data: st.DataObject, kind: str) -> None:
        of = self._some_thing(data, kind)
        suspend = partial(self.world.engine.suspend, reason="looked into", **self._asked(kind, of))
        if self._known(kind, of) is not None:
            with pytest.raises(AlreadySuspended):
                suspend()
            return
        assert len(suspend().suspended) == 1
        self.model.still.append(Still(kind, of, self.now))

    @precondition(lambda self: self.model.items)
    @rule(data=st.data(), kind=KINDS, moment=st.integers(1, 12))
    def crash_in_suspend(self, data: st.DataObject, kind: str, moment: int) -> None:
        of = self._some_thing(data, kind)
        if self._known(kind, of) is None:
            before = len(self.world.engine.suspensions())
            suspend = partial(self.world.engine.suspend, reason="looked into", **self._asked(kind, of))
            self.crashes(moment, suspend)
            if len(self.world.engine.suspensions()) > before:
                self.model.still.append(Still(kind, of, self.now))

    @precondition(lambda self: self.model.still)
    @rule(data=st.data(), mode=MODES, hours=st.sampled_from([0, 0.5, 1, 3]))
    def let_go_on(self, data: st.DataObject, mode: TimeoutsAfter, hours: float) -> None:
        self.world.forward(hours * HOUR)
        still = data.draw(st.sampled_from(self.model.still))
        resume = partial(
            self.world.engine.resume, reason="all well", timeouts=mode, **self._asked(still.kind, still.of)
        )
        report = resume()
        assert report.timeouts_moved == self.model.resume(still, self.now, move=mode == "move")
        with pytest.raises(NotSuspended):
            resume()

    @precondition(lambda self: self.model.still)
    @rule(data=st.data(), mode=MODES, moment=st.integers(1, 12))
    def crash_in_resume(self, data: st.DataObject, mode: TimeoutsAfter, moment: int) -> None:
        self.world.forward(HOUR)
        still = data.draw(st.sampled_from(self.model.still))
        before = len(self.world.engine.suspensions())
        resume = partial(
            self.world.engine.resume, reason="all well", timeouts=mode, **self._asked(still.kind, still.of)
        )
        self.crashes(moment, resume)
        if len(self.world.engine.suspensions()) < before:
            self.model.resume(still, self.now, move=mode == "move")

    @precondition(lambda self: any(map(self.model.stands_still, self.model.items.values())))
    @rule(data=st.data())
    def force_all_the_same(self, data: st.DataObject) -> None:
        state, ids = self._to_force(data)
        if all(state in self.model.items[item].spec.states for item in ids):
            expected = self.model.force(state, ids, self.now, although=True)
            chosen = Selection(items=tuple(ids))
            report = self.world.engine.force(state, chosen, reason="by hand", although_suspended=True)
            assert report.moved == len(expected["moved"])

    @invariant()
    def what_stands_still_is_as_the_model_has_it(self) -> None:
        sizes = self.world.engine.suspensions()
        told = [(_what(size.suspension), size.items) for size in sizes]
        items = self.model.items.values()
        assert told == [
            (_expected(one, self.versions), sum(map(one.concerns, items))) for one in self.model.still
        ]
        counted = sum(row.suspended for row in self.world.engine.matrix())
        assert counted == sum(map(self.model.stands_still, items))


def _what(one: Suspension) -> tuple[object, ...]:
    return one.scope, one.item or one.order or one.store or one.state or one.version or one.process


def _expected(one: Still, versions: dict[str, Spec]) -> tuple[object, ...]:
    if one.kind != "version":
        return one.kind, one.of
    return one.kind, next(version for version, spec in versions.items() if spec is one.of)
