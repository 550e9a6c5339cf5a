"""Deploying a process: its version is stored once; new orders get it, items on older versions stay there."""

from __future__ import annotations

from engine.clock import to_datetime
from engine.definition import Process, canonical_json
from engine.errors import DefinitionError
from engine.results import ProcessInfo
from engine.runtime import Runtime


def deploy(runtime: Runtime, process: Process) -> ProcessInfo:
    """Make the process' version the current one. Raises DefinitionError for a process without states."""
    if process.initial is None:
        raise DefinitionError(f"the process {process.name!r} has no states, so no order can start in it")
    reach = process.can_reach_reserved
    states = [[s.index, s.name, int(s.reserved), int(reach[s.index])] for s in process.states]
    with runtime.database.write() as work:
        work.run("insert_process", name=process.name)
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
            work.run("insert_states", version=version_id, states=states)
        work.run("set_current_version", name=process.name, version=version_id)
    return next(info for info in list_processes(runtime) if info.current and info.name == process.name)


def list_processes(runtime: Runtime) -> list[ProcessInfo]:
    """Return every deployed version with the number of its items, by name, oldest first."""
    with runtime.database.read() as reader:
        infos = []
        for row in reader.all("process_infos"):
            process = runtime.catalog.version(reader, row.id).process
            assert process.initial is not None  # deployment refuses a process without states
            infos.append(
                ProcessInfo(
                    name=row.name,
                    version=row.version,
                    active=bool(row.active),
                    current=bool(row.is_current),
                    deployed_at=to_datetime(row.deployed_at),
                    initial=process.states[process.initial].name,
                    states=row.states,
                    items=row.items,
                )
            )
        return infos


def current_process(runtime: Runtime, name: str) -> Process:
    """Return the compiled process that new orders get. Raises ProcessNotFound."""
    with runtime.database.read() as reader:
        return runtime.catalog.current(reader, name).process
