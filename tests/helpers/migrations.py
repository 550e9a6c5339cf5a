"""The migrations of the schema, to be run to any of its versions."""

from pathlib import Path

from alembic.config import Config
from sqlalchemy import Connection

from engine.storage import schema


def migrations(connection: Connection) -> Config:
    """Alembic's view of the migrations, to be run on a connection."""
    config = Config()
    config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config
