"""Types and groups of warehouses, groups of sales channels, and allotments."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the tables and columns. Every warehouse is a global one, and nothing is shared yet."""
    op.add_column("warehouse", sa.Column("type", sa.Text(), server_default="global", nullable=False))
    op.add_column("warehouse", sa.Column("group_id", ID, nullable=True))
    op.add_column("store", sa.Column("channel_group_id", ID, nullable=True))
    op.create_table(
        "warehouse_group",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("strategy", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "channel_group",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("warehouse_group_id", ID, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("weight", sa.BigInteger(), nullable=False),
        sa.Column("threshold", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
        sa.ForeignKeyConstraint(["warehouse_group_id"], ["warehouse_group.id"]),
    )
    op.create_table(
        "allotment",
        sa.Column("product_id", ID, autoincrement=False, nullable=False),
        sa.Column("channel_group_id", ID, autoincrement=False, nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("balanced", sa.BigInteger(), nullable=False),
        sa.Column("trigger_level", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("product_id", "channel_group_id"),
        sqlite_with_rowid=False,
        postgresql_with={"fillfactor": "50"},
    )
    op.create_table(
        "channel_demand",
        sa.Column("product_id", ID, autoincrement=False, nullable=False),
        sa.Column("channel_group_id", ID, autoincrement=False, nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("product_id", "channel_group_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sharing_rules",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("applied_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def downgrade() -> None:
    """Drop them. Stores sell from the warehouses that they had as members of their channel group."""
    for name in ("sharing_rules", "channel_demand", "allotment", "channel_group", "warehouse_group"):
        op.drop_table(name)
    op.drop_column("store", "channel_group_id")
    op.drop_column("warehouse", "group_id")
    op.drop_column("warehouse", "type")
