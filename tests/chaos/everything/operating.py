"""Operators: versions, migrations that are cut off, resumed and undone, topology, purge, messages, backups."""

from __future__ import annotations

import shutil
from pathlib import Path

from engine.api.copies import backup, copy
from engine.requests import MigrationRequest, Topology
from engine.results import MigrationReport
from tests.chaos.everything.deeds import Deeds
from tests.chaos.everything.flows import FLOWS, VARIANTS, state_map, text_of
from tests.chaos.everything.stage import PURGED_AFTER_S
from tests.helpers.processes import load

MOST_PRODUCTS, MOST_STORES = 8, 3
KEPT = ".kept.db"
"""How the names of backups and copies end that are files of an embedded database."""

LAST = 3
"""Of so many migrations any may be undone: two workers often have the same one in mind."""


class Operating(Deeds):
    """What operators do while the others go on."""

    def deploy(self) -> None:
        """A version, new or known, becomes the current one."""
        process = self.lots.choice(sorted(FLOWS))
        text = text_of(process, self.lots.choice(sorted(FLOWS[process])), self.lots.choice(VARIANTS))
        folder = self.stage.folder / self.name
        folder.mkdir(exist_ok=True)
        compiled = load(folder, text, name=process)
        self.ask("deploy", {"process": process}, lambda engine: engine.deploy(compiled, force=True))

    def migrate(self) -> None:
        """To any version; one that was cut off with the same aim goes on."""
        asked = self._migration()
        self.ask("migrate", {"to": asked.version}, lambda engine: engine.migrate(asked), told=_migrated)

    def resume(self) -> None:
        """The migration that was cut off last."""
        rows = self.rows(
            "SELECT p.name, v.version FROM migration g JOIN process_version v ON v.id = g.target_id"
            " JOIN process p ON p.id = g.process_id"
            " WHERE g.finished_at IS NULL AND g.undone_at IS NULL ORDER BY g.id DESC LIMIT 2"
        )
        asked = self._migration(*self.lots.choice(rows)) if rows else self._migration()
        self.ask("resume", {"to": asked.version}, lambda engine: engine.migrate(asked), told=_migrated)

    def undo(self) -> None:
        """One of the last migrations, whether it has ended or not."""
        rows = self.rows(f"SELECT id FROM migration WHERE undone_at IS NULL ORDER BY id DESC LIMIT {LAST}")
        if rows:
            (number,) = self.lots.choice(rows)
            self.ask(
                "undo", {"migration": number}, lambda engine: engine.undo_migration(number), told=_migrated
            )

    def try_migration(self) -> None:
        """A dry run of either."""
        asked = self._migration(dry_run=True)
        self.ask("try_migration", {}, lambda engine: engine.migrate(asked))

    def _migration(self, name: str = "", version: str = "", *, dry_run: bool = False) -> MigrationRequest:
        infos = self.engine.processes()
        if not version:
            chosen = self.lots.choice(infos)
            name, version = chosen.name, chosen.version
        states: dict[str, set[str]] = {}
        for found, state in self.rows(
            "SELECT v.version, s.name FROM process_state s JOIN process_version v ON v.id = s.version_id"
            f" JOIN process p ON p.id = v.process_id WHERE p.name = '{name}'"
        ):
            states.setdefault(found, set()).add(state)
        before = set().union(*(known for found, known in states.items() if found != version), set())
        mapped = state_map(before, states[version])
        enter = self.lots.random() < 0.5
        return MigrationRequest(name, version, state_map=mapped, enter=enter, dry_run=dry_run)

    def topology(self) -> None:
        """Stores begin or cease to share, a warehouse is linked or switched off, products and stores are added."""
        shares = self.lots.choice([[], ["US"], ["DE"]])
        number, store = self.lots.randint(1, MOST_PRODUCTS), self.lots.randint(1, MOST_STORES)
        wanted = {
            "warehouses": [{"name": "East", "active": self.lots.random() < 0.8}],
            "stores": [
                {"name": "CH", "warehouses": ["East"], "shares_reservations_with": shares},
                {"name": "US", "warehouses": self.lots.choice([["West"], ["West", "East"]])},
                {"name": f"fair {store}", "warehouses": ["West"], "shares_reservations_with": ["CH"]},
            ],
            "products": [{"sku": f"new {number}", "concretes": [{"sku": f"new {number} a"}]}],
        }
        asked = Topology.model_validate(wanted)
        self.ask("topology", {}, lambda engine: engine.apply_topology(asked))

    def purge(self) -> None:
        self.ask("purge", {}, lambda engine: engine.purge(f"{PURGED_AFTER_S} seconds"))

    def publish(self) -> None:
        self.ask("publish", {}, lambda engine: engine.publish(self.outside))

    def reconcile(self) -> None:
        """Nothing may differ, at whatever moment."""
        report = self.ask("reconcile", {}, lambda engine: engine.reconcile(dry_run=True, full=True))
        if report is not None and report.wrong:
            self.outside.accuse("reconcile finds nothing", str(report.as_dict()))

    def back_up(self) -> None:
        """A backup while everything goes on: a server's needs the server's own program."""
        embedded = self.stage.url.startswith("sqlite")
        if embedded or shutil.which("pg_dump") is not None:
            file = self._new_file(KEPT if embedded else ".dump")
            self.ask("back_up", {"file": str(file)}, lambda _engine: backup(self.stage.url, file))

    def copy_away(self) -> None:
        """A copy into a file, while everything goes on."""
        part, file = self._new_file(".part"), self._new_file(KEPT)

        def copied() -> None:
            copy(self.stage.url, f"sqlite:///{part}")
            part.rename(file)

        self.ask("copy_away", {"file": str(file)}, lambda _engine: copied())

    def _new_file(self, suffix: str) -> Path:
        number = self.outside.value("SELECT coalesce(max(id), 0) FROM call")
        return self.stage.folder / f"{self.name}-{number}{suffix}"

    def look(self) -> None:
        """What people look at meanwhile."""
        rows = self.rows("SELECT id FROM order_item ORDER BY id DESC LIMIT 20")
        self.ask(
            "look", {}, lambda engine: [engine.why(item) for (item,) in rows[:3]] + [engine.shortfalls()]
        )


def _migrated(report: MigrationReport) -> dict[str, object]:
    return {"migration": report.migration, "moved": report.moved, "resumed": report.resumed}
