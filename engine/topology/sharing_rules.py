"""Bringing the section ``sharing`` of the rules into effect: once for each change of it, in one transaction.

The database keeps what was applied last, and everybody counts by that. Rules without the section leave it as it is;
an empty one (``sharing: {}``) ends the sharing.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from engine.clock import SECOND
from engine.errors import RulesInvalid
from engine.runtime import Runtime
from engine.storage.database import Reader, Work
from engine.topology.affected import refresh
from engine.topology.channels import Concerned, contradictions, unknown_names, write
from engine.topology.stored import Stored
from engine.versions.names import note_change
from rules import Sharing, SharingProblem
from rules.errors import RuleFileError, RuleProblem
from rules.sharing import PLUGIN
from rules.sharing_checks import backorders_beside, backorders_said, problems_within

_KEY = "sharing"
_DAY = 86_400 * SECOND


def ensure_sharing(runtime: Runtime) -> None:
    """See that the sharing of the runtime's rules is in effect. Raises RulesInvalid with all that is wrong."""
    sharing = runtime.rules.sharing
    if sharing is None or runtime.applied.get(_KEY) is sharing:
        return
    with runtime.database.read() as reader:
        known = stored_rules(reader)
    if known is None or known.text() != sharing.text():
        runtime.database.transact(partial(_apply, runtime, sharing))
    runtime.applied[_KEY] = sharing


def sharing_problems(runtime: Runtime) -> list[str]:
    """Return in words what keeps the sharing of the rules from being in effect, or is about to change."""
    sharing = runtime.rules.sharing
    with runtime.database.read() as reader:
        known = stored_rules(reader)
        stored, said = Stored(reader), _options_said(reader)
    if sharing is None:
        shared = known is not None and known.links
        return ["sharing is in effect and these rules do not tell of it; it stays as it is"] if shared else []
    problems = [
        *_within(runtime, sharing),
        *unknown_names(sharing, stored.warehouses, stored.stores),
        *contradictions(sharing, stored),
        *backorders_said(sharing, said),
    ]
    if not problems and (known is None or known.text() != sharing.text()):
        return ["the rules have changed; the next order or count brings them into effect"]
    return [str(sharing.problem(one)) for one in problems]


def sharing_misfits(runtime: Runtime, sharing: Sharing) -> list[RuleProblem]:
    """Return what of the section does not fit the stored topology and options, each with its place."""
    with runtime.database.read() as reader:
        stored, said = Stored(reader), _options_said(reader)
    problems = [
        *unknown_names(sharing, stored.warehouses, stored.stores),
        *contradictions(sharing, stored),
        *backorders_said(sharing, said),
    ]
    return [sharing.problem(one) for one in problems]


def _options_said(reader: Reader) -> Mapping[str, Mapping[str, Any]]:
    """Return what the database itself says of options, by level (``website DE``)."""
    rows = reader.all("option_layers")
    return next((json.loads(row.content) for row in rows if row.source == "database"), {})


def stored_rules(reader: Reader) -> Sharing | None:
    """Return the section as it was applied last; None where there never was one."""
    row = reader.first("sharing_rules")
    return None if row is None else Sharing.model_validate_json(row.rules, strict=False)


def _apply(runtime: Runtime, sharing: Sharing, work: Work) -> None:
    work.scalar("topology_alone")
    stored = Stored(work)
    _refuse(
        sharing,
        [
            *_within(runtime, sharing),
            *unknown_names(sharing, stored.warehouses, stored.stores),
            *contradictions(sharing, stored),
            *backorders_said(sharing, _options_said(work)),
        ],
    )
    concerned = _write(work, sharing, stored)
    refresh(runtime, work, *concerned)
    note_change(work)


def with_topology(runtime: Runtime, work: Work) -> tuple[Concerned, Sequence[str]]:
    """Bring the sharing into effect after a change of the topology, in its transaction.

    Return what is concerned, and warnings: while a store or a warehouse is missing the sharing is not in effect.
    Raises RulesInvalid where the topology contradicts the rules.
    """
    nothing = Concerned(frozenset(), frozenset())
    known = stored_rules(work)
    sharing = known if runtime.rules.sharing is None else runtime.rules.sharing
    if sharing is None:
        return nothing, ()
    stored = Stored(work)
    same = known is not None and known.text() == sharing.text()
    if missing := [] if same else _missing(sharing, stored.warehouses, stored.stores):
        return nothing, missing
    _refuse(sharing, [*_within(runtime, sharing), *contradictions(sharing, stored)])
    if same:
        return nothing, ()
    return _write(work, sharing, stored), ()


def not_in_effect(
    runtime: Runtime, reader: Reader, warehouses: Collection[str], stores: Collection[str]
) -> Sequence[str]:
    """Return the warnings of ``with_topology`` where there are these warehouses and stores."""
    known, sharing = stored_rules(reader), runtime.rules.sharing
    if sharing is None or (known is not None and known.text() == sharing.text()):
        return ()
    return _missing(sharing, warehouses, stores)


def _missing(sharing: Sharing, warehouses: Collection[str], stores: Collection[str]) -> list[str]:
    return [
        f"sharing is not in effect: {sharing.problem(one)}"
        for one in unknown_names(sharing, warehouses, stores)
    ]


def _within(runtime: Runtime, sharing: Sharing) -> Iterator[SharingProblem]:
    yield from problems_within(sharing)
    yield from backorders_beside(sharing, runtime.rules.options)
    name = sharing.strategy.removeprefix(PLUGIN)
    if sharing.strategy.startswith(PLUGIN) and runtime.plugins.sharing_strategy(name) is None:
        yield SharingProblem(
            ("strategy",), f'no plugin registers the strategy "{name}"', "Load the plugin with it."
        )


def _refuse(sharing: Sharing, problems: Sequence[SharingProblem]) -> None:
    if not problems:
        return
    error = RuleFileError([sharing.problem(one) for one in problems])
    title, *listed = error.lines
    told = [problem.as_dict() for problem in error.problems]
    raise RulesInvalid(title, listed=listed, remedy=error.remedy, problems=told)


def _write(work: Work, sharing: Sharing, stored: Stored) -> Concerned:
    concerned = write(work, sharing, stored)
    work.run("put_sharing_rules", rules=sharing.text(), now=work.now)
    if sharing.kind == "demand":
        _measure(work, sharing)
    return concerned


def measure(runtime: Runtime) -> None:
    """Measure anew what was ordered lately in each channel group, where stock is divided by that."""
    with runtime.database.read() as reader:
        known = stored_rules(reader)
    if known is not None and known.kind == "demand":
        runtime.database.transact(partial(_measured, known))


def _measured(sharing: Sharing, work: Work) -> None:
    work.scalar("topology_alone")  # so that nobody balances by what is half measured
    _measure(work, sharing)


def _measure(work: Work, sharing: Sharing) -> None:
    work.run("clear_channel_demand")
    work.run("measure_channel_demand", since=work.now - sharing.demand_days * _DAY)
