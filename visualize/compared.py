"""Two processes in one picture: what is new, what has gone, and what has changed of the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine.definition import Event, Process, State, Transition
from engine.design import Change, ProcessDiff
from visualize.build import Builder
from visualize.graph import Graph, Line, Mark, Remark, Role, Table
from visualize.marks import Marked, Marks
from visualize.wording import Wording

_SHORT = {"happy": "happy path"}


def compared_graph(
    diff: ProcessDiff, told: Sequence[str], items: Sequence[str] = (), stamp: Sequence[str] = ()
) -> Graph:
    """Return the picture of what differs.

    ``told`` are the changes in words, one for each of ``diff.changes``; ``items`` are sentences about the items in
    states that are touched; ``stamp`` says where the two come from.
    """
    union = _Union(diff)
    graph = Builder(union.process, Wording(None), marks=_DiffMarks(diff, union)).graph()
    remarks = [
        Remark(text, Mark(change.kind), number)
        for number, (change, text) in enumerate(zip(diff.changes, told, strict=True), start=1)
    ]
    return replace(
        graph,
        compared=True,
        remarks=(*remarks, *(Remark(text) for text in items)),
        stamp=tuple(stamp),
        tables=_tables(diff, items),
    )


def _tables(diff: ProcessDiff, items: Sequence[str]) -> tuple[Table, ...]:
    rows = tuple(
        (str(number), change.kind, change.what, _now_called(diff, change), *_fields(change))
        for number, change in enumerate(diff.changes, start=1)
    )
    changes = Table("Changes", ("No.", "Kind", "What", "Name", "Part", "Before", "After", "Meaning"), rows)
    waiting = Table("Items that are there", ("What becomes of them",), tuple((text,) for text in items))
    return (changes, waiting) if items else (changes,)


def _fields(change: Change) -> tuple[str, str, str, str]:
    return change.field or "", change.old or "", change.new or "", change.note or ""


def _now_called(diff: ProcessDiff, change: Change) -> str:
    """Return the name under which the picture has it."""
    return diff.states.get(change.name, change.name) if change.what == "state" else change.name


class _Union:
    """One process that has everything of the new one, and behind that what the old one had besides."""

    def __init__(self, diff: ProcessDiff) -> None:
        self._diff = diff
        old, new = diff.old, diff.new
        gone = [s for s in old.states if diff.goes_on_in(s.name) is None]
        self._gone_states = {s.name: len(new.states) + n for n, s in enumerate(gone)}
        states = [replace(s, index=self._gone_states[s.name], process=self._box(s.process)) for s in gone]
        lost = [e for e in old.events if diff.events.get(e.name, e.name) not in new.event_by_name]
        self._lost_events = {e.name: len(new.events) + n for n, e in enumerate(lost)}
        events = [replace(e, index=self._lost_events[e.name], process=self._box(e.process)) for e in lost]
        removed = [c.before for c in diff.changes if c.kind == "removed" and c.before is not None]
        self.removed_way = {len(new.transitions) + n: before for n, before in enumerate(removed)}
        ways = [self._way(old.transitions[before], index) for index, before in self.removed_way.items()]
        self.process = Process(
            name=new.name,
            dialect=new.dialect,
            initial=new.initial,
            processes=tuple(dict.fromkeys((*new.processes, *(s.process for s in states)))),
            states=(*new.states, *states),
            events=(*new.events, *events),
            transitions=(*new.transitions, *ways),
            version=new.version,
        )

    def _box(self, name: str) -> str:
        return self._diff.new.name if name == self._diff.old.name else name

    def _way(self, way: Transition, index: int) -> Transition:
        old, ends = self._diff.old, []
        for end in (way.source, way.target):
            now = self._diff.goes_on_in(old.states[end].name)
            ends.append(self._gone_states[old.states[end].name] if now is None else now.index)
        event = None if way.event is None else self._event(old.events[way.event])
        return replace(way, index=index, source=ends[0], target=ends[1], event=event)

    def _event(self, event: Event) -> int:
        name = self._diff.events.get(event.name, event.name)
        found = self._diff.new.event_by_name.get(name)
        return self._lost_events[event.name] if found is None else found.index


Numbered = tuple[int, Change]


class _DiffMarks(Marks):
    def __init__(self, diff: ProcessDiff, union: _Union) -> None:
        self._union = union
        self._ways: dict[int, list[Numbered]] = {}
        self._named: dict[tuple[str, str], list[Numbered]] = {}
        self._start: list[Numbered] = []
        placed = {before: index for index, before in union.removed_way.items()}
        for number, change in enumerate(diff.changes, start=1):
            if change.what == "transition":
                index = change.after if change.after is not None else placed[change.before or 0]
                self._ways.setdefault(index, []).append((number, change))
            elif change.what == "process":
                self._start += [(number, change)] if change.field == "initial" else []
            else:
                names = diff.states if change.what == "state" else diff.events
                now = names.get(change.name, change.name)
                self._named.setdefault((change.what, now), []).append((number, change))

    def start(self) -> Marked:
        return _marked(self._start)

    def state(self, state: State) -> Marked:
        return _marked(self._named.get(("state", state.name), []))

    def event(self, event: Event) -> Marked:
        return _marked(self._named.get(("event", event.name), []))

    def way(self, way: Transition) -> Marked:
        return _marked(self._ways.get(way.index, []))


def _marked(changes: list[Numbered]) -> Marked:
    if not changes:
        return Marked()
    kinds = {change.kind for _, change in changes}
    whole = next((Mark(kind) for kind in ("added", "removed") if kind in kinds), None)
    mark = whole or (Mark.RENAMED if kinds == {"renamed"} else Mark.CHANGED)
    lines = () if whole else tuple(_line(change) for _, change in changes)
    return Marked(mark, tuple(number for number, _ in changes), lines)


def _line(change: Change) -> Line:
    if change.kind == "renamed":
        return Line(Role.CHANGE, f"was: {change.old}", mark=Mark.RENAMED)
    note = f" ({change.note})" if change.note else ""
    field = _SHORT.get(change.field or "", change.field)
    return Line(
        Role.CHANGE, f"{field}: {change.old or 'none'} \u2192 {change.new or 'none'}{note}", mark=Mark.CHANGED
    )
