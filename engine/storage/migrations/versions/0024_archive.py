"""Archived orders, and when personal data was forgotten."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OPEN = sa.text("forgotten_at IS NULL")


def upgrade() -> None:
    """Add the tables and the column: nothing was archived or forgotten so far."""
    op.add_column("sales_order", sa.Column("forgotten_at", sa.BigInteger(), nullable=True))
    op.create_table(
        "archived_order",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("store_id", ID, nullable=False),
        sa.Column("version_id", ID, nullable=False),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("placed_at", sa.BigInteger(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=False),
        sa.Column("archived_at", sa.BigInteger(), nullable=False),
        sa.Column("forgotten_at", sa.BigInteger(), nullable=True),
        sa.Column("amended", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("reference"),
    )
    op.create_index("archived_order_closed", "archived_order", ["closed_at"])
    op.create_index(
        "archived_order_known",
        "archived_order",
        ["closed_at", "id"],
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    op.create_table(
        "archived_item",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("order_id", ID, nullable=False),
        sa.Column("store_id", ID, nullable=False),
        sa.Column("product_id", ID, nullable=False),
        sa.Column("warehouse_id", ID, nullable=True),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("state_id", ID, nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("state_since", sa.BigInteger(), nullable=False),
        sa.Column("last_run_id", ID, nullable=True),
        sa.Column("left_at", sa.BigInteger(), nullable=True),
        sa.Column("split_from", ID, nullable=True),
        sa.Column("split_run_id", ID, nullable=True),
        sa.Column("split_quantity", sa.BigInteger(), nullable=True),
        sa.Column("split_start", sa.BigInteger(), nullable=True),
        sa.Column("amended_out", sa.SmallInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("archived_item_order", "archived_item", ["order_id"])
    op.create_table(
        "archived_history",
        sa.Column("item_id", ID, autoincrement=False, nullable=False),
        sa.Column("run_id", ID, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("item_id", "run_id"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Put archived orders back among the others, and drop the rest."""
    orders = "id, reference, store_id, version_id, currency, placed_at, fingerprint, data, amended"
    items = (
        "id, order_id, store_id, product_id, warehouse_id, reference, line, quantity, state_id, step, state_since, "
        "last_run_id, left_at, split_from, split_run_id, split_quantity, split_start, amended_out"
    )
    op.execute(f"INSERT INTO sales_order ({orders}) SELECT {orders} FROM archived_order")
    op.execute(f"INSERT INTO order_item ({items}) SELECT {items} FROM archived_item")
    op.execute("INSERT INTO item_history (item_id, run_id) SELECT item_id, run_id FROM archived_history")
    op.execute(
        "INSERT INTO closed_items (state_id, store_id, since, items, summed) "
        "SELECT state_id, store_id, state_since, 1, 0 FROM archived_item"
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("INSERT INTO item_state (state_id, item_id) SELECT state_id, id FROM archived_item")
    for name in ("archived_history", "archived_item", "archived_order"):
        op.drop_table(name)
    op.drop_column("sales_order", "forgotten_at")
