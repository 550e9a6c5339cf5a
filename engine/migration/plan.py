"""From the names of a migration request to versions, states and the ways between them; nothing is moved here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.codes import Code
from engine.definition.suggest import did_you_mean
from engine.errors import MigrationInvalid, ProcessNotFound
from engine.migration.checks import Obstacle
from engine.migration.route import Route
from engine.requests import MigrationRequest
from engine.runtime import Runtime
from engine.storage.database import Reader
from engine.versions.chosen import NoSuchVersion, choose_version
from engine.versions.place import Place, Version

CURRENT = "current"
"""The word for the version that new orders get."""


@dataclass(frozen=True, slots=True)
class MigrationPlan:
    """What a request comes to: the ways of items that are there, and the places that lead nowhere.

    ``routes`` and ``missing`` give the number of items; ``state_map`` has only names that differ.
    """

    process_id: int
    name: str
    target: Version
    state_map: Mapping[str, str]
    routes: Mapping[Route, int]
    missing: Mapping[Place, tuple[int, Obstacle]]


def make_plan(runtime: Runtime, request: MigrationRequest) -> MigrationPlan:
    """Return the plan of a request. Raises ProcessNotFound, and MigrationInvalid with all that is wrong."""
    with runtime.database.read() as reader:
        process, versions, current = versions_of(runtime, reader, request.process)
        names = _Names(request, versions, current)
        target, sources = names.resolve()
        state_map = {old: new for old, new in request.state_map.items() if old != new}
        places = [
            runtime.catalogue.place(reader, version.state_ids[state.index])
            for version in sources
            for state in version.process.states
            if request.state in (None, state.name)
        ]
        counted = reader.all("items_in_states", states=[place.state_id for place in places])
        items = {row.state_id: int(row.items) for row in counted}
        routes: dict[Route, int] = {}
        missing: dict[Place, tuple[int, Obstacle]] = {}
        for place in filter(lambda place: place.state_id in items, places):
            name = place.state.name
            to = target.process.state_by_name.get(state_map.get(name, name))
            if to is None:
                missing[place] = (items[place.state_id], _no_state(name, target))
            else:
                there = runtime.catalogue.place(reader, target.state_ids[to.index])
                routes[Route(place, there, request.enter)] = items[place.state_id]
    return MigrationPlan(process, request.process, target, state_map, routes, missing)


def versions_of(runtime: Runtime, reader: Reader, name: str) -> tuple[int, list[Version], Version]:
    """Return a process' id, its versions, oldest first, and the current one. Raises ProcessNotFound."""
    current = runtime.catalogue.current(reader, name)
    row = reader.first("process_by_name", name=name)
    if row is None:
        raise ProcessNotFound(f"there is no deployed process {name!r}")
    versions = [
        runtime.catalogue.version(reader, found.id) for found in reader.all("versions_of_process", name=name)
    ]
    return int(row.id), versions, current


def _no_state(name: str, target: Version) -> Obstacle:
    near = did_you_mean(name, [state.name for state in target.process.states])
    return Obstacle(
        Code.STATE_MISSING,
        f'the target version has no state {name!r}; name the one to go to: --map "{name}=STATE".{near}',
    )


class _Names:
    """The names of a request, looked up; what is wrong is gathered and told at once."""

    def __init__(self, request: MigrationRequest, versions: Sequence[Version], current: Version) -> None:
        self._request = request
        self._versions = versions
        self._current = current
        self._problems: list[str] = []

    def resolve(self) -> tuple[Version, list[Version]]:
        """Return the target and the source versions. Raises MigrationInvalid."""
        request = self._request
        target = self._version(request.version)
        sources = self._sources(target)
        self._check_states(target, sources)
        if self._problems or target is None:
            raise MigrationInvalid(
                f"nothing was migrated in {request.process!r}: " + "; ".join(self._problems),
                process=request.process,
                problems=self._problems,
            )
        return target, sources

    def _version(self, text: str) -> Version | None:
        if text == CURRENT:
            return self._current
        try:
            return choose_version(self._versions, text)
        except NoSuchVersion as error:
            self._problems.append(str(error))
            return None

    def _sources(self, target: Version | None) -> list[Version]:
        if not self._request.sources:
            return [version for version in self._versions if version is not target]
        found = []
        for text in self._request.sources:
            version = self._version(text)
            if version is None:
                continue
            if version is target:
                self._problems.append(f"the version {text!r} is the target itself")
            elif version not in found:
                found.append(version)
        return found

    def _check_states(self, target: Version | None, sources: Sequence[Version]) -> None:
        # Names are held against all versions when a version itself could not be found.
        old = sorted({s.name for version in sources or self._versions for s in version.process.states})
        asked = [] if self._request.state is None else [self._request.state]
        for name in dict.fromkeys([*asked, *self._request.state_map]):
            if name not in old:
                text = f"the versions to migrate from have no state {name!r}.{did_you_mean(name, old)}"
                self._problems.append(text.removesuffix("."))
        if target is None:
            return
        new = [state.name for state in target.process.states]
        for name in dict.fromkeys(self._request.state_map.values()):
            if name not in new:
                text = f"the target version has no state {name!r}.{did_you_mean(name, new)}"
                self._problems.append(text.removesuffix("."))
