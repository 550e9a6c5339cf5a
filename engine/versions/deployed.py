"""What is deployed: every version with its items, and the one that new orders get."""

from __future__ import annotations

from engine.clock import to_datetime
from engine.definition import Process
from engine.errors import ProcessNotFound
from engine.results import ProcessInfo
from engine.storage.database import Database
from engine.versions.catalogue import Catalogue
from engine.versions.chosen import NoSuchVersion, choose_version


def list_processes(database: Database, catalogue: Catalogue, name: str | None = None) -> list[ProcessInfo]:
    """Return every deployed version, or those of one process, with their items: by name, oldest first.

    Raises ProcessNotFound for a name that is not deployed.
    """
    with database.read() as reader:
        if name is not None:
            catalogue.current(reader, name)
        live, closed = catalogue.states(reader)
        items: dict[int, int] = dict(reader.tuples("items_per_state", live=live, closed=closed))
        migrated = {row.target_id: row.at for row in reader.all("last_migrations")}
        infos = []
        for row in reader.all("process_infos"):
            if name not in (None, row.name):
                continue
            version = catalogue.version(reader, row.id)
            process = version.process
            assert process.initial is not None  # deployment refuses a process without states
            counts = [items.get(state, 0) for state in version.state_ids]
            at = migrated.get(row.id)
            infos.append(
                ProcessInfo(
                    name=row.name,
                    version=row.version,
                    active=bool(row.active),
                    current=bool(row.is_current),
                    deployed_at=to_datetime(row.deployed_at),
                    initial=process.states[process.initial].name,
                    states=len(process.states),
                    items=sum(counts),
                    live=sum(count for count, ways in zip(counts, process.outgoing, strict=True) if ways),
                    pinned=0 if row.is_current else sum(counts),
                    last_migrated_at=None if at is None else to_datetime(at),
                )
            )
        return infos


def process_of_version(database: Database, catalogue: Catalogue, name: str, version: str) -> Process:
    """Return the compiled process of a version, named by the beginning of its hash. Raises ProcessNotFound."""
    with database.read() as reader:
        catalogue.current(reader, name)
        try:
            return choose_version(catalogue.all_versions(reader, name), version).process
        except NoSuchVersion as error:
            raise ProcessNotFound(f"of the process {name!r} {error}") from None


def current_process(database: Database, catalogue: Catalogue, name: str) -> Process:
    """Return the compiled process that new orders get. Raises ProcessNotFound."""
    with database.read() as reader:
        return catalogue.current(reader, name).process
