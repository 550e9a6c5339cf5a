"""An engine on a database, with a clock that stands still and plugins that a test fills in."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from sqlalchemy.pool import PoolProxiedConnection

from engine.api.engine import Engine
from engine.hooks import ReservationHandler
from engine.runtime import Runtime
from engine.storage.database import Database
from engine.storage.schema import open_database
from rules import EngineRules
from tests.helpers.clock import SettableClock
from tests.helpers.memory import lasting_folder
from tests.helpers.plugins import PluginBox, write_availability
from tests.helpers.runtime import SettableRuntime

_NAME = re.compile(r"(?<!:):(\w+)")
"""A parameter that is given by name, as SQLite has it."""


@cache
def empty_file() -> Path:
    """An empty database at the present schema, to be copied: making the schema costs more than most tests."""
    path = lasting_folder() / "empty.db"
    open_database(f"sqlite:///{path}").close()
    return path


class Opened:
    """The engine and its database; times in seconds.

    Without a URL the database is a file of its own in the folder. The engine is opened at its first use.
    """

    def __init__(
        self,
        folder: Path,
        *,
        url: str | None = None,
        clock: Callable[[], int] | None = None,
        handlers: Sequence[ReservationHandler] = (write_availability,),
        **rules: Any,
    ) -> None:
        self.folder = folder
        self.file = folder / "earmark.db"
        self.url = url if url is not None else f"sqlite:///{self.file}"
        if url is None and not self.file.exists():
            shutil.copy(empty_file(), self.file)
        self.clock = clock if clock is not None else SettableClock()
        self.plugins = PluginBox(handlers)
        self.rules = EngineRules.model_validate({"execution": {"lock_wait_s": 0.0}, **rules})
        self._engines: list[Engine] = []

    @cached_property
    def engine(self) -> Engine:
        """The engine of this process; after a crash a test puts another one in its place."""
        return self.another()

    def another(self, host: str = "host", busy_timeout_s: float = 30.0, **rules: Any) -> Engine:
        """A further engine on the same database, as another process has it, with the same plugins and clock."""
        database = open_database(self.url, clock=self.clock, create=False, busy_timeout_s=busy_timeout_s)
        told = EngineRules.model_validate({**self.rules.model_dump(), **rules}) if rules else self.rules
        return self._kept(Engine(SettableRuntime(database, self.plugins, told, host=host)))

    def _kept(self, engine: Engine) -> Engine:
        self._engines.append(engine)
        return engine

    def close(self) -> None:
        """Close every engine of the shop."""
        for engine in self._engines:
            engine.close()

    @property
    def runtime(self) -> Runtime:
        return self.engine.runtime

    @property
    def database(self) -> Database:
        return self.runtime.database

    def forward(self, seconds: float) -> None:
        self.clock.forward(seconds)  # type: ignore[attr-defined]

    # --- SQL: parameters are written ``?``, or ``:name`` and given by name ---

    def query(self, sql: str, *values: Any, **named: Any) -> list[tuple[Any, ...]]:
        with self.database.read() as reader:
            return [tuple(row) for row in self._execute(reader._connection, sql, values, named)]

    def value(self, sql: str, *values: Any) -> Any:
        return self.query(sql, *values)[0][0]

    def sql(self, sql: str, *values: Any, **named: Any) -> None:
        """Change the database behind the engine's back."""
        with self.database.write() as work:
            self._execute(work._connection, sql, values, named)

    def _execute(
        self, connection: PoolProxiedConnection, sql: str, values: Sequence[Any], named: dict[str, Any]
    ) -> Any:
        """Execute a statement on a cursor of the driver, and return that."""
        cursor = connection.cursor()
        if self.database.dialect != "sqlite":
            sql = _NAME.sub(r"%(\1)s", sql.replace("%", "%%") if named else sql).replace("?", "%s")
        cursor.execute(sql, named or tuple(values))
        return cursor

    def statements(self, action: Callable[[], object]) -> list[str]:
        """The names of the statements that the action runs."""
        names: list[str] = []
        self.database.probe = names.append
        try:
            action()
        finally:
            self.database.probe = None
        return names
