"""Which warehouse was chosen for an item, and what a warehouse is chosen by."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
COLUMNS = ("latitude", "longitude", "priority")


def upgrade() -> None:
    """Add them. Nothing was allocated so far, and warehouses have neither places nor priorities."""
    for name in COLUMNS:
        op.add_column("warehouse", sa.Column(name, sa.BigInteger(), nullable=True))
    op.create_table(
        "allocation",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("item_id", ID, nullable=False),
        sa.Column("warehouse_id", ID, nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("rejected_at", sa.BigInteger(), nullable=True),
        sa.Column("rejected_because", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("allocation_item", "allocation", ["item_id"])


def downgrade() -> None:
    """Drop them; items keep the warehouses that were chosen."""
    op.drop_table("allocation")
    for name in COLUMNS:
        op.drop_column("warehouse", name)
