"""The verbs of processes: deploying them, moving items between their versions, and counting these."""

from __future__ import annotations

from collections.abc import Sequence

from engine.api.base import Base
from engine.definition import Process
from engine.migration import forward, undo
from engine.operations import deploy
from engine.reading import learning, matrix
from engine.requests import MigrationRequest, mentioned
from engine.results import LearnedProcess, MatrixRow, MigrationInfo, MigrationReport, ProcessInfo, StateTime
from engine.runtime import Progress, no_progress
from engine.versions import deployed


class Processes(Base):
    """Deploys processes and migrates items between their versions."""

    def deploy(self, process: Process, *, force: bool = False) -> ProcessInfo:
        """Make the process' version the one that new orders get; items on older versions stay there.

        The caller has checked the definition. Raises DefinitionError for a process without states, and
        StrandsItems when live items stand in states that the version lacks, unless ``force`` is given.
        """
        return deploy.deploy(self.runtime, [process], force=force)[0]

    def deploy_all(self, processes: Sequence[Process], *, force: bool = False) -> list[ProcessInfo]:
        """Deploy several processes, all or none, as ``deploy`` does; return them in the same order."""
        return deploy.deploy(self.runtime, processes, force=force)

    def activate(self, name: str, active: bool = True) -> list[ProcessInfo]:
        """Let the process take new orders, or not; its items go on. Return its versions.

        Raises ProcessNotFound.
        """
        return deploy.set_active(self.runtime, mentioned(name), active=active)

    def processes(self) -> list[ProcessInfo]:
        """Return every deployed version with the number of its items, by name, oldest first."""
        return deployed.list_processes(self.runtime.database, self.runtime.catalogue)

    def process(self, name: str, version: str | None = None) -> Process:
        """Return the compiled process that new orders get, or that of a version. Raises ProcessNotFound.

        ``version`` is its hash, or a unique beginning of it (4 characters or more).
        """
        database, catalogue = self.runtime.database, self.runtime.catalogue
        if version is None:
            return deployed.current_process(database, catalogue, mentioned(name))
        return deployed.process_of_version(database, catalogue, mentioned(name), version)

    def learn(self, name: str) -> LearnedProcess:
        """Return how probable answers were and how long items stayed before which event, over all versions.

        Raises ProcessNotFound.
        """
        return learning.learn(self.runtime, mentioned(name))

    def state_counts(self, name: str) -> dict[str, int]:
        """Return the number of items per state of the process, over all versions. Raises ProcessNotFound."""
        return matrix.state_counts(self.runtime, mentioned(name))

    def state_times(self, name: str) -> dict[str, StateTime]:
        """Return how long items have stayed in each state of the process, by its name, over all versions.

        Only stays that are over and whose steps are still in the history count. Raises ProcessNotFound.
        """
        return matrix.state_times(self.runtime, mentioned(name))

    def matrix(self, *, process: str | None = None, store: str | None = None) -> list[MatrixRow]:
        """Return how many items stand in each state of each process, what they count, and how old they are.

        Raises ProcessNotFound, UnknownStore.
        """
        return matrix.matrix(self.runtime, process=mentioned(process), store=mentioned(store))

    def migrate(self, request: MigrationRequest, *, progress: Progress = no_progress) -> MigrationReport:
        """Move items of other versions of a process to one version, or tell what would move.

        Raises ProcessNotFound, and MigrationInvalid with everything that is wrong with the request.
        """
        with self._span("migrate", process=request.process):
            return forward.migrate(self.runtime, request, progress)

    def migrations(self, name: str) -> list[MigrationInfo]:
        """Return the migrations of the process, oldest first. Raises ProcessNotFound."""
        return undo.migrations(self.runtime, mentioned(name))

    def undo_migration(
        self,
        migration: int,
        *,
        dry_run: bool = False,
        reason: str | None = None,
        progress: Progress = no_progress,
    ) -> MigrationReport:
        """Move the items of a migration back as far as they have not moved since, or tell which would.

        Raises UnknownMigration, MigrationUndone, MigrationPurged.
        """
        with self._span("undo", migration=migration):
            return undo.undo(self.runtime, migration, dry_run=dry_run, reason=reason, progress=progress)
