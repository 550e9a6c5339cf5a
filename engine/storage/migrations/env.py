"""Alembic's entry: runs the migrations on the connection that ``engine.storage.schema`` hands over."""

from alembic import context
from sqlmodel import SQLModel

import engine.storage.tables  # noqa: F401  (fills the metadata)

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
)
context.run_migrations()
