"""Deploying processes: a version is stored once; new orders get it, items on older versions stay there."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from engine.definition import GUARD_PREFIX, Process, State, canonical_json
from engine.definition.suggest import did_you_mean
from engine.errors import DefinitionError, StrandsItems
from engine.inventory.counting import Counting
from engine.nouns import count
from engine.results import ProcessInfo
from engine.runtime import Runtime
from engine.storage.database import Work
from engine.versions.deployed import list_processes
from engine.versions.names import note_change
from engine.versions.place import Version


def deploy(runtime: Runtime, processes: Sequence[Process], *, force: bool = False) -> list[ProcessInfo]:
    """Make each process' version the current one, all or none; return them in the same order.

    Raises DefinitionError for a process without states or with guards that the rules do not have, and StrandsItems
    when live items stand in states that its version lacks, unless ``force`` is given.
    """
    for process in processes:
        if process.initial is None:
            raise DefinitionError(f"the process {process.name!r} has no states, so no order can start in it")
        _check_guards(runtime, process)
    runtime.database.transact(partial(_store_all, runtime, processes, force))
    current = {
        info.name: info for info in list_processes(runtime.database, runtime.catalogue) if info.current
    }
    return [current[process.name] for process in processes]


def _check_guards(runtime: Runtime, process: Process) -> None:
    conditions = {transition.condition for transition in process.transitions if transition.condition}
    guards = sorted(condition for condition in conditions if condition.startswith(GUARD_PREFIX))
    missing = [name for name in guards if runtime.plugins.condition(name) is None]
    if missing:
        known = list(runtime.rules.guards)
        guesses = [did_you_mean(name.removeprefix(GUARD_PREFIX), known) for name in missing]
        raise DefinitionError(
            " ".join(
                [
                    f"the process {process.name!r} names guards that the rule files do not have: "
                    + ", ".join(missing),
                    *filter(None, guesses),
                ]
            ),
            remedy="Add them to the section guards of the rule files, or correct the names.",
        )


def _store_all(runtime: Runtime, processes: Sequence[Process], force: bool, work: Work) -> None:
    """Store the versions, all or none. Raises StrandsItems."""
    for name in sorted({process.name for process in processes}):
        # Whoever deploys the same process at this time waits: both may have the same version to store.
        work.run("insert_process", name=name)
        work.scalar("lock_process_named", name=name)
    stranded = [] if force else [text for p in processes for text in _stranded(runtime, work, p)]
    if stranded:
        raise StrandsItems(
            "live items stand in states that the new version does not have: " + "; ".join(stranded),
            states=stranded,
        )
    for process in processes:
        _store(work, process)
    note_change(work)


def _store(work: Work, process: Process) -> None:
    version_id = work.scalar("find_version", name=process.name, version=process.version)
    if version_id is None:
        stored = work.returning(
            "insert_version",
            name=process.name,
            version=process.version,
            definition=canonical_json(process),
            now=work.now,
        )
        version_id = int(stored[0].id)
        work.run("insert_states", version=version_id, states=[_row(process, s) for s in process.states])
    work.run("set_current_version", name=process.name, version=version_id)


def _row(process: Process, state: State) -> list[Any]:
    """Return a state with what the database needs to know of how items count there."""
    counting = Counting.in_state(process, state)
    # Where items may hold or reserve is told by the second number: with the first, whether a hold goes on.
    return [state.index, state.name, int(counting.reserves), int(counting.reserves or counting.keeps_hold)]


def _stranded(runtime: Runtime, work: Work, process: Process) -> list[str]:
    """Return a text per state with live items that the process lacks."""
    lacking: dict[int, tuple[Version, str]] = {}
    for row in work.all("versions_of_process", name=process.name):
        version = runtime.catalogue.version(work, row.id)
        for state in version.process.states:
            if state.name not in process.state_by_name and version.process.outgoing[state.index]:
                lacking[version.state_ids[state.index]] = (version, state.name)
    if not lacking:
        return []
    found = []
    for row in work.all("items_in_states", states=sorted(lacking)):
        version, name = lacking[row.state_id]
        items = count(row.items, "item")
        found.append(
            (row.state_id, f"{process.name!r} {name!r}: {items} of version {version.process.version[:12]}")
        )
    return [text for _, text in sorted(found)]


def set_active(runtime: Runtime, name: str, *, active: bool) -> list[ProcessInfo]:
    """Let a process take new orders, or not; its items go on either way. Raises ProcessNotFound."""

    def switch(work: Work) -> None:
        runtime.catalogue.current(work, name)
        work.run("set_process_active", name=name, active=int(active))
        note_change(work)

    runtime.database.transact(switch)
    return list_processes(runtime.database, runtime.catalogue, name)
