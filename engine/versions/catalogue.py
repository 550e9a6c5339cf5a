"""The compiled versions that items stand in: read from the database once, kept for the life of the process.

A version never changes, so nothing is ever invalidated; what can change (which version is current, which
process is active) is asked each time.
"""

from __future__ import annotations

from threading import Lock

from engine.definition import process_from_canonical
from engine.errors import ProcessNotFound, UnknownState
from engine.storage.database import Reader
from engine.versions.place import Place, Version


class Catalogue:
    """Looks up versions and states by their database ids, for any number of threads at once.

    Of a version that several threads read at the same time, all get the one that was kept first, with its places.
    """

    def __init__(self) -> None:
        self._lock = (
            Lock()
        )  # never held while the database is asked: nobody waits for another one's connection
        self._versions: dict[int, Version] = {}
        self._places: dict[int, Place] = {}

    def version(self, reader: Reader, version_id: int) -> Version:
        """Return the version with this id."""
        found = self._versions.get(version_id)
        return found if found is not None else self._load(reader, version_id)

    def place(self, reader: Reader, state_id: int) -> Place:
        """Return the place with this state id."""
        found = self._places.get(state_id)
        if found is None:
            self._load(reader, int(reader.scalar("version_of_state", state=state_id)))
            found = self._places[state_id]
        return found

    def current(self, reader: Reader, name: str) -> Version:
        """Return the version that new orders of the process get. Raises ProcessNotFound."""
        row = reader.first("process_by_name", name=name)
        if row is None or row.current_version_id is None:
            names = [other.name for other in reader.all("current_processes")]
            known = f"; deployed: {', '.join(names)}" if names else ""
            raise ProcessNotFound(f"there is no deployed process {name!r}{known}")
        return self.version(reader, row.current_version_id)

    def knows_event(self, name: str) -> bool:
        """Return whether a version that was looked up before has the event; versions never vanish."""
        with self._lock:
            versions = tuple(self._versions.values())
        return any(version.event(name) is not None for version in versions)

    def all_versions(self, reader: Reader, process: str | None = None) -> list[Version]:
        """Return every stored version, or those of one process, oldest first."""
        if process is None:
            return [self.version(reader, row.id) for row in reader.all("all_versions")]
        return [self.version(reader, row.id) for row in reader.all("versions_of_process", name=process)]

    def states(self, reader: Reader, process: str | None = None) -> tuple[list[int], list[int]]:
        """Return the ids of the states that are not closed and of those that are, of all processes or of one."""
        versions = self.all_versions(reader, process)
        closed = sorted(state for version in versions for state in version.closed_states)
        live = sorted({state for version in versions for state in version.state_ids} - set(closed))
        return live, closed

    def places_named(self, reader: Reader, process: str, state: str) -> list[Place]:
        """Return the state of that name in every version of the process. Raises ProcessNotFound, UnknownState."""
        versions = [self.version(reader, row.id) for row in reader.all("versions_of_process", name=process)]
        if not versions:
            self.current(reader, process)
        found = [
            self._places[version.state_ids[known.index]]
            for version in versions
            if (known := version.process.state_by_name.get(state)) is not None
        ]
        if not found:
            names = ", ".join(s.name for s in versions[-1].process.states)
            raise UnknownState(f"the process {process!r} has no state {state!r}; it has: {names}")
        return found

    def _load(self, reader: Reader, version_id: int) -> Version:
        row = reader.first("version_by_id", version=version_id)
        if row is None:
            raise ProcessNotFound(f"there is no process version with the id {version_id}")
        states = tuple(int(state.id) for state in reader.all("version_states", version=version_id))
        return self._keep(Version(version_id, row.name, process_from_canonical(row.definition), states))

    def _keep(self, version: Version) -> Version:
        """Return the version that counts: the one that another thread has kept meanwhile, else this one."""
        places = {
            state_id: Place(version, state, state_id)
            for state, state_id in zip(version.process.states, version.state_ids, strict=True)
        }
        with self._lock:
            kept = self._versions.get(version.id)
            if kept is not None:
                return kept
            self._places.update(places)
            self._versions[version.id] = version  # last: who finds it finds its places, too
            return version
