"""Migrations between versions, failures of waiting items, who asked for a run, and which items are in a state.

On PostgreSQL an update of a row that leaves every indexed column alone stays within its page and touches no
index. The state of an item is what changes most, so it is in no index of ``order_item`` there: the narrow table
``item_state``, written together with it, answers which items are in a state. On SQLite, where an index costs what
its own entry costs, it is a view that the index on the state answers.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the tables and columns; runs that are there already count the history rows they have."""
    op.add_column("transition_run", sa.Column("actor", sa.Text(), nullable=True))
    op.add_column("transition_run", sa.Column("reason", sa.Text(), nullable=True))
    op.add_column(
        "transition_run", sa.Column("history_rows", sa.Integer(), server_default="0", nullable=False)
    )
    op.execute("UPDATE transition_run SET history_rows = items")
    # Where limited sweeps stopped is worth nothing beside starting each of them anew.
    op.drop_table("sweep_cursor")
    op.create_table(
        "sweep_cursor",
        sa.Column("state_id", ID, autoincrement=False, nullable=False),
        sa.Column("store_id", ID, autoincrement=False, nullable=False),
        sa.Column("item_id", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("state_id", "store_id"),
    )
    op.create_table(
        "sweep_failure",
        sa.Column("item_id", ID, autoincrement=False, nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("stuck_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("item_id"),
    )
    op.create_table(
        "migration",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("process_id", ID, nullable=False),
        sa.Column("target_id", ID, nullable=False),
        sa.Column("state_map", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("undone_at", sa.BigInteger(), nullable=True),
        sa.Column("moved", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["process_id"], ["process.id"]),
        sa.ForeignKeyConstraint(["target_id"], ["process_version.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_migration_process_id", "migration", ["process_id"], unique=False)
    op.create_table(
        "migration_item",
        sa.Column("migration_id", ID, autoincrement=False, nullable=False),
        sa.Column("item_id", ID, autoincrement=False, nullable=False),
        sa.Column("source_id", ID, nullable=False),
        sa.Column("state_since", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("migration_id", "item_id"),
        sqlite_with_rowid=False,
    )
    for statement in _POSTGRESQL if op.get_bind().dialect.name == "postgresql" else _SQLITE:
        op.execute(statement)


_SQLITE = ("CREATE VIEW item_state (state_id, item_id) AS SELECT state_id, id FROM order_item",)

_POSTGRESQL = (
    "DROP INDEX order_item_state",
    "CREATE TABLE item_state (state_id bigint NOT NULL, item_id bigint NOT NULL, PRIMARY KEY (state_id, item_id))"
    " WITH (fillfactor = 50)",
    "INSERT INTO item_state (state_id, item_id) SELECT state_id, id FROM order_item ORDER BY state_id, id",
    *(f"ALTER TABLE {table} SET (fillfactor = 50)" for table in
      ("order_item", "reservation", "availability", "abstract_availability")),
)  # fmt: skip


def downgrade() -> None:
    """Take it all back; what was recorded in it is lost."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TABLE item_state")
        op.create_index("order_item_state", "order_item", ["state_id"], unique=False)
    else:
        op.execute("DROP VIEW item_state")
    op.drop_table("migration_item")
    op.drop_index("ix_migration_process_id", table_name="migration")
    op.drop_table("migration")
    op.drop_table("sweep_failure")
    op.drop_table("sweep_cursor")
    op.create_table(
        "sweep_cursor",
        sa.Column("state_id", ID, autoincrement=False, nullable=False),
        sa.Column("item_id", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("state_id"),
    )
    for column in ("history_rows", "reason", "actor"):
        op.drop_column("transition_run", column)
